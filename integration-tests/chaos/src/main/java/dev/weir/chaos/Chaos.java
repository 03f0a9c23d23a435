package dev.weir.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A campaign: demo nodes under load, to which one thing happens after the other. What their clients
 * are answered must add up: no window over its limit but for what the README allows, no answer that
 * is not documented, none that took too long. One line a fault; ends with 1 if anything was wrong.
 */
final class Chaos {

  static final int PERIOD_SECONDS = 5;

  private static final int HOT_LIMIT = 400;
  private static final int COLD_LIMIT = 10;
  private static final int HOT_KEYS = 3;
  private static final int COLD_KEYS = 300;

  /** Nobody may wait longer, on however busy a machine. */
  private static final Duration LONGEST = Duration.ofSeconds(2);

  /** A node that has just come holds what it took over without a second copy for a while. */
  private static final Duration SETTLE = Duration.ofSeconds(8);

  private enum Fault {
    KILL,
    FREEZE,
    LEAVE,
    JOIN,
    CLOCK
  }

  private final Map<String, String> options;
  private final Random random;
  private final Path directory;
  private final Ledger ledger = new Ledger();
  private final Clients clients = new Clients(ledger);
  private final List<Node> nodes = new ArrayList<>();
  private final Set<Ledger.Excess> over = new LinkedHashSet<>();
  private final boolean local;

  /** When windows may have been judged by nodes alone: pairs of epoch seconds. */
  private final List<long[]> disturbed = new ArrayList<>();

  private int slow;

  /** Faults in which the tail of the latencies was over the bound. */
  private int late;

  private Chaos(Map<String, String> options, long seed, Path directory) {
    this.options = options;
    this.random = new Random(seed);
    this.directory = directory;
    this.local = !options.getOrDefault("on-failure", "refuse").equals("refuse");
  }

  /**
   * Runs a campaign.
   *
   * @param arguments {@code --minutes=}, {@code --nodes=} (3 to 5), {@code --seed=}, {@code
   *     --on-failure=} (refuse, local), {@code --deadline=}
   */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = parse(arguments);
    long seed =
        Long.parseLong(options.getOrDefault("seed", Long.toString(System.nanoTime() % 100_000)));
    Path directory = Files.createTempDirectory("weir-chaos-");
    Chaos chaos = new Chaos(options, seed, directory);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> chaos.nodes.forEach(Node::destroy)));
    System.out.printf(
        "seed %d, %s; logs in %s%n",
        seed, chaos.local ? "on-failure: local" : "on-failure: refuse", directory);
    boolean good = chaos.run();
    System.exit(good ? 0 : 1);
  }

  private static Map<String, String> parse(String[] arguments) {
    Pattern option = Pattern.compile("--(minutes|nodes|seed|on-failure|deadline)=(.*)");
    Map<String, String> options = new TreeMap<>();
    for (String argument : arguments) {
      Matcher matcher = option.matcher(argument);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("unknown option '%s'".formatted(argument));
      }
      if (!matcher.group(2).isBlank()) {
        options.put(matcher.group(1), matcher.group(2));
      }
    }
    return options;
  }

  private boolean run() throws IOException, InterruptedException {
    int count = Integer.parseInt(options.getOrDefault("nodes", "3"));
    List<String> members = addresses(count + 1);
    for (int i = 0; i <= count; i++) {
      nodes.add(new Node("node-" + (i + 1), nodeOptions(members, i), directory));
    }
    for (Node node : nodes) {
      if (node != nodes.get(count)) { // that one joins and leaves
        node.start();
      }
      for (int i = 0; i < 2; i++) {
        clients.start(node, "hot-", HOT_KEYS, random.nextInt());
        clients.start(node, "cold-", COLD_KEYS, random.nextInt());
      }
    }
    long end =
        System.nanoTime()
            + (long) (Double.parseDouble(options.getOrDefault("minutes", "10")) * 60e9);
    Thread.sleep(SETTLE.toMillis());
    clients.take(); // servers that have just started are slow
    Thread.sleep(SETTLE.toMillis());
    List<Clients.Sight> normal = clients.take();
    double bound = Clients.quantile(normal, 0.999) + deadline().toMillis() + 50;
    System.out.printf(
        Locale.ROOT,
        "undisturbed: %d requests %s, p50 %.1f ms, p99.9 %.1f ms, so the bound is %.0f ms%n",
        normal.size(),
        Clients.byStatus(normal),
        Clients.quantile(normal, 0.5),
        Clients.quantile(normal, 0.999),
        bound);
    for (int number = 1; number == 1 || System.nanoTime() < end; number++) {
      disturb(number, bound);
    }
    clients.close();
    settle(Long.MAX_VALUE);
    return verdict();
  }

  private Duration deadline() {
    String text = options.getOrDefault("deadline", "100ms");
    return Duration.ofMillis(Long.parseLong(text.replace("ms", "")));
  }

  private List<String> nodeOptions(List<String> members, int own) throws IOException {
    Path file = directory.resolve("weir.yaml");
    StringBuilder keys = new StringBuilder();
    for (int i = 0; i < HOT_KEYS; i++) {
      keys.append("  hot-%d: { plan: hot }%n".formatted(i));
    }
    for (int i = 0; i < COLD_KEYS; i++) {
      keys.append("  cold-%d: { plan: cold }%n".formatted(i));
    }
    Files.writeString(
        file,
        """
        plans:
          hot: { limits: [%d/%ds] }
          cold: { limits: [%d/%ds] }
        groups: { reports: {} }
        keys:
        %s"""
            .formatted(HOT_LIMIT, PERIOD_SECONDS, COLD_LIMIT, PERIOD_SECONDS, keys));
    return List.of(
        "--port=0",
        "--members=" + String.join(",", members),
        "--member=" + members.get(own),
        "--adapter=jaxrs",
        "--config=" + file,
        "--deadline=" + deadline().toMillis() + "ms",
        "--on-failure=" + options.getOrDefault("on-failure", "refuse"));
  }

  /** Below the ports that the system gives to connections, which might take that of a node. */
  private static List<String> addresses(int count) {
    List<String> addresses = new ArrayList<>();
    for (int port = 21_000; addresses.size() < count && port < 32_000; port++) {
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        addresses.add("127.0.0.1:" + probe.getLocalPort());
      } catch (IOException taken) {
        // the next one
      }
    }
    return addresses;
  }

  /** Has one thing happen, waits until all is as before, and says what the clients saw. */
  private void disturb(int number, double bound) throws IOException, InterruptedException {
    Fault[] faults = Fault.values();
    Fault fault = faults[random.nextInt(faults.length)];
    Node node = nodes.get(random.nextInt(nodes.size() - 1));
    Node guest = nodes.get(nodes.size() - 1);
    long seconds = 1L + random.nextInt(3);
    long began = System.nanoTime();
    long beganSecond = System.currentTimeMillis() / 1_000;
    String what;
    switch (fault) {
      case KILL -> {
        what = node.name() + " killed, back after " + seconds + " s";
        node.kill();
        Thread.sleep(seconds * 1_000);
        node.start();
      }
      case FREEZE -> {
        what = node.name() + " frozen for " + seconds + " s";
        node.freeze();
        Thread.sleep(seconds * 1_000);
        node.thaw();
      }
      case LEAVE -> {
        what = node.name() + " left, back after " + seconds + " s";
        node.leave();
        Thread.sleep(seconds * 1_000);
        node.start();
      }
      case JOIN -> {
        what = guest.name() + " joined, left after " + (5 + seconds) + " s";
        guest.start();
        Thread.sleep((5 + seconds) * 1_000);
        guest.leave();
      }
      default -> {
        long shift = (random.nextBoolean() ? 500 : -500) * seconds;
        what = "%s: clock set by %+d ms for 5 s".formatted(node.name(), shift);
        node.shiftClock(shift);
        Thread.sleep(5_000);
        node.shiftClock(0);
      }
    }
    Thread.sleep(SETTLE.toMillis());
    disturbed.add(new long[] {beganSecond, System.currentTimeMillis() / 1_000 + PERIOD_SECONDS});
    report(number, what, began, bound);
  }

  private void report(int number, String what, long began, double bound) {
    List<Clients.Sight> seen = clients.take();
    double last503 =
        seen.stream()
            .filter(sight -> sight.status() == 503)
            .mapToDouble(sight -> (sight.atNanos() - began) / 1e9)
            .max()
            .orElse(0);
    double slowest = Clients.quantile(seen, 1);
    double tail = Clients.quantile(seen, 0.999);
    slow += slowest > LONGEST.toMillis() ? 1 : 0;
    late += tail > bound ? 1 : 0;
    int before = over.size();
    settle(System.currentTimeMillis() / 1_000 - 2 * PERIOD_SECONDS);
    System.out.printf(
        Locale.ROOT,
        "%3d %-44s %6d requests %-30s last 503 after %4.1f s, p99.9 %6.1f ms%s, slowest %6.1f ms, %d windows over%n",
        number,
        what,
        seen.size(),
        Clients.byStatus(seen),
        last503,
        tail,
        tail > bound ? " (over the bound)" : "",
        slowest,
        over.size() - before);
  }

  private void settle(long before) {
    over.addAll(ledger.settle(this::allowed, before));
  }

  private long allowed(Ledger.Window window) {
    long limit = window.key().startsWith("hot-") ? HOT_LIMIT : COLD_LIMIT;
    long begin = window.end() - PERIOD_SECONDS;
    boolean alone =
        local && disturbed.stream().anyMatch(time -> time[0] <= window.end() && begin <= time[1]);
    return alone ? 2 * limit : limit;
  }

  private boolean verdict() {
    for (Ledger.Excess excess : over) {
      System.out.println("over its limit: " + excess);
    }
    List<String> complaints = clients.complaints();
    Map<String, Long> kinds =
        complaints.stream()
            .collect(Collectors.groupingBy(line -> line, TreeMap::new, Collectors.counting()));
    kinds.entrySet().stream().limit(20).forEach(line -> System.out.println(line.getKey()));
    boolean good = over.isEmpty() && complaints.isEmpty() && slow == 0 && late == 0;
    System.out.printf(
        "%s: %d windows over, %d answers that must not be, %d faults with a p99.9 over the bound, %d with a request over %d ms%n",
        good ? "good" : "NOT GOOD", over.size(), complaints.size(), late, slow, LONGEST.toMillis());
    return good;
  }
}
