package dev.weir.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weir.Weir;
import dev.weir.conversations.Http;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * What JAX-RS can do beside answering: {@link Things}, on the rows of each implementation; in each
 * way if {@code weir.matrix} is {@code full}, else in one.
 */
@TestInstance(Lifecycle.PER_CLASS)
public class JaxrsIT {

  private static final long RESET = 1_711_454_460;
  private static final String KEY = "X-API-Key: k1";

  private record Started(Stack.Way way, Stack.Running running) {}

  /** A request, and what has to come back: the trio as {@code limit/remaining}, or {@code -}. */
  private record Case(
      String line, List<String> headers, int status, String body, String trio, String next) {

    Case(String line, int status, String body) {
      this(line, List.of(KEY), status, body, "9/8", "9/7");
    }

    @Override
    public String toString() {
      return line + headers.stream().map(header -> ", " + header).reduce("", String::concat);
    }
  }

  private static final List<Case> CASES =
      List.of(
          new Case("GET /things", 200, "thing"),
          new Case("GET /things/suspended", 200, "resumed"),
          new Case("GET /things/suspended-mapped", 409, "out of stock"),
          new Case("GET /things/timeout", 503, ""),
          new Case("GET /things/stage", 200, "later"),
          new Case("GET /things/stream", 200, "first,second"),
          new Case("GET /things/invalid", 400, ""),
          new Case("GET /things/mapped", 409, "out of stock"),
          new Case("GET /things/unmapped", 500, ""),
          new Case("GET /things/forbidden", 403, "by a filter"),
          new Case("GET /things/early", 403, "by a filter"),
          new Case("GET /things", List.of(KEY, "X-Answer: 403"), 403, "by a filter", "9/8", "9/7"),
          // what a filter has done is not undone, nor counted
          new Case("GET /things", List.of(KEY, "X-Answer: 201"), 201, "by a filter", "-", "9/8"),
          new Case("GET /things/parts/1", List.of(KEY), 200, "part", "5/4", "9/7"),
          new Case("GET /things/described", List.of(KEY), 200, "described", "2/1", "9/7"),
          new Case("GET /nowhere", 404, ""),
          new Case("GET /things/parts/1/nowhere", 404, ""),
          new Case("DELETE /things", 405, ""),
          new Case("HEAD /things", 200, ""),
          new Case("OPTIONS /things", 200, ""),
          // a preflight needs no key
          new Case(
              "OPTIONS /things",
              List.of("Origin: https://app.example", "Access-Control-Request-Method: GET"),
              200,
              "",
              "-",
              "9/8"));

  /** Where a creation of a session leads, and whether it succeeds. */
  private record Creation(String path, int status) {

    boolean succeeds() {
      return status == 200;
    }
  }

  private static final List<Creation> CREATIONS =
      List.of(
          new Creation("", 200),
          new Creation("/suspended", 200),
          new Creation("/suspended-mapped", 409),
          new Creation("/timeout", 503),
          new Creation("/stream", 200),
          new Creation("/invalid", 400),
          new Creation("/mapped", 409),
          new Creation("/unmapped", 500),
          new Creation("/forbidden", 403),
          new Creation("/nowhere", 404));

  private final Stack stack = ServiceLoader.load(Stack.class).findFirst().orElseThrow();
  private final Subject.Clock clock = new Subject.Clock();
  private @Nullable Started started;
  private long cases;

  @TempDir Path directory;

  JaxrsIT() {}

  @TestFactory
  Stream<DynamicNode> the_trio_is_on_every_response_and_each_request_counts_once() { // R5, R13
    return inEachWay(
        way ->
            CASES.stream()
                .filter(test -> stack.suspends(way) || !Things.suspends(test.line))
                .map(test -> dynamicTest(test.toString(), () -> hold(test, way))));
  }

  @TestFactory
  Stream<DynamicNode> a_session_keeps_its_slot_if_its_creation_succeeds_and_frees_it_if_not() {
    return inEachWay( // K9
        way ->
            CREATIONS.stream()
                .filter(creation -> stack.suspends(way) || !Things.suspends(creation.path))
                .map(
                    creation ->
                        dynamicTest(
                            creation.status + " " + creation.path, () -> hold(creation, way))));
  }

  @TestFactory
  Stream<DynamicNode> the_end_of_the_application_closes_what_its_feature_opened() {
    return ways()
        .filter(stack::tellsOfTheEnd)
        .map(way -> dynamicTest(way.toString(), () -> assertClosed(way)));
  }

  private Stream<Stack.Way> ways() {
    return stack.ways().stream()
        .filter(way -> way.adapter().equals("jaxrs"))
        .limit("full".equals(System.getProperty("weir.matrix")) ? Long.MAX_VALUE : 1);
  }

  private Stream<DynamicNode> inEachWay(Function<Stack.Way, Stream<DynamicTest>> tests) {
    return ways().map(way -> dynamicContainer(way.toString(), tests.apply(way)));
  }

  private void hold(Case test, Stack.Way way) throws Exception {
    try (Http http = open(way)) {
      Http.Response response = send(http, way, test.line, test.headers);

      assertThat(response.status()).as(response.toString()).isEqualTo(test.status);
      assertThat(response.body()).contains(test.body);
      assertThat(trio(response)).as(response.toString()).isEqualTo(test.trio);
      assertThat(trio(send(http, way, "GET /things", List.of(KEY)))).isEqualTo(test.next);
    }
  }

  private void hold(Creation creation, Stack.Way way) throws Exception {
    try (Http http = open(way)) {
      for (int i = 1; i <= 4; i++) {
        boolean room = !creation.succeeds() || i <= 2;
        Http.Response response =
            send(http, way, "GET /things/sessions" + creation.path, List.of(KEY));
        assertThat(response.status())
            .as(response.toString())
            .isEqualTo(room ? creation.status : 429);
        String active = "\"active\":" + (creation.succeeds() ? Math.min(i, 2) : 0);
        assertThat(send(http, way, "GET /usage", List.of(KEY)).body()).contains(active);
      }
    }
  }

  private void assertClosed(Stack.Way way) throws Exception {
    stop();
    Stack.Running running = start(way, true);
    try (Http http = new Http(running.port())) {
      assertThat(send(http, way, "GET /things", List.of(KEY)).header("X-RateLimit-Remaining"))
          .isEqualTo("8");
      // whoever opens first says with which configuration; any other is refused
      assertThatThrownBy(() -> Weir.shared(configuration())).hasMessageContaining("already");
    } finally {
      running.stop();
    }
    Weir.shared(configuration()).close();
  }

  private Http open(Stack.Way way) throws Exception {
    Started current = started;
    if (current == null || !current.way.equals(way)) {
      stop();
      current = new Started(way, start(way, false));
      started = current;
    }
    clock.set(Instant.ofEpochSecond(RESET - 30));
    Subject.forget(++cases);
    return new Http(current.running.port());
  }

  private Stack.Running start(Stack.Way way, boolean sharesWeir) throws Exception {
    Subject.configure(configuration(), clock, Things.classes(), sharesWeir);
    return stack.start(way, Files.createTempDirectory(directory, "application"));
  }

  /** Returns the place of the configuration, another one each time. */
  private String configuration() throws IOException {
    Path file = Files.createTempDirectory(directory, "weir").resolve("weir.yaml");
    try (InputStream in = JaxrsIT.class.getResourceAsStream("jaxrs.yaml")) {
      Files.copy(Objects.requireNonNull(in), file);
    }
    return file.toString();
  }

  private Http.Response send(Http http, Stack.Way way, String line, List<String> headers)
      throws IOException {
    return stack.reworded(way, http.send(new Http.Request(line, headers, "")));
  }

  private static String trio(Http.Response response) {
    String limit = response.header("X-RateLimit-Limit");
    String remaining = response.header("X-RateLimit-Remaining");
    String reset = response.header("X-RateLimit-Reset");
    if (limit == null && remaining == null && reset == null) {
      return "-";
    }
    assertThat(reset).isEqualTo(Long.toString(RESET));
    return limit + "/" + remaining;
  }

  @AfterAll
  void stop() throws Exception {
    Started last = started;
    started = null;
    if (last != null) {
      last.running.stop();
    }
  }
}
