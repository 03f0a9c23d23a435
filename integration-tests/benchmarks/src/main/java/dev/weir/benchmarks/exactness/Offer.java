package dev.weir.benchmarks.exactness;

import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import dev.weir.quota.Consumption;
import dev.weir.quota.Consumption.Verdict;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests of one key, offered by one node.
 *
 * @param key whose
 * @param permits the limit, in a fixed window
 * @param period how long the window is
 * @param requests how many to offer
 * @param over how long to take, evenly; zero for as fast as they go
 */
public record Offer(PartitionKey key, long permits, Duration period, int requests, Duration over) {

  private static final int CALLERS = 16;

  /** Reads what {@link #toString} wrote. */
  public static Offer parse(String text) {
    String[] words = text.split(" ", -1);
    return new Offer(
        new PartitionKey(Long.parseLong(words[0]), Long.parseLong(words[1])),
        Long.parseLong(words[2]),
        Duration.ofMillis(Long.parseLong(words[3])),
        Integer.parseInt(words[4]),
        Duration.ofMillis(Long.parseLong(words[5])));
  }

  @Override
  public String toString() {
    return "%d %d %d %d %d %d"
        .formatted(key.high(), key.low(), permits, period.toMillis(), requests, over.toMillis());
  }

  /**
   * Makes the requests. Returns how many were admitted.
   *
   * @throws IllegalStateException if the cluster did not answer one of them
   */
  public long make(QuotaStore store) throws InterruptedException {
    Policy policy =
        new Policy(List.of(Budget.of(Budget.PLAN_SCOPE, Limit.fixed(permits, period))), 1);
    AtomicInteger next = new AtomicInteger();
    AtomicLong admitted = new AtomicLong();
    AtomicLong unanswered = new AtomicLong();
    long began = System.nanoTime();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      Thread caller =
          new Thread(
              () -> {
                int number;
                while ((number = next.getAndIncrement()) < requests) {
                  long due = began + over.toNanos() / requests * number;
                  for (long wait; (wait = due - System.nanoTime()) > 0; ) {
                    LockSupport.parkNanos(wait);
                  }
                  Consumption consumption = store.consume(key, policy);
                  if (consumption.degraded()) {
                    unanswered.incrementAndGet();
                  } else if (consumption.verdict() == Verdict.GRANTED) {
                    admitted.incrementAndGet();
                  }
                }
              });
      callers.add(caller);
      caller.start();
    }
    for (Thread caller : callers) {
      caller.join();
    }
    if (unanswered.get() > 0) {
      throw new IllegalStateException(unanswered + " requests got no answer");
    }
    return admitted.get();
  }
}
