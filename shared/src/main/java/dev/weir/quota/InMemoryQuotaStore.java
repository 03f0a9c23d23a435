package dev.weir.quota;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.weir.plan.Policy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Counts within one process: for a single node, and for tests. Usage ends with the process. */
final class InMemoryQuotaStore implements QuotaStore {

  /** As the distributed store does: kept a little longer than needed, for cleaning up only. */
  private static final Duration SPARE = Duration.ofSeconds(2);

  private record Entry(byte[] usage, long lifeMillis) {}

  /** What {@link Expiry#writing} makes, which applications with Caffeine 3.1 do not have. */
  private static final class Life implements Expiry<PartitionKey, Entry> {
    @Override
    public long expireAfterCreate(PartitionKey key, Entry entry, long now) {
      return TimeUnit.NANOSECONDS.convert(Duration.ofMillis(entry.lifeMillis()).plus(SPARE));
    }

    @Override
    public long expireAfterUpdate(PartitionKey key, Entry entry, long now, long left) {
      return expireAfterCreate(key, entry, now);
    }

    @Override
    public long expireAfterRead(PartitionKey key, Entry entry, long now, long left) {
      return left;
    }
  }

  private final InstantSource clock;
  private final Cache<PartitionKey, Entry> keys;
  private final Cache<PartitionKey, Entry> addresses;

  private final Balances balances;
  private final Duration deadline;

  /**
   * Creates a store.
   *
   * @param deadline how long a request waits for where credits are kept
   */
  InMemoryQuotaStore(InstantSource clock, Balances balances, Duration deadline) {
    this.clock = clock;
    this.balances = balances;
    this.deadline = deadline;
    this.keys = entries(Caffeine.newBuilder());
    this.addresses = entries(Caffeine.newBuilder().maximumSize(MAX_ADDRESSES));
  }

  private Cache<PartitionKey, Entry> entries(Caffeine<Object, Object> builder) {
    return builder
        .executor(Runnable::run)
        .ticker(() -> clock.millis() * 1_000_000)
        .expireAfter(new Life())
        .build();
  }

  private Cache<PartitionKey, Entry> entries(PartitionKey key) {
    return key.address() ? addresses : keys;
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy) {
    if (policy.hasPrice()) {
      return step(key, policy, Step.of(Demand.of(policy)));
    }
    if (policy.budgets().isEmpty()) {
      return unlimited();
    }
    Demand demand = Demand.of(policy);
    return Consumption.decode(change(key, (usage, now) -> usage.consume(demand, now)), policy);
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy, SlotOrder slot) {
    return step(key, policy, Step.of(Demand.of(policy), slot));
  }

  private Consumption step(PartitionKey key, Policy policy, Step step) {
    Consumption answer = once(key, policy, step);
    if (!policy.hasPrice() || answer.credits() != null) {
      return answer;
    }
    Balance stored = stored(key, policy);
    if (stored == null) {
      return Consumption.UNDECIDED;
    }
    grant(key, stored);
    return once(key, policy, step);
  }

  private @Nullable Balance stored(PartitionKey key, Policy policy) {
    try {
      return balances
          .load(key, policy.initialCredits())
          .get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return null;
    } catch (ExecutionException | TimeoutException unknown) {
      return null;
    }
  }

  private Consumption once(PartitionKey key, Policy policy, Step step) {
    return Standing.asked(policy, step, change(key, (usage, now) -> noted(key, usage, step, now)));
  }

  /** Notes a balance while nobody can change it, so that the newest is noted last. */
  private StepAnswer noted(PartitionKey key, Usage usage, Step step, long now) {
    StepAnswer answer = usage.step(step, now);
    Balance balance = usage.credits().balance();
    if (balance != null && usage.isChanged()) {
      balances.noted(key, balance);
    }
    return answer;
  }

  @Override
  public void refund(PartitionKey key, long credits) {
    Step step = Step.of(CreditOrder.refund(credits));
    StepAnswer unused = change(key, (usage, now) -> noted(key, usage, step, now));
  }

  @Override
  public @Nullable Balance grant(PartitionKey key, Balance stored) {
    Step step = Step.of(CreditOrder.tell(stored));
    return change(key, (usage, now) -> noted(key, usage, step, now)).balance();
  }

  @Override
  public void settle(PartitionKey key, SlotOrder order, long spentNanos) {
    order(key, order);
  }

  @Override
  public void order(PartitionKey key, SlotOrder order) {
    Step step = Step.of(order);
    StepAnswer unused = change(key, (usage, now) -> usage.step(step, now));
  }

  /** Does something to the usage of a subject, with nobody in between. */
  private <T> T change(PartitionKey key, BiFunction<Usage, Long, T> step) {
    AtomicReference<@Nullable T> answer = new AtomicReference<>();
    entries(key)
        .asMap()
        .compute(
            key,
            (same, entry) -> {
              Usage usage = Usage.decode(entry == null ? null : entry.usage);
              long now = clock.millis();
              answer.set(step.apply(usage, now));
              return usage.isChanged() ? new Entry(usage.encode(), usage.lifeMillis(now)) : entry;
            });
    return Objects.requireNonNull(answer.get());
  }

  @Override
  public Consumption peek(PartitionKey key, Policy policy) {
    Entry entry = entries(key).getIfPresent(key);
    Usage usage = Usage.decode(entry == null ? null : entry.usage);
    long now = clock.millis();
    Consumption standing =
        Consumption.decode(usage.peek(Demand.of(policy), now), policy)
            .withSlots(false, usage.active(now));
    return policy.hasPrice() ? standing.withCredits(credits(key, policy, usage), false) : standing;
  }

  private @Nullable Balance credits(PartitionKey key, Policy policy, Usage usage) {
    Balance known = usage.credits().balance();
    return known == null ? stored(key, policy) : known;
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
