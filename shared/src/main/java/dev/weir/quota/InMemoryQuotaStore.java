package dev.weir.quota;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.weir.plan.Policy;
import java.time.Duration;
import java.time.InstantSource;

/** Counts within one process: for a single node, and for tests. Usage ends with the process. */
final class InMemoryQuotaStore implements QuotaStore {

  /** As the distributed store does: kept a little longer than needed, for cleaning up only. */
  private static final Duration SPARE = Duration.ofSeconds(2);

  private record Entry(byte[] usage, long lifeMillis) {}

  private final InstantSource clock;
  private final Cache<PartitionKey, Entry> entries;

  InMemoryQuotaStore(InstantSource clock) {
    this.clock = clock;
    this.entries =
        Caffeine.newBuilder()
            .ticker(() -> clock.millis() * 1_000_000)
            .expireAfter(
                Expiry.<PartitionKey, Entry>writing(
                    (key, entry) -> Duration.ofMillis(entry.lifeMillis()).plus(SPARE)))
            .build();
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy) {
    Demand demand = Demand.of(policy);
    long[][] answer = new long[1][];
    entries
        .asMap()
        .compute(
            key,
            (same, entry) -> {
              Usage usage = Usage.decode(entry == null ? null : entry.usage);
              answer[0] = usage.consume(demand, clock.millis());
              return answer[0][0] == 0 ? new Entry(usage.encode(), usage.lifeMillis()) : entry;
            });
    return Consumption.decode(answer[0], policy);
  }

  @Override
  public Consumption peek(PartitionKey key, Policy policy) {
    Entry entry = entries.getIfPresent(key);
    Usage usage = Usage.decode(entry == null ? null : entry.usage);
    return Consumption.decode(usage.peek(Demand.of(policy), clock.millis()), policy);
  }

  @Override
  public void close() {
    entries.invalidateAll();
  }
}
