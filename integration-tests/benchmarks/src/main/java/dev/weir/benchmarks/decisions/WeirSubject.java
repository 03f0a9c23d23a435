package dev.weir.benchmarks.decisions;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.benchmarks.lab.OtherMember;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import dev.weir.quota.Consumption;
import dev.weir.quota.QuotaStore;
import java.time.Duration;
import java.util.List;

/** Weir, with an epoch-aligned window. */
final class WeirSubject implements Subject {

  private final QuotaStore store;
  private final Policy policy;

  WeirSubject(HazelcastInstance instance, long permits, Duration period) {
    this.store = QuotaStore.hazelcast(instance, OtherMember.SETTINGS);
    this.policy =
        new Policy(List.of(Budget.of(Budget.PLAN_SCOPE, Limit.fixed(permits, period))), 1);
  }

  @Override
  public long take(Key key) {
    Consumption consumption = store.consume(key.partition(), policy);
    return switch (consumption.verdict()) {
      case GRANTED -> consumption.budgets().get(0).remaining();
      case REFUSED, NO_SLOT, NO_CREDITS -> REFUSED;
      case UNDECIDED -> throw new IllegalStateException("the cluster gave no answer");
    };
  }

  @Override
  public void close() {
    store.close();
  }
}
