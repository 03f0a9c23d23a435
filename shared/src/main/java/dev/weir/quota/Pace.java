package dev.weir.quota;

/**
 * How fast requests of one policy come in on this node, and so how many permits to lease. Used by
 * one thread at a time.
 */
final class Pace {

  /** What is closer together says nothing about a rate, or the clock stands still. */
  private static final long MIN_NANOS = 2_000_000;

  /** Whoever comes back within that time may come more often. */
  private static final double PROBE_PER_NANO = 0.5e-9;

  private static final long PROBE = 128;

  private long since;
  private long counted;
  private double perNano;
  private long lastLease;

  Pace(long now) {
    this.since = now;
  }

  /** Counts requests. Who was fast a moment ago may be so again after a pause. */
  void count(long requests, long now) {
    counted += requests;
    if (now - since >= MIN_NANOS) {
      perNano = Math.max((double) counted / (now - since), perNano / 2);
      since = now;
      counted = 0;
    }
  }

  /** Notes what was leased. */
  void leased(long requests) {
    lastLease = requests;
  }

  /**
   * Returns how many requests to lease permits for, those of {@link Usage#LONG_LEASE_MILLIS}: as
   * measured, but of a lease that went sooner than thought the double.
   *
   * @param early whether the last lease is used up before its time
   */
  long wanted(boolean early) {
    if (isSlow()) {
      return 0;
    }
    long wanted = Math.max(PROBE, (long) (perNano * Usage.LONG_LEASE_MILLIS * 1_000_000));
    return early ? Math.max(wanted, 2 * lastLease) : wanted;
  }

  /** Returns whether requests come too rarely for a lease. */
  boolean isSlow() {
    return perNano < PROBE_PER_NANO;
  }

  boolean isIdle(long now, long nanos) {
    return now - since > nanos;
  }
}
