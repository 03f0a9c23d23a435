package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.account.Members;
import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
import dev.weir.http.Answer;
import dev.weir.plan.Account;
import dev.weir.quota.QuotaStore;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeirTest {

  private static final String FILE =
      """
      plans:
        starter: { limits: [3/minute] }
      groups:
        reports: { match: ["GET /reports"], limits: [1/hour] }
        health: { match: ["GET /health"], exempt: true }
      keys:
        k1: { plan: starter }
      usage: { path: /v1/usage }
      cluster: { store: memory }
      """;

  private final ManualClock clock = new ManualClock("2024-03-26T12:00:30Z");

  @Test
  void a_request_is_judged_by_the_file() {
    try (Weir weir = open(FILE)) {
      Answer answer = weir.judge(Requests.get("/").with("X-API-Key", "k1"), null, null);

      assertThat(answer.proceeds()).isTrue();
      assertThat(answer.headers()).containsEntry("X-RateLimit-Remaining", "2");
    }
  }

  @Test
  void a_caller_reads_its_own_usage_without_using_any_up() {
    try (Weir weir = open(FILE)) {
      weir.judge(Requests.get("/reports").with("X-API-Key", "k1"), null, null);

      for (int i = 0; i < 5; i++) {
        Answer usage = weir.judge(Requests.get("/v1/usage").with("X-API-Key", "k1"), null, null);
        assertThat(usage.proceeds()).isFalse();
        assertThat(usage.status()).isEqualTo(200);
        assertThat(usage.headers()).containsEntry("Cache-Control", "no-store");
        assertThat(new String(usage.body(), StandardCharsets.UTF_8))
            .isEqualTo(
                "{\"plan\":\"starter\",\"limits\":["
                    + "{\"name\":\"minute\",\"group\":null,\"limit\":3,\"remaining\":2,"
                    + "\"reset\":1711454460,\"period\":60,\"algorithm\":\"fixed\"},"
                    + "{\"name\":\"hour\",\"group\":\"reports\",\"limit\":1,\"remaining\":0,"
                    + "\"reset\":1711458000,\"period\":3600,\"algorithm\":\"fixed\"}],"
                    + "\"sessions\":null,\"credits\":null}");
      }
      assertThat(weir.judge(Requests.get("/v1/usage"), null, null).status()).isEqualTo(401);
    }
  }

  @Test
  void a_directory_in_code_comes_beside_the_keys_of_the_file() {
    Weir.Builder builder =
        Weir.builder()
            .configuration(Configuration.parse("test", FILE))
            .clock(clock)
            .directory(key -> key.value().equals("k2") ? Account.of("starter") : null);
    try (Weir weir = builder.build()) {
      assertThat(status(weir, "k1")).isZero();
      assertThat(status(weir, "k2")).isZero();
      assertThat(status(weir, "k3")).isEqualTo(401);
    }
  }

  @Test
  void no_way_to_know_a_key_stops_the_start() {
    assertThatThrownBy(() -> open("plans: {a: {limits: [1/minute]}}\ncluster: {store: memory}"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("test: no API key can be known: add 'keys', or an AccountDirectory");
  }

  @Test
  void a_cluster_that_is_not_there_stops_the_start_with_the_file_that_names_it() {
    String file = FILE.replace("{ store: memory }", "{ instance: nowhere }");
    Weir.Builder builder = Weir.builder().configuration(Configuration.parse("test", file));

    assertThatThrownBy(builder::build)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("test: cluster: ")
        .hasMessageContaining("nowhere");
  }

  // --- a Hazelcast instance of the application's own ---------------------------------------------

  @Test
  void nodes_that_are_handed_one_instance_share_its_counts_and_leave_it_running() {
    HazelcastInstance own = Members.start();
    try {
      String file = FILE.replace("{ store: memory }", "{ map: limits, backups: 0 }");
      try (Weir one = over(own, file).build();
          Weir other = over(own, file).build()) {
        assertThat(status(one, "k1")).isZero();
        assertThat(status(other, "k1")).isZero();
        assertThat(status(one, "k1")).isZero();
        assertThat(status(other, "k1")).isEqualTo(429);
      }

      assertThat(own.getLifecycleService().isRunning()).isTrue();
      assertThat(own.getConfig().findMapConfig("limits").getBackupCount()).isZero();
      assertThat(own.getMap("limits").size()).isEqualTo(1);
    } finally {
      own.shutdown();
    }
  }

  @Test
  void an_instance_that_is_handed_in_goes_before_the_one_that_is_configured() {
    HazelcastInstance own = Members.start();
    try (Weir weir =
        over(own, FILE.replace("{ store: memory }", "{ instance: nowhere }")).build()) {
      assertThat(status(weir, "k1")).isZero();
    } finally {
      own.shutdown();
    }
  }

  @Test
  void an_instance_that_is_handed_in_beside_something_else_to_count_in_stops_the_start() {
    HazelcastInstance own = Members.start();
    try {
      assertThatThrownBy(over(own, FILE)::build)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("test: cluster: store is 'memory', but a Hazelcast instance ('")
          .hasMessageContaining("') is handed in; leave out one or the other");
      QuotaStore store = QuotaStore.inMemory(clock);
      assertThatThrownBy(over(own, FILE).store(store)::build)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("both store(...) and hazelcast(...) are set; set the one to count in");
      String file = FILE.replace("{ store: memory }", "{}");
      assertThatThrownBy(over(own, file).clock(clock)::build)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("test: cluster: a clock of your own reaches only a member that");
    } finally {
      own.shutdown();
    }
  }

  private static Weir.Builder over(HazelcastInstance own, String file) {
    return Weir.builder().configuration(Configuration.parse("test", file)).hazelcast(own);
  }

  // --- annotations -------------------------------------------------------------------------------

  @Test
  void an_annotation_is_checked_at_the_start() {
    try (Weir weir = open(FILE)) {
      assertThat(weir.endpoint(annotationOf(Right.class), "A#b").group().name())
          .isEqualTo("reports");
      assertThatThrownBy(() -> weir.endpoint(annotationOf(Wrong.class), "com.acme.A#b"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(
              "@RateLimited on com.acme.A#b names group 'report', but the groups in test are"
                  + " [reports, health]")
          .hasMessageContaining("but is 'fortnight'")
          .hasMessageContaining("cost must be 1 to 1000000, but is -1");
    }
  }

  @Test
  void an_annotation_that_no_request_could_ever_pass_stops_the_start() {
    try (Weir weir = open(FILE)) {
      assertThatThrownBy(() -> weir.endpoint(annotationOf(TooDear.class), "A"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(
              "@RateLimited on A: its requests cost 5, but limit '3/minute' of plan 'starter' never"
                  + " has room for more than 3: none would be admitted");
      assertThatThrownBy(() -> weir.endpoint(annotationOf(TooDearForItself.class), "A"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("cost 2, but limit '1/second' of the annotation never has room");
      assertThatThrownBy(() -> weir.endpoint(annotationOf(TooDearForItsGroup.class), "A"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("cost 2, but limit '1/hour' of group 'reports' never has room");
    }
  }

  @Test
  void an_annotation_that_contradicts_itself_stops_the_start() {
    try (Weir weir = open(FILE)) {
      assertThatThrownBy(() -> weir.endpoint(annotationOf(Twice.class), "A"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(
              "@RateLimited on A: '7/second' has the same name as '5/second'; tell them apart with"
                  + " 'as NAME', or keep one");
      assertThatThrownBy(() -> weir.endpoint(annotationOf(Exempt.class), "A"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(
              "@RateLimited on A: the endpoint is exempt, so limits, cost and credits never count");
      assertThatThrownBy(() -> weir.endpoint(annotationOf(InExemptGroup.class), "A"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("the endpoint is exempt");
      assertThat(weir.endpoint(annotationOf(Open.class), "A").exempt()).isTrue();
    }
  }

  @Test
  void an_annotation_with_more_limits_than_a_request_may_have_stops_the_start() {
    try (Weir weir = open(FILE.replace("[3/minute]", manyLimits()))) {
      assertThatThrownBy(() -> weir.endpoint(annotationOf(Right.class), "A"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(
              "@RateLimited on A, under plan 'starter': at most 32 limits may apply to one request,"
                  + " but these are 33");
    }
  }

  private static String manyLimits() {
    return IntStream.rangeClosed(1, 31)
        .mapToObj(i -> i + "/" + i + "m")
        .collect(Collectors.joining(", ", "[", "]"));
  }

  @Test
  void adapters_of_one_application_share_an_instance_until_the_last_one_closes_it(
      @TempDir Path classPath) throws IOException {
    Files.writeString(classPath.resolve("weir.yaml"), FILE);
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader application =
        new URLClassLoader(new URL[] {classPath.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(application);
      Weir servlet = Weir.shared(null);
      Weir jaxrs = Weir.shared(null);

      assertThat(status(servlet, "k1")).isZero();
      servlet.close();
      servlet.close();
      assertThat(status(jaxrs, "k1")).isZero();
      assertThat(status(jaxrs, "k1")).isZero();
      assertThat(status(jaxrs, "k1")).isEqualTo(429);
      assertThatThrownBy(() -> Weir.shared("other.yaml"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("other.yaml cannot be used too");
      jaxrs.close();

      Weir again = Weir.shared(null);
      assertThat(status(again, "k1")).isZero();
      again.close();
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  private static int status(Weir weir, String key) {
    return weir.judge(Requests.get("/").with("X-API-Key", key), null, null).status();
  }

  private Weir open(String file) {
    return Weir.builder().configuration(Configuration.parse("test", file)).clock(clock).build();
  }

  private static RateLimited annotationOf(Class<?> type) {
    return type.getAnnotation(RateLimited.class);
  }

  @RateLimited(group = "reports", limits = "5/second")
  private static final class Right {}

  @RateLimited(group = "report", limits = "5/fortnight", cost = -1)
  private static final class Wrong {}

  @RateLimited(cost = 5)
  private static final class TooDear {}

  @RateLimited(limits = "1/second", cost = 2)
  private static final class TooDearForItself {}

  @RateLimited(group = "reports", cost = 2)
  private static final class TooDearForItsGroup {}

  @RateLimited(limits = {"5/second", "7/second"})
  private static final class Twice {}

  @RateLimited(exempt = true, limits = "5/second")
  private static final class Exempt {}

  @RateLimited(group = "health", cost = 2)
  private static final class InExemptGroup {}

  @RateLimited(exempt = true)
  private static final class Open {}
}
