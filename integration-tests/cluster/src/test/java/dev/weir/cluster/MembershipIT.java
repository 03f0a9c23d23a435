package dev.weir.cluster;

import static dev.weir.quota.QuotaStoreContract.freshKey;
import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.plan.Policy;
import dev.weir.quota.Consumption;
import dev.weir.quota.Consumption.Verdict;
import dev.weir.quota.PartitionKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Members that join, leave and die while requests are counted. The clock stands still, so that no
 * window ends and what is admitted must add up over the whole test.
 */
class MembershipIT {

  private static final long NOON = 1_711_454_400_000L;

  /** Two windows and a group, of which the second binds. */
  private static final Policy POLICY =
      policy("100/day", "group:40/day token-bucket", "group:60/hour sliding-log");

  private static final int LIMIT = 40;

  /** Of each of two nodes: neither can use a budget up alone, both do together. */
  private static final int REQUESTS_PER_KEY = 30;

  private static final int THREADS = 6;

  private static Nodes nodes;

  @BeforeAll
  static void start() throws Exception {
    nodes = new Nodes(NOON);
  }

  @AfterAll
  static void stop() {
    nodes.close();
  }

  @Test
  void a_member_that_joins_changes_nothing() throws Exception { // I1, I2
    nodes.grow(2);
    List<Node> busy = nodes.all();
    load(busy);
    nodes.start().describe();
    nodes.awaitBalance();
    keepLoading(busy);

    Outcome outcome = unload(busy);

    assertThat(outcome.undecided).isZero();
    assertThat(outcome.above(LIMIT)).isEmpty();
    assertThat(outcome.finishedBelow(LIMIT)).isEmpty();
  }

  @Test
  void a_member_that_leaves_in_good_order_changes_nothing() throws Exception { // I1, I2
    nodes.grow(3);
    Node leaving = nodes.all().get(0);
    List<Node> busy = nodes.all().subList(1, 3);
    load(busy);
    leaving.close();
    nodes.remove(leaving);
    nodes.awaitBalance();
    keepLoading(busy);

    Outcome outcome = unload(busy);

    assertThat(outcome.undecided).isZero();
    assertThat(outcome.above(LIMIT)).isEmpty();
    assertThat(outcome.finishedBelow(LIMIT)).isEmpty();
  }

  @Test
  void a_member_that_is_killed_takes_no_count_with_it() throws Exception { // I1
    nodes.grow(3);
    Node dying = nodes.all().get(2);
    List<Node> busy = nodes.all().subList(0, 2);
    List<PartitionKey> spent = new ArrayList<>();
    for (int i = 0; i < 60; i++) { // some of them owned by each
      PartitionKey key = freshKey();
      spent.add(key);
      assertThat(nodes.consume(key, policy("2/day")).verdict()).isEqualTo(Verdict.GRANTED);
      assertThat(nodes.consume(key, policy("2/day")).verdict()).isEqualTo(Verdict.GRANTED);
    }
    load(busy);
    dying.kill();
    nodes.remove(dying);
    nodes.awaitBalance();
    keepLoading(busy);

    Outcome outcome = unload(busy);

    // requests that were under way may have been charged twice, which errs on the safe side
    assertThat(outcome.above(LIMIT)).isEmpty();
    assertThat(outcome.grants).containsValue(LIMIT);
    for (PartitionKey key : spent) {
      assertThat(nodes.consume(key, policy("2/day")).verdict()).isEqualTo(Verdict.REFUSED);
    }
  }

  @Test
  void a_restart_of_all_nodes_one_by_one_loses_no_count() throws Exception { // I1, I2
    nodes.grow(3);
    List<PartitionKey> half = new ArrayList<>();
    for (int i = 0; i < 200; i++) { // some of them owned by each
      PartitionKey key = freshKey();
      half.add(key);
      assertThat(remaining(nodes.consume(key, POLICY))).isEqualTo(LIMIT - 1);
    }
    for (Node old : List.copyOf(nodes.all())) {
      List<Node> busy = nodes.all().stream().filter(node -> node != old).toList();
      load(busy.subList(0, 2));
      old.close();
      nodes.remove(old);
      nodes.start().describe();
      nodes.awaitBalance();
      keepLoading(busy.subList(0, 2));

      Outcome outcome = unload(busy.subList(0, 2));
      assertThat(outcome.undecided).isZero();
      assertThat(outcome.above(LIMIT)).isEmpty();
      assertThat(outcome.finishedBelow(LIMIT)).isEmpty();
    }

    for (PartitionKey key : half) {
      assertThat(remaining(nodes.consume(key, POLICY))).isEqualTo(LIMIT - 2);
    }
  }

  private static long remaining(Consumption consumption) {
    assertThat(consumption.verdict()).isEqualTo(Verdict.GRANTED);
    return consumption.budgets().get(1).remaining();
  }

  /** Starts a load on these nodes, of the same keys, and waits until it is well under way. */
  private static void load(List<Node> busy) {
    String high = Long.toString(freshKey().high());
    busy.forEach(
        node ->
            node.ask(
                "load",
                Integer.toString(THREADS),
                high,
                Integer.toString(REQUESTS_PER_KEY),
                Text.of(POLICY)));
    keepLoading(busy);
  }

  /** Waits until each of these nodes has made many more requests. */
  private static void keepLoading(List<Node> busy) {
    for (Node node : busy) {
      int enough = Integer.parseInt(node.ask("loaded")) + 20 * REQUESTS_PER_KEY;
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Integer.parseInt(node.ask("loaded")) >= enough);
    }
  }

  private static Outcome unload(List<Node> busy) {
    int finished = Integer.MAX_VALUE;
    int undecided = 0;
    Map<Integer, Integer> grants = new TreeMap<>();
    for (Node node : busy) {
      String[] answer = node.ask("unload").split(" ", -1);
      int made = Integer.parseInt(answer[0]);
      assertThat(Integer.parseInt(answer[1])).as("answers").isEqualTo(made);
      undecided += Integer.parseInt(answer[2]);
      finished = Math.min(finished, made / REQUESTS_PER_KEY);
      Stream.of(answer[3].split(",", -1))
          .filter(grant -> !grant.isEmpty())
          .map(grant -> grant.split(":", -1))
          .forEach(
              grant ->
                  grants.merge(Integer.valueOf(grant[0]), Integer.valueOf(grant[1]), Integer::sum));
    }
    return new Outcome(finished, undecided, grants);
  }

  /**
   * What a load led to.
   *
   * @param finished how many keys had all their requests, of every node
   * @param grants how many requests were granted, by key
   */
  private record Outcome(int finished, int undecided, Map<Integer, Integer> grants) {

    Map<Integer, Integer> above(int limit) {
      Map<Integer, Integer> above = new TreeMap<>(grants);
      above.values().removeIf(granted -> granted <= limit);
      return above;
    }

    Map<Integer, Integer> finishedBelow(int limit) {
      Map<Integer, Integer> below = new TreeMap<>();
      for (int key = 0; key < finished; key++) {
        if (grants.getOrDefault(key, 0) < limit) {
          below.put(key, grants.getOrDefault(key, 0));
        }
      }
      return below;
    }
  }
}
