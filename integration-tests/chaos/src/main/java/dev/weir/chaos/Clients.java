package dev.weir.chaos;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Clients of every node, each with a connection of its own, some with hot keys, some with cold. */
final class Clients implements AutoCloseable {

  /** What a client saw of one request. */
  record Sight(long atNanos, long tookNanos, int status) {}

  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(8);
  private static final Set<Integer> DOCUMENTED = Set.of(200, 429, 503);

  private final Ledger ledger;
  private final Queue<Sight> sights = new ConcurrentLinkedQueue<>();
  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  Clients(Ledger ledger) {
    this.ledger = ledger;
  }

  /** Starts a client of a node. */
  void start(Node node, String prefix, int keys, long seed) {
    Random random = new Random(seed);
    Thread thread =
        new Thread(() -> run(node, prefix, keys, random), node.name() + "-" + prefix + seed);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void run(Node node, String prefix, int keys, Random random) {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    try {
      while (!closed) {
        if (node.isUp()) {
          request(client, node, prefix + random.nextInt(keys));
        }
        Thread.sleep(PAUSE.toMillis());
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void request(HttpClient client, Node node, String key) throws InterruptedException {
    int disturbances = node.disturbances();
    long before = System.nanoTime();
    HttpResponse<String> answer;
    try {
      answer =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:%d/v1/orders".formatted(node.port())))
                  .header("X-API-Key", key)
                  .timeout(TIMEOUT)
                  .build(),
              BodyHandlers.ofString());
    } catch (IOException fault) {
      if (node.isUp() && node.disturbances() == disturbances) {
        complaints.add("%s gave %s no answer: %s".formatted(node.name(), key, fault));
      }
      return;
    }
    long after = System.nanoTime();
    int status = answer.statusCode();
    if (status == 200) {
      ledger.admit(key, header(answer, "X-RateLimit-Reset"));
    }
    check(node, key, answer);
    if (node.isUp() && node.disturbances() == disturbances) {
      sights.add(new Sight(before, after - before, status));
    }
  }

  private void check(Node node, String key, HttpResponse<String> answer) {
    int status = answer.statusCode();
    if (!DOCUMENTED.contains(status)) {
      complain(node, key, answer, "not a documented status");
    } else if (status == 503
        ? header(answer, "Retry-After") < 1
        : header(answer, "X-RateLimit-Remaining") < 0) {
      complain(node, key, answer, "headers that are missing or out of range");
    } else if (status == 429
        && (header(answer, "Retry-After") < 1
            || header(answer, "Retry-After") > Chaos.PERIOD_SECONDS
            || header(answer, "X-RateLimit-Remaining") != 0)) {
      complain(node, key, answer, "a refusal that does not say when to come back");
    }
  }

  private void complain(Node node, String key, HttpResponse<String> answer, String what) {
    complaints.add(
        "%s answered %s with %d %s: %s"
            .formatted(node.name(), key, answer.statusCode(), answer.headers().map(), what));
  }

  private static long header(HttpResponse<String> answer, String name) {
    return answer.headers().firstValueAsLong(name).orElse(-1);
  }

  /** Returns what was seen since this was last asked. */
  List<Sight> take() {
    List<Sight> taken = new ArrayList<>();
    Sight sight;
    while ((sight = sights.poll()) != null) {
      taken.add(sight);
    }
    return taken;
  }

  /** Returns answers that must not be, of all the time. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Returns the latency that this part of all requests stayed below, in milliseconds. */
  static double quantile(List<Sight> sights, double part) {
    long[] took = sights.stream().mapToLong(Sight::tookNanos).sorted().toArray();
    return took.length == 0 ? 0 : took[(int) Math.min(took.length - 1, part * took.length)] / 1e6;
  }

  static Map<Integer, Long> byStatus(List<Sight> sights) {
    Map<Integer, Long> counts = new TreeMap<>();
    sights.forEach(sight -> counts.merge(sight.status, 1L, Long::sum));
    return counts;
  }

  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      try {
        thread.join(TimeUnit.SECONDS.toMillis(10));
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
