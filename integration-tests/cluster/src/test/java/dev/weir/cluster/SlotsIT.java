package dev.weir.cluster;

import static dev.weir.quota.QuotaStoreContract.freshKey;
import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.Policy;
import dev.weir.quota.Consumption;
import dev.weir.quota.Consumption.Verdict;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.SlotOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions of one customer on several nodes (contract K2, K9, K10). */
class SlotsIT {

  private static final long NOON = 1_711_454_400_000L;
  private static final long GRACE = 300_000;
  private static final Policy POLICY = policy("1000/day");

  private Nodes nodes;

  @BeforeEach
  void start() throws Exception {
    nodes = new Nodes(NOON).grow(2);
  }

  @AfterEach
  void stop() {
    nodes.close();
  }

  @Test
  void forty_creations_at_once_on_ten_slots_are_exactly_ten() { // K2, R2
    for (int round = 0; round < 10; round++) {
      PartitionKey key = freshKey();
      List<CompletableFuture<String>> answers = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        answers.add(
            nodes
                .all()
                .get(i % 2)
                .order(
                    "consume",
                    Text.of(key),
                    Text.of(POLICY),
                    Text.of(SlotOrder.reserve(1000 + i, 0, 10, GRACE))));
      }

      List<Consumption> all =
          answers.stream().map(Node::await).map(text -> Text.consumption(text, POLICY)).toList();

      assertThat(all).filteredOn(one -> one.verdict() == Verdict.GRANTED).hasSize(10);
      assertThat(all).filteredOn(one -> one.verdict() == Verdict.NO_SLOT).hasSize(30);
      Consumption standing = nodes.peek(key, POLICY);
      assertThat(standing.active()).isEqualTo(10);
      assertThat(standing.budgets().get(0).remaining()).isEqualTo(990); // I2: the 30 cost nothing
    }
  }

  @Test
  void the_slots_of_a_killed_node_are_free_after_the_grace_time_and_not_before() // K9, I10
      throws Exception {
    List<PartitionKey> keys = new ArrayList<>();
    Node dying = nodes.all().get(1);
    for (int i = 0; i < 20; i++) { // some of them owned by each
      PartitionKey key = freshKey();
      keys.add(key);
      assertThat(reserve(dying, key, 1).verdict()).isEqualTo(Verdict.GRANTED);
      dying.settle(key, SlotOrder.bind(1, 11, GRACE), 0);
      assertThat(reserve(dying, key, 2).verdict()).isEqualTo(Verdict.GRANTED); // never bound
    }
    dying.kill();
    nodes.remove(dying);
    nodes.awaitBalance();
    Node left = nodes.all().get(0);

    nodes.setClock(NOON + GRACE - 1);
    assertThat(keys).allMatch(key -> reserve(left, key, 3).verdict() == Verdict.NO_SLOT);
    nodes.setClock(NOON + GRACE);
    assertThat(keys).allMatch(key -> reserve(left, key, 4).verdict() == Verdict.GRANTED);
    assertThat(keys).allMatch(key -> reserve(left, key, 5).verdict() == Verdict.GRANTED);
    assertThat(keys).allMatch(key -> reserve(left, key, 6).verdict() == Verdict.NO_SLOT);
  }

  private static Consumption reserve(Node node, PartitionKey key, long token) {
    return node.consume(key, POLICY, SlotOrder.reserve(token, 0, 2, GRACE));
  }
}
