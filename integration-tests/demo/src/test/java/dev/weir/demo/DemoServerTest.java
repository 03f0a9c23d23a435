package dev.weir.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.config.ConfigurationException;
import dev.weir.demo.DemoOptions.Adapter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DemoServerTest {

  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2024-03-26T12:00:30Z"));

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  static Stream<Arguments> every_profile_behind_either_adapter() {
    return Api.profiles().stream()
        .flatMap(
            profile -> Stream.of(Adapter.values()).map(adapter -> Arguments.of(profile, adapter)));
  }

  @ParameterizedTest
  @MethodSource("every_profile_behind_either_adapter")
  void what_it_prints_is_true(String profile, Adapter adapter) throws Exception {
    try (DemoServer server = start(profile, adapter, null)) {
      String greeting = server.greeting();
      assertThat(greeting)
          .startsWith("Weir demo ready: %s (profile %s)".formatted(server.uri(), profile));
      List<String> commands =
          greeting.lines().map(String::strip).filter(line -> line.startsWith("curl ")).toList();
      assertThat(commands).hasSize(3);

      assertNineKeysOfEveryPlanWork(greeting, commands.get(0));
      assertThat(run(commands.get(1)))
          .hasSize(1)
          .allMatch(status -> status == 200 || status == 201);
      List<Integer> untilRefused = run(commands.get(2));
      assertThat(untilRefused).startsWith(200).endsWith(429);
    }
  }

  private void assertNineKeysOfEveryPlanWork(String greeting, String command) throws Exception {
    Matcher plan = Pattern.compile("plan (\\S+) +(\\S+) to (\\S+) ").matcher(greeting);
    assertThat(plan.find()).isTrue();
    String firstKey = plan.group(2);
    do {
      assertThat(plan.group(2)).isEqualTo("demo-%s-1", plan.group(1));
      assertThat(plan.group(3)).isEqualTo("demo-%s-9", plan.group(1));
      for (int i = 1; i <= 9; i++) {
        String key = "demo-%s-%d".formatted(plan.group(1), i);
        assertThat(run(command.replace(firstKey, key))).containsExactly(200);
      }
    } while (plan.find());
  }

  @Test
  void only_the_endpoints_of_its_profile_exist() throws Exception { // K12, B4
    try (DemoServer server = start("boltcall", Adapter.SERVLET, null)) {
      String header = "-H 'X-API-Key: demo-pro-1' " + server.uri();
      assertThat(run("curl " + header + "/v1/agents")).containsExactly(200);
      assertThat(run("curl " + header + "/v1/sessions/sess_1")).containsExactly(404);
    }
  }

  @Test
  void a_file_of_the_users_own_says_which_profile_it_is(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("weir.yaml"),
            """
            profile: talkpilot
            keys:
              mine: { plan: default }
            """);
    try (DemoServer server = start(null, Adapter.SERVLET, file)) {
      assertThat(server.greeting())
          .contains("(profile talkpilot)", "keys are those of " + file, "X-API-Key: YOUR-KEY");
      assertThat(run("curl -H 'X-API-Key: mine' %s/agents/1".formatted(server.uri())))
          .containsExactly(200);
    }
    assertThatThrownBy(() -> start("boltcall", Adapter.SERVLET, file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            file + " has profile talkpilot, but option profile is boltcall; leave one of them out");
  }

  @Test
  void an_annotation_that_does_not_fit_the_file_stops_the_start(@TempDir Path directory)
      throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("weir.yaml"),
            """
            plans: { all: { limits: [1/minute] } }
            groups: { downloads: { match: [/downloads/**] } }
            keys: { mine: { plan: all } }
            """);
    assertThatThrownBy(() -> start(null, Adapter.JAXRS, file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("OrdersResource#report")
        .hasMessageContaining("'reports'")
        .hasMessageContaining("[downloads]");
  }

  @Test
  void a_port_in_use_is_told_before_a_cluster_is_joined() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      DemoOptions options =
          new DemoOptions(
              null, port, List.of("127.0.0.1:1"), null, Adapter.SERVLET, null, null, null, null);
      assertThatThrownBy(() -> DemoServer.start(options, CLOCK))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("cannot listen on 127.0.0.1:%d: ".formatted(port))
          .hasMessageEndingWith("; choose another with --port, 0 takes any free one");
    }
  }

  private static DemoServer start(@Nullable String profile, Adapter adapter, @Nullable Path config)
      throws IOException {
    return DemoServer.start(
        new DemoOptions(
            profile,
            0,
            List.of(),
            null,
            adapter,
            config == null ? null : config.toString(),
            null,
            null,
            null),
        CLOCK);
  }

  /** Does what curl would do, as far as the demo's commands go, and returns the statuses. */
  private List<Integer> run(String command) throws Exception {
    List<String> words = new ArrayList<>();
    Matcher word = Pattern.compile("'([^']*)'|(\\S+)").matcher(command);
    while (word.find()) {
      words.add(word.group(1) == null ? word.group(2) : word.group(1));
    }
    HttpRequest.Builder request = HttpRequest.newBuilder();
    String method = "GET";
    String body = "";
    String url = "";
    for (int i = 1; i < words.size(); i++) {
      switch (words.get(i)) {
        case "-i", "-s" -> {}
        case "-o", "-w" -> i++;
        case "-H" -> {
          String[] header = words.get(++i).split(": ", 2);
          request.header(header[0], header[1]);
        }
        case "-X" -> method = words.get(++i);
        case "-d" -> body = words.get(++i);
        default -> url = words.get(i);
      }
    }
    request.method(method, HttpRequest.BodyPublishers.ofString(body));
    List<Integer> statuses = new ArrayList<>();
    for (String expanded : expanded(url)) {
      statuses.add(
          client
              .send(
                  request.uri(URI.create(expanded)).build(), HttpResponse.BodyHandlers.discarding())
              .statusCode());
    }
    return statuses;
  }

  /** A range such as {@code [1-3]} in a URL stands for all of its numbers. */
  private static List<String> expanded(String url) {
    Matcher range = Pattern.compile("\\[1-([0-9]+)]").matcher(url);
    if (!range.find()) {
      return List.of(url);
    }
    List<String> urls = new ArrayList<>();
    for (int i = 1; i <= Integer.parseInt(range.group(1)); i++) {
      urls.add(url.replace(range.group(), Integer.toString(i)));
    }
    return urls;
  }
}
