package dev.weir.demo;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar as a user starts and stops it. */
@Timeout(120)
class DemoIT {

  private static final Path JAR = Path.of("target", "weir-demo.jar");

  private final List<Process> processes = new ArrayList<>();

  @TempDir private Path directory;

  @AfterEach
  void endWhatStillRuns() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void it_serves_until_it_is_told_to_stop_which_takes_less_than_5_seconds() throws Exception {
    Process demo = start("--port=0", "--profile=talkpilot", "--deadline=10s"); // on busy machines
    String ready = firstLine(demo);
    assertThat(ready)
        .matches("Weir demo ready: http://127\\.0\\.0\\.1:[0-9]+ \\(profile talkpilot\\)");

    HttpResponse<String> response = get(ready, "/agents/1", "demo-default-1");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("X-RateLimit-Limit")).hasValue("60");

    assertStopsInTime(demo);
    // newer JVMs have WARNINGs of their own for what Hazelcast does
    assertThat(log(demo)).doesNotContainPattern("(?m)^(?:WARN|ERROR) ").doesNotContain("Exception");
  }

  @Test
  void two_of_them_are_one_cluster_with_one_budget_which_outlives_the_first() throws Exception {
    List<Integer> ports = freePorts();
    String one = "127.0.0.1:" + ports.get(0);
    String two = "127.0.0.1:" + ports.get(1);
    // a week, so that the window hardly ends while this runs
    String config =
        Files.writeString(
                directory.resolve("weir.yaml"),
                """
                plans: { all: { limits: [10/7d] } }
                groups: { reports: {} }
                keys: { mine: { plan: all } }
                cluster: { deadline: 10s }
                """)
            .toString();
    String[] options = {"--port=0", "--adapter=jaxrs", "--config=" + config};
    Process first = start("--members=member=" + one + "," + two, options);
    String firstReady = firstLine(first);
    // which of the two it is it finds out by itself
    Process second = start("--members=" + one + "," + two, options);
    String secondReady = firstLine(second);

    assertThat(remaining(get(firstReady, "/v1/orders", "mine"))).isEqualTo(9);
    assertThat(remaining(get(secondReady, "/v1/orders", "mine"))).isEqualTo(8);
    assertThat(remaining(get(firstReady, "/v1/orders", "mine"))).isEqualTo(7);
    assertStopsInTime(first);
    assertThat(remaining(get(secondReady, "/v1/orders", "mine"))).isEqualTo(6);
    assertStopsInTime(second);
  }

  /**
   * Contract K3: a client on each of two nodes sends twice the budget, as long as {@code
   * -Dweir.stream.seconds} says. What has come through at any time is no more than the budget of
   * the windows until then.
   */
  @Test
  @Timeout(300)
  void two_of_them_never_let_more_messages_through_than_the_budget() throws Exception {
    List<Integer> ports = freePorts();
    String members = "--members=127.0.0.1:%d,127.0.0.1:%d".formatted(ports.get(0), ports.get(1));
    String first = firstLine(start(members, "--port=0"));
    String second = firstLine(start(members, "--port=0", "--adapter=jaxrs"));
    int seconds = Integer.getInteger("weir.stream.seconds", 8);
    int budget = 500; // of a starter
    StreamClient one = new StreamClient(uri(first), "demo-starter-1");
    StreamClient two = new StreamClient(uri(second), "demo-starter-1");
    long start = System.nanoTime();
    for (int sent = 0; sent < seconds * budget; sent++) {
      one.send("message " + sent);
      two.send("message " + sent);
      long due = start + sent * 1_000_000_000L / budget;
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
    one.close();
    two.close();

    SortedMap<Long, Integer> all = new TreeMap<>(one.received());
    two.received().forEach((at, count) -> all.merge(at, count, Integer::sum));
    int received = 0;
    for (Map.Entry<Long, Integer> window : all.entrySet()) {
      received += window.getValue();
      assertThat(received)
          .as("up to second %d of %s", window.getKey(), all)
          .isLessThanOrEqualTo(budget * (int) (window.getKey() - all.firstKey() + 1));
    }
    assertThat(received).as("of %s", all).isGreaterThan(budget * (seconds - 2) * 7 / 10);
    assertThat(one.throttled() + two.throttled()).isBetween(2, 4 * (seconds + 2));
  }

  @Test
  void options_that_make_no_sense_end_it_with_status_2_and_a_list_of_those_there_are()
      throws Exception {
    Process demo = start("--prot=8080");

    assertThat(demo.waitFor()).isEqualTo(2);
    assertThat(log(demo))
        .startsWith("unknown option '--prot=8080'")
        .contains("--profile=NAME", "--port=NUMBER", "--members=HOST:PORT", "--config=FILE");
  }

  @Test
  void a_configuration_that_is_not_right_ends_it_with_status_1_and_nothing_but_the_mistakes()
      throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("weir.yaml"),
            """
            plans:
              starter: { limits: [0/minute] }
            keys:
              mine: { plan: startr }
            """);
    Process demo = start("--port=0", "--config=" + file);

    assertThat(demo.waitFor()).isEqualTo(1);
    assertThat(log(demo))
        .startsWith("2 problems:")
        .contains("weir.yaml:2:", "but is 0", "weir.yaml:4:", "did you mean 'starter'")
        .doesNotContain("\tat ", "Exception");
  }

  @Test
  void a_port_in_use_ends_it_with_status_1_and_says_what_to_do() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Process demo = start("--port=" + taken.getLocalPort());

      assertThat(demo.waitFor()).isEqualTo(1);
      assertThat(log(demo))
          .startsWith("cannot listen on 127.0.0.1:" + taken.getLocalPort())
          .contains("--port")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void it_says_what_it_can_do() throws Exception {
    Process demo = start("--help");

    assertThat(demo.waitFor()).isZero();
    assertThat(firstLine(demo)).startsWith("--profile=NAME");
  }

  private Process start(String option, String... more) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-jar", JAR.toString(), option));
    command.addAll(List.of(more));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(directory.resolve("log-" + processes.size()).toFile());
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private String firstLine(Process demo) throws IOException {
    BufferedReader out = demo.inputReader();
    @Nullable String line = out.readLine();
    assertThat(line).as(() -> log(demo)).isNotNull();
    return String.valueOf(line);
  }

  private String log(Process demo) {
    try {
      return Files.readString(directory.resolve("log-" + processes.indexOf(demo)));
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  private void assertStopsInTime(Process demo) throws InterruptedException {
    long start = System.nanoTime();
    demo.destroy(); // SIGTERM
    assertThat(demo.waitFor(30, SECONDS)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(demo.exitValue()).isEqualTo(143);
  }

  private static HttpResponse<String> get(String ready, String path, String key) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    return client.send(
        HttpRequest.newBuilder(URI.create(uri(ready) + path)).header("X-API-Key", key).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static String uri(String ready) {
    return ready.replaceAll(".*(http://\\S+).*", "$1");
  }

  private static long remaining(HttpResponse<String> response) {
    return response.headers().firstValueAsLong("X-RateLimit-Remaining").orElseThrow();
  }

  private static List<Integer> freePorts() throws IOException {
    try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return List.of(one.getLocalPort(), two.getLocalPort());
    }
  }
}
