package dev.weir.benchmarks.decisions;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** What the callers do. */
public enum Load {
  /** All want the same key, which always has room. */
  HOT("one hot key, limit out of reach", 1, 100_000_000, Duration.ofMinutes(1)),
  /** All want the same key, which has none left. */
  EXHAUSTED("one exhausted key", 1, 10, Duration.ofDays(1)),
  /** Keys with so little each that no permit can be taken in advance. */
  STEPS("10,000 keys, 60 per minute each", 10_000, 60, Duration.ofMinutes(1)),
  /** Keys that always have room. */
  MANY("10,000 keys, limits out of reach", 10_000, 100_000_000, Duration.ofMinutes(1));

  private final String label;
  private final int keys;
  private final long permits;
  private final Duration period;

  Load(String label, int keys, long permits, Duration period) {
    this.label = label;
    this.keys = keys;
    this.permits = permits;
    this.period = period;
  }

  /** Returns the load of this name. */
  static Load of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** Returns the name in options. */
  String shortName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns what the load is. */
  String label() {
    return label;
  }

  int keys() {
    return keys;
  }

  long permits() {
    return permits;
  }

  Duration period() {
    return period;
  }

  /**
   * Returns whether a contestant is measured under this load. Within a process permits are used up
   * before {@link #STEPS} has begun.
   */
  boolean suits(Contestant contestant) {
    return this != STEPS || contestant.isDistributed();
  }

  /**
   * Prepares a subject: uses up what is not to be there, or else takes a first permit of each key,
   * so that what is measured is not how keys are first met.
   *
   * @throws IllegalStateException if that cannot be
   */
  void prepare(Subject subject, Key[] keys) {
    if (this == EXHAUSTED) {
      for (int i = 0; subject.take(keys[0]) >= 0; i++) {
        if (i > 1000 * permits) {
          throw new IllegalStateException("the key cannot be exhausted");
        }
      }
      return;
    }
    AtomicInteger next = new AtomicInteger();
    CompletableFuture<?>[] meetings = new CompletableFuture<?>[Math.min(keys.length, 16)];
    ExecutorService threads = Executors.newFixedThreadPool(meetings.length);
    try {
      for (int i = 0; i < meetings.length; i++) {
        meetings[i] =
            CompletableFuture.runAsync(
                () -> {
                  for (int k = next.getAndIncrement();
                      k < keys.length;
                      k = next.getAndIncrement()) {
                    subject.take(keys[k]);
                  }
                },
                threads);
      }
      CompletableFuture.allOf(meetings).join();
    } finally {
      threads.shutdown();
    }
  }

  /**
   * Checks that the load was what it is called.
   *
   * @throws IllegalStateException if not
   */
  void check(Subject subject, Key[] keys) {
    boolean refused = subject.take(keys[0]) < 0;
    if (this != STEPS && refused != (this == EXHAUSTED)) {
      throw new IllegalStateException(
          refused ? "the limit was within reach" : "the key was not exhausted any more");
    }
  }
}
