package dev.weir.quota;

import org.jspecify.annotations.Nullable;

/**
 * The credits that one request has cost. While it runs, the application may give them back, or a
 * part of them: exactly so many come back, whatever becomes of the call, and never more than were
 * paid. What the headers say was so before that. Used by many threads.
 */
public final class Charge {

  private final QuotaStore store;
  private final PartitionKey key;
  private final long credits;
  private final @Nullable Charge before;
  private long left;

  /**
   * Creates a charge that was paid.
   *
   * @param store what has charged it
   * @param key who has paid
   * @param credits how many
   * @param before what the same request had paid before, or null
   */
  public Charge(QuotaStore store, PartitionKey key, long credits, @Nullable Charge before) {
    this.store = store;
    this.key = key;
    this.credits = credits;
    this.before = before;
    this.left = credits;
  }

  /** {@return how many credits the request has cost in all} */
  public long credits() {
    return credits + (before == null ? 0 : before.credits());
  }

  /** Gives back all that was not given back yet. Waits for nobody. */
  public void refund() {
    refund(Long.MAX_VALUE);
  }

  /**
   * Gives credits back. Waits for nobody.
   *
   * @param amount how many, 0 or more; of more than are left, these
   */
  public void refund(long amount) {
    if (amount < 0) {
      throw new IllegalArgumentException("credits to give back must not be " + amount);
    }
    long given;
    synchronized (this) {
      given = Math.min(amount, left);
      left -= given;
    }
    if (given > 0) {
      store.refund(key, given);
    }
    if (before != null && given < amount) {
      before.refund(amount - given);
    }
  }
}
