package dev.weir.quota;

import org.jspecify.annotations.Nullable;

/**
 * The credits of an account, as a counter that no time refills. It charges prices, and its limit is
 * part of what is stored: what was granted.
 *
 * @param balance null where nobody has told the entry yet: then nothing fits
 */
record CreditCounter(@Nullable Balance balance) implements Counter {

  static final CreditCounter UNKNOWN = new CreditCounter(null);

  /** Far enough; and what is added to it overflows nothing. */
  private static final long NEVER = Long.MAX_VALUE / 4;

  /** What cannot be had is asked for again, since more may be granted at any time. */
  private static final long AGAIN_MILLIS = 1;

  @Override
  public CreditCounter at(long now, long permits, long period) {
    return this;
  }

  @Override
  public long waitFor(long cost, long now, long permits, long capacity, long period) {
    return balance != null && (cost == 0 || cost <= balance.remaining()) ? 0 : AGAIN_MILLIS;
  }

  @Override
  public CreditCounter charged(long cost, long now, long permits, long period) {
    return spent(cost);
  }

  @Override
  public CreditCounter refunded(long amount, long permits, long period) {
    return spent(-amount);
  }

  private CreditCounter spent(long amount) {
    if (balance == null || amount == 0) {
      return this;
    }
    return new CreditCounter(
        new Balance(
            balance.granted(),
            Math.max(0, balance.used() + amount),
            balance.grants(),
            balance.revision() + 1));
  }

  /** Returns this counter once it is known what is stored of the account, or was granted to it. */
  CreditCounter told(Balance told) {
    if (balance == null) {
      return new CreditCounter(told);
    }
    return told.grants() <= balance.grants()
        ? this
        : new CreditCounter(
            new Balance(told.granted(), balance.used(), told.grants(), balance.revision() + 1));
  }

  @Override
  public CreditCounter movedBack(long millis) {
    return this;
  }

  @Override
  public long remaining(long capacity, long period) {
    return balance == null ? 0 : balance.remaining();
  }

  @Override
  public long resetAt(long now, long permits, long period) {
    return now;
  }

  @Override
  public long expiresAt() {
    return balance == null ? 0 : NEVER;
  }

  @Override
  public long amount() {
    return balance == null ? 0 : balance.used();
  }

  @Override
  public CreditCounter at(long now) {
    return this;
  }

  @Override
  public CreditCounter mergedWith(Counter other, long amount, long now) {
    Balance mine = balance;
    Balance theirs = other instanceof CreditCounter credits ? credits.balance : null;
    if (mine == null || theirs == null) {
      return mine == null ? new CreditCounter(theirs) : this;
    }
    Balance newer = theirs.grants() > mine.grants() ? theirs : mine;
    return new CreditCounter(
        new Balance(
            newer.granted(),
            amount,
            newer.grants(),
            Math.max(mine.revision(), theirs.revision()) + 1));
  }

  @Override
  public void write(Encoder out, long time) {
    if (balance == null) {
      out.number(0);
      return;
    }
    out.number(balance.revision() + 1)
        .number(balance.granted())
        .number(balance.used())
        .number(balance.grants());
  }

  static CreditCounter read(Decoder in) {
    long revision = in.number();
    return revision == 0
        ? UNKNOWN
        : new CreditCounter(new Balance(in.number(), in.number(), in.number(), revision - 1));
  }
}
