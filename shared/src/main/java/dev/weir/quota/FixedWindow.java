package dev.weir.quota;

/**
 * Usage within a window aligned to the epoch (contract R11): a minute window ends at :00.
 *
 * @param end the end of the window, exclusive; 0 if there is none yet
 * @param used permits taken in it
 */
record FixedWindow(long end, long used) implements Counter {

  @Override
  public FixedWindow at(long now, long permits, long period) {
    if (now >= end) {
      return new FixedWindow(endAt(now, period), 0);
    }
    return isFarAhead(now, period) ? new FixedWindow(endAt(now, period), used) : this;
  }

  /** Returns when the window ends that an instant is in. */
  static long endAt(long instant, long period) {
    return (Math.floorDiv(instant, period) + 1) * period;
  }

  /** Returns whether even the window before it is yet to come: it is of a clock that was wrong. */
  boolean isFarAhead(long now, long period) {
    return end - now > period && end > endAt(now, period) + period; // mostly without a division
  }

  /** Returns this window as the one at hand, or as the one after. */
  FixedWindow restarted(long now, long period, boolean after) {
    return new FixedWindow(endAt(now, period) + (after ? period : 0), used);
  }

  @Override
  public long waitFor(long cost, long now, long permits, long capacity, long period) {
    return used + cost <= capacity ? 0 : Math.min(end - now, period);
  }

  @Override
  public FixedWindow charged(long cost, long now, long permits, long period) {
    return new FixedWindow(end, used + cost);
  }

  @Override
  public FixedWindow refunded(long amount, long permits, long period) {
    return new FixedWindow(end, Math.max(0, used - amount));
  }

  @Override
  public FixedWindow movedBack(long millis) {
    return new FixedWindow(end - millis, used);
  }

  @Override
  public long remaining(long capacity, long period) {
    return Math.max(0, capacity - used);
  }

  @Override
  public long resetAt(long now, long permits, long period) {
    return end;
  }

  @Override
  public long expiresAt() {
    return end;
  }

  @Override
  public long amount() {
    return used;
  }

  @Override
  public FixedWindow at(long now) {
    return now < end ? this : new FixedWindow(end, 0);
  }

  /** Two ends are of clocks that were apart: the window goes on until the later. */
  @Override
  public FixedWindow mergedWith(Counter other, long amount, long now) {
    return new FixedWindow(Math.max(end, other.expiresAt()), amount);
  }

  @Override
  public void write(Encoder out, long time) {
    out.number(end - time).number(used);
  }

  static FixedWindow read(Decoder in, long time) {
    return new FixedWindow(time + in.number(), in.number());
  }
}
