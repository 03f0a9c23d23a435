package dev.weir;

import dev.weir.quota.BudgetStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Counts decisions in a Micrometer registry, for applications that have one on their class path:
 * {@code Weir.builder().listener(new RateLimitMetrics(registry))}.
 *
 * <p>The counter is {@code weir.decisions}. Its tags are {@code outcome} ({@link Outcome#label}),
 * {@code plan}, {@code group} and {@code limit}, the limit that refused; {@code none} where there
 * is none. No tag tells one caller from another.
 */
public final class RateLimitMetrics implements RateLimitListener {

  private static final String NONE = "none";

  private record Tags(String outcome, String plan, String group, String limit) {}

  private final MeterRegistry registry;
  private final ConcurrentMap<Tags, Counter> counters = new ConcurrentHashMap<>();

  /**
   * Creates a listener that counts in this registry.
   *
   * @param registry where {@code weir.decisions} is counted
   */
  public RateLimitMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void onDecision(Decision decision) {
    BudgetStatus refusing = decision.refusing();
    String plan = decision.plan();
    String group = decision.group();
    Tags tags =
        new Tags(
            decision.outcome().label(),
            plan == null ? NONE : plan,
            group == null ? NONE : group,
            refusing == null ? NONE : refusing.budget().displayName());
    Counter counter = counters.get(tags); // takes no lock, unlike computeIfAbsent
    if (counter == null) {
      counter = counters.computeIfAbsent(tags, this::register);
    }
    counter.increment();
  }

  private Counter register(Tags tags) {
    return Counter.builder("weir.decisions")
        .description("Requests decided")
        .tag("outcome", tags.outcome)
        .tag("plan", tags.plan)
        .tag("group", tags.group)
        .tag("limit", tags.limit)
        .register(registry);
  }
}
