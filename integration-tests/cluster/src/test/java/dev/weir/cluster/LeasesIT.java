package dev.weir.cluster;

import static dev.weir.quota.QuotaStoreContract.freshKey;
import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.cluster.WindowLoad.Count;
import dev.weir.cluster.WindowLoad.Window;
import dev.weir.plan.Budget;
import dev.weir.plan.Policy;
import dev.weir.quota.PartitionKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Permits leased in advance, by real clocks, on four nodes: windows end at their limit all the
 * same. One of a hundred calls runs twice on its owner.
 */
class LeasesIT {

  private static final int NODES = 4;

  private static final int TWICE_PER_MILLE = 10;

  /**
   * A subject under load, and which of its budgets is the tight one: what the others have left is
   * no use without it.
   */
  private record Subject(Budget tight, List<Policy> policies) {

    static Subject of(Policy... policies) {
      List<Budget> budgets = policies[0].budgets();
      return new Subject(budgets.get(budgets.size() - 1), List.of(policies));
    }

    String text() {
      return Text.of(freshKey())
          + "="
          + policies.stream().map(Text::of).collect(Collectors.joining(";"));
    }
  }

  private static final List<Subject> SUBJECTS =
      List.of(
          Subject.of(policy("1000/2s")),
          Subject.of(policy("1500/3s")),
          Subject.of(policy("900/3s")),
          Subject.of(policy("5000/3s", "group:600/3s")),
          Subject.of(policy("100000/minute", "1500/3s")),
          // two ways to the same budget, one by a group of its own
          Subject.of(policy("2000/3s"), policy("2000/3s", "group:500/3s")),
          // the last two permits of a window fit for some requests only
          Subject.of(policy("2000/3s"), policy(3, "2000/3s")));

  /**
   * A node that was refused while others hold leases asks again within a second, and those that
   * have fallen silent give theirs back by then. With that much time left after the first refusal,
   * and more, a window must end at its limit.
   */
  private static final long TIME_TO_FILL_MILLIS = 1_600;

  private static Nodes nodes;

  @BeforeAll
  static void start() throws Exception {
    nodes = Nodes.inRealTime(TWICE_PER_MILLE).grow(NODES);
  }

  @AfterAll
  static void stop() {
    nodes.close();
  }

  @Test
  void every_window_ends_at_its_limit_under_more_demand_than_that() { // I1, R2
    int calls = count("calls");
    int repeated = count("repeated");
    Run run = new Run();
    nodes.all().forEach(run::load);
    run.goOnUntilFull(8);
    nodes.all().forEach(run::unload);

    run.assertExact();
    assertThat(count("repeated") - repeated).isGreaterThan(10);
    assertThat(count("calls") - calls).as("calls").isLessThan((int) run.admitted() / 2);
  }

  @Test
  void every_window_ends_at_its_limit_while_nodes_join_and_leave() throws Exception { // I1, I10
    Run run = new Run();
    nodes.all().forEach(run::load);
    run.goOnFor(Duration.ofSeconds(1));
    run.goOnToTheStartOfAWindow();
    Node leaving = nodes.all().get(0);
    run.unload(leaving); // so that it has leases in its hands
    leaving.close();
    nodes.remove(leaving);
    run.goOnFor(Duration.ofSeconds(1));
    Node joining = nodes.start();
    joining.describe();
    run.load(joining);
    run.goOnUntilFull(8);
    nodes.all().forEach(run::unload);

    run.assertExact();
  }

  @Test
  void on_one_node_remaining_counts_down_by_one_whatever_answers() { // I6
    Node node = nodes.all().get(1);
    int before = Integer.parseInt(node.ask("calls"));
    String answer =
        node.ask(
            "in-a-row",
            Text.of(freshKey()),
            "5000",
            Text.of(policy("100000/366d")),
            Text.of(policy("100000/366d", "group:90000/366d")));

    assertThat(Arrays.stream(answer.split(" ", -1)).map(Long::valueOf))
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, 5_000).mapToObj(i -> 100_000 - i).toList());
    assertThat(Integer.parseInt(node.ask("calls")) - before).isLessThan(2_500);
  }

  @Test
  void what_an_idle_node_holds_is_of_use_elsewhere_within_its_time() { // I10
    Node idle = nodes.all().get(1);
    Node busy = nodes.all().get(2);
    PartitionKey key = freshKey();
    Policy policy = policy("2000/366d");
    AtomicInteger granted = new AtomicInteger();
    do { // until the owner is charged for more than that
      granted.addAndGet(storm(idle, key, 50, policy));
    } while (busy.peek(key, policy).budgets().get(0).remaining() == 2_000 - granted.get());
    assertThat(granted).hasValueLessThan(2_000);

    // a lease is good for four seconds, and who was refused asks again within one
    await()
        .atMost(Duration.ofSeconds(8))
        .until(() -> granted.addAndGet(storm(busy, key, 2_000, policy)) >= 2_000);
    granted.addAndGet(storm(idle, key, 10, policy));

    assertThat(granted).hasValue(2_000);
  }

  private static int storm(Node node, PartitionKey key, int requests, Policy policy) {
    String counts =
        node.ask("storm", "4", Text.of(key), Integer.toString(requests), Text.of(policy));
    return Integer.parseInt(counts.substring(1, counts.indexOf(',')));
  }

  private static int count(String what) {
    return nodes.askAll(what).stream().mapToInt(Integer::parseInt).sum();
  }

  /** One load on a changing number of nodes, and what it led to. */
  private static final class Run {

    private final String[] subjects = SUBJECTS.stream().map(Subject::text).toArray(String[]::new);
    private final Map<Window, Count> windows = new HashMap<>();
    private final List<String> undecided = new ArrayList<>();
    private int seed;
    private long startMillis;
    private long stopMillis = Long.MAX_VALUE;

    void load(Node node) {
      seed++;
      String[] words = {"load-windows", "2", Integer.toString(seed)};
      node.ask(Stream.of(words, subjects).flatMap(Arrays::stream).toArray(String[]::new));
      if (seed <= NODES) {
        startMillis = System.currentTimeMillis();
      }
    }

    void goOnFor(Duration duration) {
      long end = System.nanoTime() + duration.toNanos();
      await().atMost(duration.plusSeconds(5)).until(() -> System.nanoTime() - end >= 0);
    }

    /**
     * Until so many windows that must be full are over; a busy machine may take longer to fill any.
     */
    void goOnUntilFull(int enough) {
      await()
          .atMost(Duration.ofMinutes(1))
          .pollInterval(Duration.ofMillis(500))
          .until(
              () -> {
                stopMillis = System.currentTimeMillis();
                Map<Window, Count> now = new HashMap<>(windows);
                nodes.all().forEach(node -> read(node, now));
                return now.entrySet().stream().filter(this::mustBeFull).count() >= enough;
              });
    }

    /** Windows of three seconds start together, and are not used up in a tenth of one. */
    void goOnToTheStartOfAWindow() {
      await()
          .pollInterval(Duration.ofMillis(10))
          .until(() -> Math.floorMod(System.currentTimeMillis() - 100, 3_000) < 50);
    }

    void unload(Node node) {
      node.ask("unload-windows");
      undecided.add(read(node, windows));
    }

    /** Adds what a node counted, and returns how many of its requests were undecided. */
    private static String read(Node node, Map<Window, Count> windows) {
      List<String> words = List.of(node.ask("windows").split(" ", -1));
      WindowLoad.read(words.subList(1, words.size()))
          .forEach((window, count) -> windows.merge(window, count, Count::plus));
      return words.get(0);
    }

    long admitted() {
      return windows.entrySet().stream()
          .filter(entry -> isTight(entry.getKey()))
          .mapToLong(entry -> entry.getValue().admitted())
          .sum();
    }

    private static boolean isTight(Window window) {
      return SUBJECTS.get(window.subject()).tight.id() == window.budget();
    }

    private static Budget budget(Window window) {
      return SUBJECTS.get(window.subject()).policies.stream()
          .flatMap(policy -> policy.budgets().stream())
          .filter(budget -> budget.id() == window.budget())
          .findAny()
          .orElseThrow();
    }

    void assertExact() {
      assertThat(undecided).containsOnly("0");
      Map<String, Count> above = new TreeMap<>();
      Map<String, Count> below = new TreeMap<>();
      for (Map.Entry<Window, Count> entry : windows.entrySet()) {
        Budget budget = budget(entry.getKey());
        Count count = entry.getValue();
        String name = "%d %s %s".formatted(entry.getKey().subject(), budget, entry.getKey().end());
        if (count.admitted() > budget.limit().permits()) {
          above.put(name, count);
        }
        if (mustBeFull(entry) && count.admitted() < budget.limit().permits()) {
          below.put(name, count);
        }
      }
      assertThat(above).isEmpty();
      assertThat(below).isEmpty();
    }

    private boolean mustBeFull(Map.Entry<Window, Count> entry) {
      Window window = entry.getKey();
      return isTight(window)
          && window.end() - budget(window).limit().periodMillis() > startMillis
          && window.end() < stopMillis
          && entry.getValue().refusedMillis() < window.end() - TIME_TO_FILL_MILLIS;
    }
  }
}
