package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.Policy;
import dev.weir.quota.Consumption.Verdict;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What a node admits alone (design invariant I5). */
class OwnUsageTest {

  private static final long NOON = 1_711_454_400_000L;

  private final OwnUsage own = new OwnUsage();

  @Property
  void a_node_admits_its_share_less_what_it_admitted_before(
      @ForAll @LongRange(min = 1, max = 500) long permits,
      @ForAll @IntRange(min = 1, max = 50) int nodes,
      @ForAll @IntRange(min = 0, max = 30) int before) {
    Policy policy = policy(permits + "/minute");
    OwnUsage fresh = new OwnUsage();
    fresh.charged(Demand.of(policy), before, NOON);
    long admitted = 0;
    for (int i = 0; i < permits + 5; i++) {
      Consumption alone = fresh.consume(policy, Standing.UNKNOWN, nodes, NOON + i);
      BudgetStatus status = alone.budgets().get(0);
      assertThat(alone.degraded()).isTrue();
      assertThat(status.remaining()).isBetween(0L, permits);
      assertThat(status.resetMillis()).isBetween(NOON + i, NOON + 60_000);
      if (alone.verdict() == Verdict.GRANTED) {
        admitted++;
        assertThat(status.waitMillis()).isZero();
      } else {
        assertThat(status.waitMillis()).isBetween(1L, 60_000L);
      }
    }

    assertThat(admitted).isEqualTo(Math.max(0, Math.max(1, permits / nodes) - before));
  }

  @Property
  void what_was_charged_in_many_answers_is_counted_as_one_by_one(
      @ForAll @Size(max = 30) List<@IntRange(max = 2) Integer> policies,
      @ForAll @Size(value = 30) List<@IntRange(max = 9_000) Integer> gaps) {
    List<Policy> all =
        List.of(
            policy("100/minute"),
            policy("100/minute", "100/hour"),
            policy("100/minute token-bucket"));
    List<Demand> demands = all.stream().map(Demand::of).toList();
    OwnUsage fresh = new OwnUsage();
    Usage oneByOne = Usage.decode(null);
    long now = NOON;
    for (int i = 0; i < policies.size(); i++) {
      now += gaps.get(i);
      Demand demand = demands.get(policies.get(i));
      fresh.charged(demand, 1, now);
      oneByOne.charge(demand, 1, oneByOne.timeAt(now, demands));
      oneByOne.moveTo(now);
    }
    for (int i = 1; i < all.size(); i++) {
      Demand demand = demands.get(i);
      List<BudgetStatus> told = fresh.consume(all.get(i), Standing.UNKNOWN, 1, now).budgets();
      for (int j = 0; j < told.size(); j++) {
        long left =
            oneByOne.counter(demand, j, now).remaining(demand.capacities()[j], demand.periods()[j]);
        assertThat(told.get(j).remaining()).isEqualTo(left - 1);
      }
    }
  }

  @Test
  void a_new_window_is_a_new_share() {
    assertThat(admitted("10/minute", 2, NOON)).isEqualTo(5);
    assertThat(admitted("10/minute", 2, NOON + 59_999)).isZero();
    assertThat(admitted("10/minute", 2, NOON + 60_000)).isEqualTo(5);
  }

  @Test
  void a_bucket_is_refilled_at_the_rate_of_the_share() {
    assertThat(admitted("60/minute token-bucket burst 10", 2, NOON)).isEqualTo(5);
    assertThat(admitted("60/minute token-bucket burst 10", 2, NOON + 4_000)).isEqualTo(2);
  }

  @Test
  void the_owner_is_charged_for_what_is_not_over_once() {
    Policy policy = policy("10/minute", "10/hour token-bucket");
    for (int i = 0; i < 3; i++) {
      own.consume(policy, Standing.UNKNOWN, 1, NOON);
    }
    List<Step.Debt> debts = own.pay(NOON + 1);

    assertThat(debts).extracting(debt -> debt.demand().cost()).containsExactlyInAnyOrder(3L, 3L);
    assertThat(debts).extracting(Step.Debt::end).containsExactlyInAnyOrder(NOON + 60_000, 0L);
    assertThat(own.pay(NOON + 1)).isEmpty(); // that is under way
    own.paid(debts, false, NOON + 1);
    assertThat(own.pay(NOON + 1)).hasSize(2);
    own.consume(policy, Standing.UNKNOWN, 1, NOON + 2);
    own.paid(debts, true, NOON + 2);

    assertThat(own.pay(NOON + 2)).extracting(debt -> debt.demand().cost()).containsOnly(1L);
    assertThat(own.owes(NOON + 60_000)).isTrue(); // the bucket, not the window
    assertThat(own.owes(NOON + 3_600_000)).isFalse();
  }

  private int admitted(String limit, int nodes, long now) {
    int admitted = 0;
    while (own.consume(policy(limit), Standing.UNKNOWN, nodes, now).verdict() == Verdict.GRANTED) {
      admitted++;
    }
    return admitted;
  }
}
