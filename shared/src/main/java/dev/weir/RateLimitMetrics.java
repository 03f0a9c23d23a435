package dev.weir;

import dev.weir.quota.BudgetStatus;
import dev.weir.quota.Statistics;
import dev.weir.quota.Statistics.Fault;
import dev.weir.quota.Statistics.Source;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Meters of Weir, for applications that have Micrometer on their class path: {@code
 * Weir.builder().listener(new RateLimitMetrics(registry))}. Where somebody else binds meters to
 * registries, as Spring Boot does with every {@code MeterBinder} bean, add {@code new
 * RateLimitMetrics()} as the listener and have that bound, before or after.
 *
 * <p>The README has a table of all meters. No tag tells one caller from another. Several instances
 * may have the same listener; then the meters are of all of them. Used by many threads.
 */
public final class RateLimitMetrics implements RateLimitListener, MeterBinder {

  private static final String NONE = "none";

  private record Tags(String outcome, String plan, String group, String limit) {}

  /** Hands everything on to the registries that this was bound to. */
  private final CompositeMeterRegistry registries = new CompositeMeterRegistry();

  private final ConcurrentMap<Tags, Counter> decisions = new ConcurrentHashMap<>();
  private final List<Statistics> started = new CopyOnWriteArrayList<>();
  private final Timer answered = calls("ok");
  private final Timer failed = calls("error");
  private final Timer late = calls("late");

  /**
   * Creates a listener that counts in this registry.
   *
   * @param registry where {@code weir.decisions} is counted
   */
  public RateLimitMetrics(MeterRegistry registry) {
    this();
    bindTo(registry);
  }

  /** Creates a listener that is to be bound to registries; until it is, nothing is counted. */
  public RateLimitMetrics() {
    for (Source by : Source.values()) {
      counter("weir.quota.decisions", statistics -> statistics.decided(by))
          .description("Requests by what decided them")
          .tag("by", by.label())
          .register(registries);
    }
    for (Fault fault : Fault.values()) {
      counter("weir.cluster.errors", statistics -> statistics.errors(fault))
          .description("Calls to the cluster that gave no answer")
          .tag("kind", fault.label())
          .register(registries);
    }
    counter("weir.degraded.time", statistics -> statistics.degradedTime().toNanos() / 1e9)
        .description("How long the cluster gave no answers, or not all")
        .baseUnit("seconds")
        .register(registries);
    Gauge.builder("weir.degraded", this, metrics -> metrics.isDegraded() ? 1 : 0)
        .description("Whether the cluster gives no answers, or not all")
        .register(registries);
  }

  private Timer calls(String result) {
    return Timer.builder("weir.cluster.calls")
        .description("Calls to the cluster")
        .tag("result", result)
        .register(registries);
  }

  private FunctionCounter.Builder<RateLimitMetrics> counter(
      String name, ToDoubleFunction<Statistics> number) {
    return FunctionCounter.builder(
        name, this, metrics -> metrics.started.stream().mapToDouble(number).sum());
  }

  private boolean isDegraded() {
    return started.stream().anyMatch(Statistics::isDegraded);
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    registries.add(registry);
  }

  @Override
  public void onStart(Statistics statistics) {
    started.add(statistics);
    statistics.listen(this::onCall);
  }

  private void onCall(@Nullable Fault fault, long nanos) {
    Timer timer = fault == null ? answered : fault == Fault.SLOW ? late : failed;
    timer.record(nanos, TimeUnit.NANOSECONDS);
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
    Counter counter = decisions.get(tags); // takes no lock, unlike computeIfAbsent
    if (counter == null) {
      counter = decisions.computeIfAbsent(tags, this::register);
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
        .register(registries);
  }
}
