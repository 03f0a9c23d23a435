package dev.weir.quota;

import java.math.BigInteger;

/**
 * Usage of a token bucket: how far it is from full, in integers.
 *
 * <p>Debt is counted in token-milliseconds: a token is as many of them as its period is long, and
 * each elapsed millisecond pays back {@code permits} of them. Refilling therefore needs no division
 * and loses nothing to rounding, and since the unit depends on the period alone, the rate and the
 * capacity may change while the debt stands. The bounds of {@link dev.weir.plan.Limit} (10^8
 * permits, 366 days) keep every sum below 2^63.
 *
 * @param debt token-milliseconds used and not yet refilled
 * @param countedAt when the debt was last brought up to date
 * @param fullAt when it is paid back at the rate it was last seen with
 */
record TokenBucket(long debt, long countedAt, long fullAt) implements Counter {

  @Override
  public TokenBucket at(long now, long permits, long period) {
    long elapsed = Math.max(now - countedAt, 0);
    // elapsed * permits may overflow only where it pays back everything
    long left = elapsed >= ceilDiv(debt, permits) ? 0 : debt - elapsed * permits;
    return new TokenBucket(left, now, now + ceilDiv(left, permits));
  }

  @Override
  public long waitFor(long cost, long now, long permits, long capacity, long period) {
    if (cost > capacity) {
      return period;
    }
    long excess = debt - (capacity - cost) * period;
    return excess <= 0 ? 0 : ceilDiv(excess, permits);
  }

  @Override
  public TokenBucket charged(long cost, long now, long permits, long period) {
    long more = debt + cost * period;
    return new TokenBucket(more, now, now + ceilDiv(more, permits));
  }

  @Override
  public TokenBucket refunded(long amount, long permits, long period) {
    long less = Math.max(0, debt - amount * period);
    return new TokenBucket(less, countedAt, countedAt + ceilDiv(less, permits));
  }

  @Override
  public TokenBucket movedBack(long millis) {
    return new TokenBucket(debt, countedAt - millis, fullAt - millis);
  }

  @Override
  public long remaining(long capacity, long period) {
    return Math.max(0, Math.floorDiv(capacity * period - debt, period));
  }

  @Override
  public long resetAt(long now, long permits, long period) {
    return fullAt;
  }

  @Override
  public long expiresAt() {
    return fullAt;
  }

  @Override
  public long amount() {
    return debt;
  }

  @Override
  public TokenBucket at(long now) {
    if (now <= countedAt || debt == 0) {
      return this;
    }
    // at a rate that would pay the debt back just then, which is not more than the true one
    long left =
        now >= fullAt
            ? 0
            : BigInteger.valueOf(debt)
                .multiply(BigInteger.valueOf(fullAt - now))
                .add(BigInteger.valueOf(fullAt - countedAt - 1))
                .divide(BigInteger.valueOf(fullAt - countedAt))
                .longValueExact();
    return new TokenBucket(left, now, Math.max(now, fullAt));
  }

  /** One after the other is paid back; that is known better when the rate is. */
  @Override
  public TokenBucket mergedWith(Counter other, long amount, long now) {
    return new TokenBucket(amount, now, fullAt + (other.expiresAt() - now));
  }

  @Override
  public void write(Encoder out, long time) {
    out.number(debt).number(time - countedAt).number(fullAt - time);
  }

  static TokenBucket read(Decoder in, long time) {
    return new TokenBucket(in.number(), time - in.number(), time + in.number());
  }

  private static long ceilDiv(long dividend, long divisor) {
    return -Math.floorDiv(-dividend, divisor);
  }
}
