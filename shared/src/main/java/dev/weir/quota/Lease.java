package dev.weir.quota;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * Permits of one policy that were charged in advance, for requests to come on this node. Spent by
 * many threads, each with one compare-and-set; closed, once, by the one that gives back what is
 * left or moves it on. Of what was leased each permit is either taken or closed over, never both.
 */
final class Lease {

  /** {@link #take} found nothing left. */
  static final long SPENT = -1;

  /** {@link #take} came after {@link #close}. */
  static final long CLOSED = -2;

  private static final AtomicLongFieldUpdater<Lease> HELD =
      AtomicLongFieldUpdater.newUpdater(Lease.class, "held");

  private final Demand demand;
  private final long[] ends;
  private final long size;
  private final long deadline;
  private final long renewal;

  /** How many requests there are still permits for; the complement of it once closed. */
  private volatile long held;

  /** Whether the owner may still have more to give. */
  private volatile boolean renewable = true;

  /** How many were taken when that was last asked; of the thread that asks. */
  private long counted;

  /** How many were taken when {@link #uncounted} was last asked. Guarded by this. */
  private long seen;

  /**
   * Creates a lease.
   *
   * @param demand what a request takes
   * @param ends when the windows end that it was charged to; 0 where the budget has none
   * @param size for how many requests
   * @param now in nanoseconds, not later than the owner charged it
   * @param nanos how long after that it is good
   */
  Lease(Demand demand, long[] ends, long size, long now, long nanos) {
    this.demand = demand;
    this.ends = ends;
    this.size = size;
    this.deadline = now + nanos;
    this.renewal = now + nanos - nanos / 4;
    this.held = size;
  }

  /** Takes what one request needs. Returns for how many there is more, or why there is none. */
  long take() {
    while (true) {
      long now = held;
      if (now <= 0) {
        return now == 0 ? SPENT : CLOSED;
      }
      if (HELD.compareAndSet(this, now, now - 1)) {
        return now - 1;
      }
    }
  }

  /** Ends it: nothing is taken any more. Returns for how many requests it held permits. */
  long close() {
    while (true) {
      long now = held;
      if (now < 0) {
        return 0;
      }
      if (HELD.compareAndSet(this, now, ~now)) {
        return now;
      }
    }
  }

  /** Returns for how many requests it holds permits, or did when it was closed. */
  long held() {
    long now = held;
    return now < 0 ? ~now : now;
  }

  boolean isClosed() {
    return held < 0;
  }

  /** Returns how many more requests have taken from it since this was last asked. */
  long spent() {
    long spent = size - held();
    long more = spent - counted;
    counted = spent;
    return more;
  }

  /** Returns how many more requests have taken from it since anybody last asked this. */
  synchronized long uncounted() {
    long taken = size - held();
    long more = taken - seen;
    seen = taken;
    return more;
  }

  boolean isOver(long now) {
    return now - deadline >= 0;
  }

  /** Returns whether to ask for more, so that requests need not wait for it. */
  boolean isLow(long left, long now) {
    return renewable && (left <= size / 4 || now - renewal >= 0);
  }

  /** Stops asking for more: the owner has none. */
  void exhausted() {
    renewable = false;
  }

  Demand demand() {
    return demand;
  }

  long[] ends() {
    return ends;
  }

  long size() {
    return size;
  }

  /** Returns the last millisecond of the windows that it was charged to. */
  long lastMillis() {
    long last = Long.MAX_VALUE;
    for (long end : ends) {
      last = end == 0 ? last : Math.min(last, end - 1);
    }
    return last;
  }

  /** Returns the permits of a budget that it holds, if they were charged to the window at hand. */
  long permits(long budget, Counter counter) {
    for (int i = 0; i < ends.length; i++) {
      if (demand.ids()[i] == budget) {
        return ends[i] == endOf(counter) ? held() * demand.cost() : 0;
      }
    }
    return 0;
  }

  /** Returns whether what it holds was charged to these very windows. */
  boolean isWithin(long[] others) {
    return Arrays.equals(ends, others);
  }

  /** Returns when the window of a counter ends, 0 if it has none. */
  static long endOf(Counter counter) {
    return counter instanceof FixedWindow window ? window.end() : 0;
  }

  /** Returns when the windows end that a charge at that instant went to, 0 for other budgets. */
  static long[] endsAt(Demand demand, long instant) {
    long[] ends = new long[demand.size()];
    for (int i = 0; i < ends.length; i++) {
      ends[i] =
          demand.algorithms()[i] == Demand.FIXED
              ? FixedWindow.endAt(instant, demand.periods()[i])
              : 0;
    }
    return ends;
  }
}
