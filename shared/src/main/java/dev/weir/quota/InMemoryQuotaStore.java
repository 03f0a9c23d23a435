package dev.weir.quota;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.weir.plan.Policy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** Counts within one process: for a single node, and for tests. Usage ends with the process. */
final class InMemoryQuotaStore implements QuotaStore {

  /** As the distributed store does: kept a little longer than needed, for cleaning up only. */
  private static final Duration SPARE = Duration.ofSeconds(2);

  private record Entry(byte[] usage, long lifeMillis) {}

  private final InstantSource clock;
  private final Cache<PartitionKey, Entry> keys;
  private final Cache<PartitionKey, Entry> addresses;

  InMemoryQuotaStore(InstantSource clock) {
    this.clock = clock;
    this.keys = entries(Caffeine.newBuilder());
    this.addresses = entries(Caffeine.newBuilder().maximumSize(MAX_ADDRESSES));
  }

  private Cache<PartitionKey, Entry> entries(Caffeine<Object, Object> builder) {
    return builder
        .executor(Runnable::run)
        .ticker(() -> clock.millis() * 1_000_000)
        .expireAfter(
            Expiry.<PartitionKey, Entry>writing(
                (key, entry) -> Duration.ofMillis(entry.lifeMillis()).plus(SPARE)))
        .build();
  }

  private Cache<PartitionKey, Entry> entries(PartitionKey key) {
    return key.address() ? addresses : keys;
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy) {
    if (policy.budgets().isEmpty()) {
      return unlimited();
    }
    Demand demand = Demand.of(policy);
    long[][] answer = new long[1][];
    entries(key)
        .asMap()
        .compute(
            key,
            (same, entry) -> {
              Usage usage = Usage.decode(entry == null ? null : entry.usage);
              long now = clock.millis();
              answer[0] = usage.consume(demand, now);
              return usage.isChanged() ? new Entry(usage.encode(), usage.lifeMillis(now)) : entry;
            });
    return Consumption.decode(answer[0], policy);
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy, SlotOrder slot) {
    Step step = Step.of(Demand.of(policy), slot);
    return Standing.asked(policy, step, step(key, step));
  }

  @Override
  public void settle(PartitionKey key, SlotOrder order, long spentNanos) {
    order(key, order);
  }

  @Override
  public void order(PartitionKey key, SlotOrder order) {
    StepAnswer unused = step(key, Step.of(order));
  }

  private StepAnswer step(PartitionKey key, Step step) {
    StepAnswer[] answer = new StepAnswer[1];
    entries(key)
        .asMap()
        .compute(
            key,
            (same, entry) -> {
              Usage usage = Usage.decode(entry == null ? null : entry.usage);
              long now = clock.millis();
              answer[0] = usage.step(step, now);
              return usage.isChanged() ? new Entry(usage.encode(), usage.lifeMillis(now)) : entry;
            });
    return answer[0];
  }

  @Override
  public Consumption peek(PartitionKey key, Policy policy) {
    Entry entry = entries(key).getIfPresent(key);
    Usage usage = Usage.decode(entry == null ? null : entry.usage);
    long now = clock.millis();
    return Consumption.decode(usage.peek(Demand.of(policy), now), policy)
        .withSlots(false, usage.active(now));
  }

  private Consumption unlimited() {
    return new Consumption(Consumption.Verdict.GRANTED, List.of(), clock.millis());
  }

  @Override
  public String describe() {
    return "the memory of this process, shared with no other node";
  }

  @Override
  public void close() {
    keys.invalidateAll();
    addresses.invalidateAll();
  }
}
