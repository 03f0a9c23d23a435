package dev.weir.quota;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A member that owns entries, as this node knows it: whether it answers in time, and what time it
 * has. A circuit breaker: once calls in a row were not answered in time, nobody asks it any more
 * until a probe is. Used by many threads.
 *
 * <p>An owner whose backup stalls is no better than one that stalls itself, so a probe writes.
 */
final class Owner {

  /** Calls in a row. */
  private static final int MAX_LOST = 5;

  private static final long PROBE_NANOS = 500_000_000L;

  /** For how long the best reading of a clock is better than a new one. */
  private static final long READING_NANOS = 10_000_000_000L;

  /**
   * A reading of the owner's clock.
   *
   * @param aheadMillis how far it is ahead of this node's, at least: the answer took its time
   * @param readNanos when it was read
   */
  private record Clock(long aheadMillis, long readNanos) {}

  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicBoolean probing = new AtomicBoolean();
  private volatile byte @Nullable [] open;
  private volatile long nextProbe;
  private volatile @Nullable Clock clock;

  /** Returns whether it is of no use to ask. */
  boolean isOpen() {
    return open != null;
  }

  /** Returns whether its clock has been read. */
  boolean hasClock() {
    return clock != null;
  }

  /** Notes an answer in time, and the owner's clock in it. */
  void answered(long ownerMillis, long now) {
    lost.set(0);
    long ahead = ownerMillis - now / 1_000_000;
    Clock known = clock;
    if (known == null || ahead >= known.aheadMillis || now - known.readNanos > READING_NANOS) {
      clock = new Clock(ahead, now);
    }
  }

  /**
   * Notes a call that was not answered in time.
   *
   * @param entry what it was about; the probe will be, too
   * @return whether it is of no use to ask from now on
   */
  boolean isLost(byte[] entry, long now) {
    if (lost.incrementAndGet() < MAX_LOST || isOpen()) {
      return false;
    }
    nextProbe = now + PROBE_NANOS;
    open = entry;
    return true;
  }

  /**
   * Returns the entry to probe the owner with, if it is time for that; then tell what came of it.
   */
  byte @Nullable [] probe(long now) {
    byte[] entry = open;
    return entry != null && now - nextProbe >= 0 && probing.compareAndSet(false, true)
        ? entry
        : null;
  }

  /** Notes what came of a probe. */
  void probed(boolean answeredInTime, long now) {
    if (answeredInTime) {
      lost.set(0);
      open = null;
    } else {
      nextProbe = now + PROBE_NANOS;
    }
    probing.set(false);
  }

  /**
   * Returns what the owner's clock will show, at the latest, when that many nanoseconds have passed
   * here: a call that it finds then need not be run. {@link Step#NO_DEADLINE} if its clock is not
   * known.
   */
  long deadline(long now, long nanos) {
    Clock known = clock;
    return known == null ? Step.NO_DEADLINE : (now + nanos) / 1_000_000 + known.aheadMillis;
  }
}
