package dev.weir.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.Policy;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.QuotaStoreContract;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The contract of every store, and exactness under load, on members in processes of their own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ClusterContract extends QuotaStoreContract {

  private final int size;
  private Nodes nodes;

  ClusterContract(int size) {
    this.size = size;
  }

  @BeforeAll
  void start() throws IOException {
    nodes = new Nodes(NOON).grow(size);
  }

  @AfterAll
  void stop() {
    nodes.close();
  }

  @Override
  protected QuotaStore store() {
    return nodes;
  }

  @Override
  protected void setClock(long millis) {
    nodes.setClock(millis);
  }

  @Override
  protected QuotaStore oneNode() {
    return nodes.all().get(size - 1);
  }

  @Test
  void every_node_says_what_it_is_part_of() {
    assertThat(nodes.all().get(size - 1).describe())
        .startsWith("Hazelcast map weir-quotas, cluster cluster-tests, ")
        .endsWith(" members, embedded");
  }

  @Test
  void every_node_has_the_hazelcast_that_the_build_means_to_test() {
    assertThat(nodes.askAll("hazelcast")).containsOnly(System.getProperty("weir.test.hazelcast"));
  }

  @Test
  void two_thousand_concurrent_requests_get_a_budget_of_a_hundred_exactly() { // R2, I1
    for (String limit : List.of("100/hour", "100/day sliding-log", "100/day token-bucket")) {
      PartitionKey key = freshKey();

      assertThat(storm(new Order(key, 2_000, policy(limit)))).containsExactly(100);
      assertThat(nodes.peek(key, policy(limit)).budgets().get(0).remaining()).isZero();
    }
  }

  /**
   * Three groups within one plan, of two keys at once: the groups' own limits hold two of them, the
   * number of requests the third, and together they fill the plan, so that what each gets is known
   * whatever the order. (The numbers of requests can be shared out over two and three nodes.)
   */
  @Test
  void concurrent_requests_of_many_groups_and_windows_get_every_budget_exactly() { // R3, I1, I2
    String[] plan = {"100/hour", "100/day sliding-log"};
    Policy analysis = policy(with(plan, "analysis:25/hour", "analysis:70/day token-bucket"));
    Policy reports = policy(with(plan, "reports:15/2h sliding-log", "reports:90/hour"));
    Policy rest = policy(plan);
    Policy exports = policy(5, "200/hour", "exports:61/day token-bucket");
    PartitionKey one = freshKey();
    PartitionKey other = freshKey();

    assertThat(
            storm(
                new Order(one, 960, analysis),
                new Order(one, 960, reports),
                new Order(one, 60, rest),
                new Order(other, 300, exports)))
        .containsExactly(25, 15, 60, 12);

    assertThat(remaining(one, analysis)).containsExactly(0, 0, 0, 45);
    assertThat(remaining(one, reports)).containsExactly(0, 0, 0, 75);
    assertThat(remaining(other, exports)).containsExactly(140, 1);
  }

  private record Order(PartitionKey key, int times, Policy policy) {}

  /** Shares requests out over all nodes, runs them at once, and returns what each order got. */
  private int[] storm(Order... orders) {
    String[] words = {"storm", "24"};
    List<List<Integer>> answers =
        nodes
            .askAll(
                Stream.concat(
                        Arrays.stream(words),
                        Arrays.stream(orders)
                            .flatMap(
                                order ->
                                    Stream.of(
                                        Text.of(order.key),
                                        Integer.toString((order.times + size - 1) / size),
                                        Text.of(order.policy))))
                    .toArray(String[]::new))
            .stream()
            .map(ClusterContract::numbers)
            .toList();
    int[] granted = new int[orders.length];
    for (List<Integer> answer : answers) {
      for (int i = 0; i < orders.length; i++) {
        granted[i] += answer.get(3 * i);
        assertThat(answer.get(3 * i + 2)).as("undecided").isZero();
      }
    }
    return granted;
  }

  /** Reads {@code [1, 2, 3]}. */
  private static List<Integer> numbers(String text) {
    return Arrays.stream(text.substring(1, text.length() - 1).split(", ", -1))
        .map(Integer::valueOf)
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private long[] remaining(PartitionKey key, Policy policy) {
    return nodes.peek(key, policy).budgets().stream()
        .mapToLong(status -> status.remaining())
        .toArray();
  }

  private static String[] with(String[] plan, String... group) {
    return Stream.of(plan, group).flatMap(Arrays::stream).toArray(String[]::new);
  }
}
