package dev.weir.demo;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.credit.CreditLedger;
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
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Prepaid credits on two servers in processes of their own, which are stopped and killed (contract
 * C5), on whatever database.
 */
@Timeout(300)
abstract class CreditsScenario {

  private static final Path JAR = Path.of("target", "weir-demo.jar").toAbsolutePath();

  private static final String READ = "/v1/recordings/rec_1"; // costs 1
  private static final int LATER = 200;

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<Process> processes = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();
  private int logs;

  @TempDir Path directory;

  /** Returns the URL of a database of this test. */
  abstract String url() throws Exception;

  @AfterEach
  void endWhatStillRuns() {
    processes.forEach(Process::destroyForcibly);
  }

  /** A server, and where it listens. */
  private record Server(Process process, String uri) {}

  @Test
  void no_credit_is_lost_or_spent_twice_whatever_becomes_of_the_servers() throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("weir.yaml"),
            """
            profile: kallglot-credits
            keys:
              poor: { plan: enterprise, limits: unlimited, credits: 20 }
              rich: { plan: enterprise, limits: unlimited, credits: 1000000 }
            groups: { admin: { match: [/admin/**], exempt: true } }
            accounts: { store: database }
            usage: { path: /v1/usage, limits: unlimited }
            cluster: { deadline: 10s }
            database: { url: '%s' }
            """
                .formatted(url()));
    ports.addAll(freePorts());
    Server one = start(config, 0);
    Server two = start(config, 1);

    // 60 spenders at once, on both, of whom 20 can pay
    assertThat(spend("poor", 60, one, two)).isEqualTo(20);
    assertThat(used(two, "poor")).isEqualTo(20);

    // the first one ends in the midst of it, as with kill -9
    int paid = spend("rich", 100, one, two);
    ExecutorService killing = Executors.newSingleThreadExecutor();
    Process victim = one.process;
    Future<?> killed = killing.submit(() -> victim.destroyForcibly());
    paid += spend("rich", LATER, two);
    killed.get();
    killing.shutdown();
    assertThat(victim.waitFor(30, SECONDS)).isTrue();
    assertThat(used(two, "rich")).isEqualTo(paid);
    assertThat(spend("poor", 1, two)).isZero();
    assertAddsUp(paid);

    // it comes back, and then one after the other is stopped and started: a rolling restart
    one = start(config, 0);
    stop(two);
    paid += spend("rich", 50, one);
    two = start(config, 1);
    stop(one);
    paid += spend("rich", 50, two);
    one = start(config, 0);
    assertThat(used(one, "rich")).isEqualTo(paid);
    assertAddsUp(paid);

    // a top-up on one counts on the other at the next request, and once
    String id = id(one, "poor");
    for (int i = 0; i < 3; i++) {
      topUp(one, id, 5);
    }
    assertThat(spend("poor", 10, two)).isEqualTo(5);

    // an account of the administration is known everywhere, and as long as it is there
    String created =
        admin(two, "/admin/keys", "{\"plan\":\"starter\",\"limits\":[\"5/day\"],\"credits\":3}");
    String secret = created.replaceAll(".*\"key\":\"([^\"]+)\".*", "$1");
    assertThat(spend(secret, 9, one)).isEqualTo(3);

    // both are stopped in good order: nothing is lost
    stop(one);
    stop(two);
    assertThat(check()).isEmpty();
    one = start(config, 0);
    assertThat(used(one, "rich")).isEqualTo(paid);
    assertThat(used(one, "poor")).isEqualTo(25);
    assertThat(used(one, secret)).isEqualTo(3);

    // both are killed at once: what was used in the last second may come back, to the customer
    two = start(config, 1);
    paid += spend("rich", 50, one, two);
    int before = paid;
    assertAddsUp(before);
    int last = spend("rich", 50, one, two);
    one.process.destroyForcibly();
    two.process.destroyForcibly();
    assertThat(one.process.waitFor(30, SECONDS)).isTrue();
    assertThat(two.process.waitFor(30, SECONDS)).isTrue();
    one = start(config, 0);
    assertThat(used(one, "rich")).isBetween(before, before + last);
    assertThat(spend("poor", 1, one)).isZero();
    stop(one);
    assertThat(check()).isEmpty();
  }

  /** At rest, what is written is what was paid. */
  private void assertAddsUp(int paid) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(written("rich")).isEqualTo(paid);
              assertThat(check()).isEmpty();
            });
  }

  private List<String> check() throws Exception {
    try (Connection connection = DriverManager.getConnection(url())) {
      return CreditLedger.check(connection);
    }
  }

  private int written(String key) throws Exception {
    try (Connection connection = DriverManager.getConnection(url());
        var select =
            connection.prepareStatement("SELECT MAX(used) FROM weir_credits WHERE granted = ?")) {
      select.setLong(1, key.equals("rich") ? 1_000_000 : 20);
      try (var row = select.executeQuery()) {
        return row.next() ? row.getInt(1) : -1;
      }
    } catch (SQLException notYet) {
      return -1;
    }
  }

  private Server start(Path config, int which) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-jar", JAR.toString(), "--port=0"));
    command.add("--config=" + config);
    command.add("--member=127.0.0.1:" + ports.get(which));
    command.add("--members=127.0.0.1:%d,127.0.0.1:%d".formatted(ports.get(0), ports.get(1)));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    Path log = directory.resolve("log-" + logs++);
    builder.redirectError(log.toFile());
    Process process = builder.start();
    processes.add(process);
    BufferedReader out = process.inputReader();
    String line = out.readLine();
    assertThat(line).as(() -> text(log)).startsWith("Weir demo ready");
    return new Server(process, String.valueOf(line).replaceAll(".*(http://\\S+).*", "$1"));
  }

  private static String text(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  private static void stop(Server server) throws InterruptedException {
    server.process.destroy(); // SIGTERM
    assertThat(server.process.waitFor(30, SECONDS)).isTrue();
  }

  /** Makes requests of cost 1 from several threads, by turns; returns how many were paid for. */
  private int spend(String key, int times, Server... servers) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(12);
    try {
      List<Callable<Integer>> requests = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        Server server = servers[i % servers.length];
        requests.add(() -> get(server, READ, key).statusCode());
      }
      int paid = 0;
      for (Future<Integer> status : threads.invokeAll(requests)) {
        assertThat(status.get()).isIn(200, 402, 503);
        paid += status.get() == 200 ? 1 : 0;
      }
      return paid;
    } finally {
      threads.shutdownNow();
    }
  }

  private int used(Server server, String key) throws Exception {
    int[] used = new int[1];
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              HttpResponse<String> usage = get(server, "/v1/usage", key);
              assertThat(usage.statusCode()).as(usage::body).isEqualTo(200);
              used[0] =
                  Integer.parseInt(usage.headers().firstValue("X-API-Credits-Used").orElseThrow());
            });
    return used[0];
  }

  private HttpResponse<String> get(Server server, String path, String key) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(server.uri + path)).header("X-API-Key", key).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String id(Server server, String key) throws Exception {
    return admin(server, "/admin/keys/lookup", "{\"key\":\"%s\"}".formatted(key))
        .replaceAll(".*\"id\":\"([^\"]+)\".*", "$1");
  }

  private void topUp(Server server, String id, int amount) throws Exception {
    String answer =
        admin(
            server,
            "/admin/keys/" + id + "/credits",
            "{\"amount\":%d,\"idempotency_key\":\"order-1\"}".formatted(amount));
    assertThat(answer).contains("\"granted\":25");
  }

  private String admin(Server server, String path, String body) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(server.uri + path))
                .header("Authorization", "Bearer demo-admin")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
    return answer.body();
  }

  private static List<Integer> freePorts() throws IOException {
    try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return List.of(one.getLocalPort(), two.getLocalPort());
    }
  }
}
