package dev.weir.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.demo.DemoOptions.Adapter;
import dev.weir.plan.OnFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class DemoOptionsTest {

  @Test
  void without_any_it_is_kallglot_on_8080_alone_behind_the_servlet_filter() {
    assertThat(parse()).isEqualTo(DemoOptions.DEFAULT);
  }

  @Test
  void every_option_may_be_an_argument() {
    assertThat(
            parse(
                "--profile=boltcall",
                "--port=0",
                "--members=127.0.0.1:5701,127.0.0.1:5702",
                "--member=127.0.0.1:5702",
                "--adapter=jaxrs",
                "--config=my.yaml",
                "--deadline=250ms",
                "--on-failure=refuse",
                "--backups=2"))
        .isEqualTo(
            new DemoOptions(
                "boltcall",
                0,
                List.of("127.0.0.1:5701", "127.0.0.1:5702"),
                "127.0.0.1:5702",
                Adapter.JAXRS,
                "my.yaml",
                Duration.ofMillis(250),
                OnFailure.REFUSE,
                2));
  }

  @Test
  void every_option_may_be_a_system_property_and_arguments_come_first() {
    Properties properties = new Properties();
    properties.putAll(Map.of("profile", "talkpilot", "port", "8081", "adapter", "jaxrs"));

    DemoOptions options = DemoOptions.parse(List.of("--port=8082"), properties);

    assertThat(options.profile()).isEqualTo("talkpilot");
    assertThat(options.port()).isEqualTo(8082);
    assertThat(options.adapter()).isEqualTo(Adapter.JAXRS);
  }

  @Test
  void this_member_may_be_marked_in_the_list() {
    DemoOptions options = parse("--members=10.0.0.1:5701, member=10.0.0.2:5701,[::1]:5701");

    assertThat(options.members()).containsExactly("10.0.0.1:5701", "10.0.0.2:5701", "[::1]:5701");
    assertThat(options.member()).isEqualTo("10.0.0.2:5701");
  }

  @Test
  void this_member_may_be_named_beside_the_others_only() {
    DemoOptions options = parse("--members=10.0.0.1:5701", "--member=10.0.0.2:5701");

    assertThat(options.members()).containsExactly("10.0.0.1:5701", "10.0.0.2:5701");
    assertThat(options.member()).isEqualTo("10.0.0.2:5701");
  }

  @Test
  void what_is_wrong_is_told_with_what_would_be_right() {
    assertWrong("unknown option '--prot=80'", "--prot=80");
    assertWrong("unknown option 'port=80'", "port=80");
    assertWrong("unknown option '--port'", "--port");
    assertWrong("port must be 0 to 65535, but is '65536'", "--port=65536");
    assertWrong("port must be 0 to 65535, but is '-1'", "--port=-1");
    assertWrong("port must be 0 to 65535, but is ''", "--port=");
    assertWrong("adapter must be one of servlet, jaxrs, but is 'spring'", "--adapter=spring");
    assertWrong(
        "profile must be one of kallglot, kallglot-credits, talkpilot, boltcall, burst-sustained,"
            + " problem-json, default, but is 'kalglot'",
        "--profile=kalglot");
    assertWrong(
        "members must be host:port such as 127.0.0.1:5701, but is '127.0.0.1'",
        "--members=127.0.0.1");
    assertWrong(
        "members must be host:port such as 127.0.0.1:5701, but is ''", "--members=127.0.0.1:5701,");
    assertWrong("member must be host:port such as 127.0.0.1:5701, but is 'a:0'", "--member=a:0");
    assertWrong(
        "this can be only one member, but is [a:1, b:1]", "--members=member=a:1,member=b:1");
    assertWrong("config must be a file, but is empty", "--config=");
    assertWrong(
        "a deadline is a time from 10ms to 60s, such as 100ms or 1s, but is '1ms'",
        "--deadline=1ms");
    assertWrong(
        "on-failure must be one of local, allow, refuse, but is 'open'", "--on-failure=open");
    assertWrong("backups must be 0 to 6, but is '7'", "--backups=7");
  }

  private static void assertWrong(String message, String... arguments) {
    assertThatThrownBy(() -> parse(arguments))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private static DemoOptions parse(String... arguments) {
    return DemoOptions.parse(List.of(arguments), new Properties());
  }
}
