package dev.weir.quota;

/**
 * What one subject has used of one budget. All arithmetic is in integers, takes the time as an
 * argument and knows the limit only while it is asked, so that a limit may change at any time
 * without touching what was used (contract R12).
 *
 * <p>Times are epoch milliseconds and never run backwards, unless a counter is {@link #movedBack}:
 * {@link Usage} sees to that.
 */
sealed interface Counter permits FixedWindow, TokenBucket, SlidingLog, CreditCounter {

  /** Returns a counter of nothing used. */
  static Counter unused(byte algorithm) {
    return switch (algorithm) {
      case Demand.FIXED -> new FixedWindow(0, 0);
      case Demand.SLIDING_LOG -> SlidingLog.EMPTY;
      case Demand.TOKEN_BUCKET -> new TokenBucket(0, 0, 0);
      case Demand.CREDITS -> CreditCounter.UNKNOWN;
      default -> throw new IllegalArgumentException("unknown algorithm " + algorithm);
    };
  }

  /**
   * Returns this counter at {@code now}: windows rolled, tokens refilled, old instants forgotten.
   */
  Counter at(long now, long permits, long period);

  /**
   * Returns how many milliseconds from {@code now} until a request of this cost fits; 0 if it fits.
   * A cost above the capacity never fits: the answer then is a period or less, so that the caller
   * asks again rather than never.
   */
  long waitFor(long cost, long now, long permits, long capacity, long period);

  /** Returns this counter with a request charged that fits. */
  Counter charged(long cost, long now, long permits, long period);

  /**
   * Returns this counter, which is up to date, with permits given back that were charged and not
   * used: of the instants of a log, the latest.
   */
  Counter refunded(long amount, long permits, long period);

  /** Returns this counter as if all of it had happened so many milliseconds earlier. */
  Counter movedBack(long millis);

  /** Returns the whole permits left, at least 0. */
  long remaining(long capacity, long period);

  /** Returns the instant at which all that is used now is available again. */
  long resetAt(long now, long permits, long period);

  /** Returns the instant from which this counter says no more than a fresh one. */
  long expiresAt();

  /** Returns what is used, in a unit of the counter's own; only whoever counts changes it. */
  long amount();

  /**
   * Returns this counter at {@code now} as far as that can be said without knowing the limit: not
   * less used than it is.
   */
  Counter at(long now);

  /**
   * Returns one counter of all that this one and another of the same budget count, both being of
   * {@code now} and neither empty.
   *
   * @param amount what is used in all
   */
  Counter mergedWith(Counter other, long amount, long now);

  /** Appends the stored form, relative to the time of the entry. */
  void write(Encoder out, long time);

  /** Reads what {@link #write} wrote. */
  static Counter read(Decoder in, byte algorithm, long time) {
    return switch (algorithm) {
      case Demand.FIXED -> FixedWindow.read(in, time);
      case Demand.SLIDING_LOG -> SlidingLog.read(in, time);
      case Demand.TOKEN_BUCKET -> TokenBucket.read(in, time);
      case Demand.CREDITS -> CreditCounter.read(in);
      default -> throw new IllegalStateException("unknown algorithm " + algorithm);
    };
  }
}
