package dev.weir.quota;

import org.jspecify.annotations.Nullable;

/**
 * The credits of an account, as a counter that no time refills. It charges prices, and its limit is
 * part of what is stored: what was granted.
 *
 * @param balance null where nobody has told the entry yet: then nothing fits
 * @param base how many were used when the entry was told, as its database knew
 * @param teller the member that owned the entry then: two sides of a split that were told apart
 *     have counted what is in the base both
 */
record CreditCounter(@Nullable Balance balance, long base, int teller) implements Counter {

  static final CreditCounter UNKNOWN = new CreditCounter(null, 0, 0);

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
    return with(
        new Balance(
            balance.granted(),
            Math.max(0, balance.used() + amount),
            balance.grants(),
            balance.revision() + 1));
  }

  private CreditCounter with(Balance other) {
    return new CreditCounter(other, base, teller);
  }

  /**
   * Returns this counter once it is known what is stored of the account, or was granted to it.
   *
   * @param owner the member that owns the entry
   */
  CreditCounter told(Balance told, int owner) {
    if (balance == null) {
      return new CreditCounter(told, told.used(), owner);
    }
    return told.grants() <= balance.grants()
        ? this
        : with(new Balance(told.granted(), balance.used(), told.grants(), balance.revision() + 1));
  }

  /** Returns whether both are of one entry, before a cluster was split. */
  boolean hasOrigin(CreditCounter other) {
    return base == other.base && teller == other.teller;
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

  /**
   * Merges what two sides have counted. If one was told what the database knew while they were
   * apart, that holds what the other had counted until then, so that only what was used since comes
   * on top.
   */
  @Override
  public CreditCounter mergedWith(Counter counter, long amount, long now) {
    CreditCounter other = counter instanceof CreditCounter credits ? credits : UNKNOWN;
    Balance mine = balance;
    Balance theirs = other.balance;
    if (mine == null || theirs == null) {
      return mine == null ? other : this;
    }
    Balance newer = theirs.grants() > mine.grants() ? theirs : mine;
    long used = amount;
    if (!hasOrigin(other)) {
      used =
          base >= other.base
              ? theirs.used() + Math.max(0, mine.used() - base)
              : mine.used() + Math.max(0, theirs.used() - other.base);
    }
    Balance merged =
        new Balance(
            newer.granted(),
            used,
            newer.grants(),
            Math.max(mine.revision(), theirs.revision()) + 1);
    return base <= other.base ? with(merged) : other.with(merged);
  }

  @Override
  public void write(Encoder out, long time) {
    Balance.write(balance, out);
    if (balance != null) {
      out.number(base).number(teller);
    }
  }

  static CreditCounter read(Decoder in) {
    Balance balance = Balance.read(in);
    return balance == null ? UNKNOWN : new CreditCounter(balance, in.number(), (int) in.number());
  }
}
