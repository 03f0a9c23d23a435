package dev.weir.socket;

import dev.weir.plan.Policy;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Nodes on one clock that moves only when told; what they run waits for its time. */
class FakeNode implements SharedBudget.Node {

  /** The one clock, and everything that is to happen, of all nodes. */
  static final class World {
    private record Event(long nanos, long number, Runnable task) {}

    private final PriorityQueue<Event> events =
        new PriorityQueue<>(
            Comparator.comparingLong(Event::nanos).thenComparingLong(Event::number));

    private long number;
    long nanos = 1_711_454_430_000_000_000L;

    QuotaStore store() {
      return QuotaStore.inMemory(() -> Instant.ofEpochMilli(nanos / 1_000_000));
    }

    void at(long when, Runnable task) {
      events.add(new Event(when, number++, task));
    }

    /** Moves the clock on, event by event. */
    void advance(long byNanos) {
      long until = nanos + byNanos;
      while (!events.isEmpty() && events.peek().nanos <= until) {
        Event next = events.remove();
        nanos = Math.max(nanos, next.nanos);
        next.task.run();
      }
      nanos = until;
    }
  }

  private final World world;
  private final QuotaStore store;
  private final Random random;
  private final long slowestNanos;
  int calls;

  /**
   * Creates a node.
   *
   * @param slowestNanos how long a task waits for its thread at most
   */
  FakeNode(World world, QuotaStore store, Random random, long slowestNanos) {
    this.world = world;
    this.store = store;
    this.random = random;
    this.slowestNanos = slowestNanos;
  }

  @Override
  public long nanoTime() {
    return world.nanos;
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy) {
    calls++;
    return store.consume(key, policy);
  }

  @Override
  public void run(Runnable task) {
    world.at(world.nanos + (slowestNanos == 0 ? 0 : random.nextLong(slowestNanos)), task);
  }

  @Override
  public void deliver(Runnable task) {
    run(task);
  }

  @Override
  public void runIn(Runnable task, long delay, TimeUnit unit) {
    world.at(world.nanos + unit.toNanos(delay), task);
  }
}
