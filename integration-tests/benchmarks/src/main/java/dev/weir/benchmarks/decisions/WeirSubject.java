package dev.weir.benchmarks.decisions;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.benchmarks.lab.OtherMember;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.Quota;
import dev.weir.quota.QuotaStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Weir, with an epoch-aligned window. As in a request, one look-up by key leads to what is known of
 * the caller, its quota with it.
 */
final class WeirSubject implements Subject {

  private final QuotaStore store;
  private final Policy policy;
  private final Map<PartitionKey, Quota> quotas = new ConcurrentHashMap<>();

  WeirSubject(HazelcastInstance instance, long permits, Duration period) {
    this.store = QuotaStore.hazelcast(instance, OtherMember.SETTINGS);
    this.policy =
        new Policy(List.of(Budget.of(Budget.PLAN_SCOPE, Limit.fixed(permits, period))), 1);
  }

  @Override
  public long take(Key key) {
    Quota quota = quotas.get(key.partition());
    if (quota == null) {
      quota = quotas.computeIfAbsent(key.partition(), partition -> store.quota(partition, policy));
    }
    Consumption consumption = quota.consume();
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
