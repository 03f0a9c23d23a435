package dev.weir.quota;

import java.util.Arrays;
import java.util.TreeMap;

/**
 * The instants at which permits were taken, so that no interval as long as the period ever holds
 * more than the limit.
 *
 * <p>Permits taken in the same millisecond share an element. Up to {@link #MAX_INSTANTS} instants
 * the log is exact. Beyond that, to bound the entry, neighbours within 1/512 of the period are
 * merged onto the later one: the limit still holds in every interval, a permit may come back that
 * much later.
 *
 * @param instants when, ascending; never changed
 * @param counts how many, in parallel; never changed
 * @param period the period they are kept for; 0 if there are none
 */
record SlidingLog(long[] instants, long[] counts, long period) implements Counter {

  static final int MAX_INSTANTS = 1024;

  static final SlidingLog EMPTY = new SlidingLog(new long[0], new long[0], 0);

  @Override
  public SlidingLog at(long now, long permits, long newPeriod) {
    int expired = 0;
    while (expired < instants.length && instants[expired] <= now - newPeriod) {
      expired++;
    }
    return expired == 0
        ? this
        : new SlidingLog(
            Arrays.copyOfRange(instants, expired, instants.length),
            Arrays.copyOfRange(counts, expired, counts.length),
            newPeriod);
  }

  @Override
  public long waitFor(long cost, long now, long permits, long capacity, long newPeriod) {
    long over = amount() + cost - capacity;
    for (int i = 0; over > 0; i++) {
      if (i == instants.length) {
        return newPeriod;
      }
      over -= counts[i];
      if (over <= 0) {
        return instants[i] + newPeriod - now;
      }
    }
    return 0;
  }

  @Override
  public SlidingLog charged(long cost, long now, long permits, long newPeriod) {
    int size = instants.length;
    if (size > 0 && instants[size - 1] == now) {
      long[] newCounts = counts.clone();
      newCounts[size - 1] += cost;
      return new SlidingLog(instants, newCounts, newPeriod);
    }
    long[] newInstants = Arrays.copyOf(instants, size + 1);
    long[] newCounts = Arrays.copyOf(counts, size + 1);
    newInstants[size] = now;
    newCounts[size] = cost;
    SlidingLog log = new SlidingLog(newInstants, newCounts, newPeriod);
    return size + 1 > MAX_INSTANTS ? log.merged() : log;
  }

  @Override
  public SlidingLog refunded(long amount, long permits, long newPeriod) {
    int size = instants.length;
    long rest = amount;
    while (size > 0 && counts[size - 1] <= rest) {
      rest -= counts[--size];
    }
    long[] newCounts = Arrays.copyOf(counts, size);
    if (size > 0) {
      newCounts[size - 1] -= rest;
    }
    return new SlidingLog(Arrays.copyOf(instants, size), newCounts, period);
  }

  @Override
  public SlidingLog movedBack(long millis) {
    return new SlidingLog(
        Arrays.stream(instants).map(instant -> instant - millis).toArray(), counts, period);
  }

  /**
   * Returns a log as full as this one and empty at the same time, in one instant: all it takes to
   * say what is left right now, though not when a part of it comes back.
   */
  SlidingLog summary() {
    int size = instants.length;
    return size < 2
        ? this
        : new SlidingLog(new long[] {instants[size - 1]}, new long[] {amount()}, period);
  }

  @Override
  public long amount() {
    long used = 0;
    for (long count : counts) {
      used += count;
    }
    return used;
  }

  @Override
  public SlidingLog at(long now) {
    return at(now, 0, period);
  }

  /**
   * Of the permits taken in one instant, what both logs hold is taken for the same. Where that is
   * less than there are in all, the rest is of the last instant.
   */
  @Override
  public SlidingLog mergedWith(Counter other, long amount, long now) {
    SlidingLog log = (SlidingLog) other;
    TreeMap<Long, Long> all = new TreeMap<>();
    for (int i = 0; i < instants.length; i++) {
      all.put(instants[i], counts[i]);
    }
    for (int i = 0; i < log.instants.length; i++) {
      all.merge(log.instants[i], log.counts[i], Math::max);
    }
    long missing = amount - all.values().stream().mapToLong(Long::longValue).sum();
    all.merge(all.lastKey(), Math.max(0, missing), Long::sum);
    SlidingLog merged =
        new SlidingLog(
            all.keySet().stream().mapToLong(Long::longValue).toArray(),
            all.values().stream().mapToLong(Long::longValue).toArray(),
            Math.max(period, log.period));
    return all.size() > MAX_INSTANTS ? merged.merged() : merged;
  }

  private SlidingLog merged() {
    long grain = Math.max(1, period / (MAX_INSTANTS / 2));
    long[] newInstants = new long[instants.length];
    long[] newCounts = new long[instants.length];
    int size = 0;
    for (int i = 0; i < instants.length; i++) {
      boolean sameGrain =
          size > 0
              && Math.floorDiv(newInstants[size - 1], grain) == Math.floorDiv(instants[i], grain);
      if (!sameGrain) {
        size++;
      }
      newInstants[size - 1] = instants[i];
      newCounts[size - 1] += counts[i];
    }
    return new SlidingLog(Arrays.copyOf(newInstants, size), Arrays.copyOf(newCounts, size), period);
  }

  @Override
  public long remaining(long capacity, long newPeriod) {
    return Math.max(0, capacity - amount());
  }

  @Override
  public long resetAt(long now, long permits, long newPeriod) {
    return instants.length == 0 ? now : instants[instants.length - 1] + newPeriod;
  }

  @Override
  public long expiresAt() {
    return instants.length == 0 ? 0 : instants[instants.length - 1] + period;
  }

  @Override
  public void write(Encoder out, long time) {
    out.number(period).number(instants.length);
    long later = time;
    for (int i = instants.length - 1; i >= 0; i--) {
      out.number(later - instants[i]).number(counts[i]);
      later = instants[i];
    }
  }

  static SlidingLog read(Decoder in, long time) {
    long period = in.number();
    int size = (int) in.number();
    long[] instants = new long[size];
    long[] counts = new long[size];
    long later = time;
    for (int i = size - 1; i >= 0; i--) {
      instants[i] = later - in.number();
      counts[i] = in.number();
      later = instants[i];
    }
    return new SlidingLog(instants, counts, period);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SlidingLog log
        && period == log.period
        && Arrays.equals(instants, log.instants)
        && Arrays.equals(counts, log.counts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(instants) * 31 + Arrays.hashCode(counts);
  }
}
