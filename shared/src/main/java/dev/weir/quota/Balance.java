package dev.weir.quota;

import org.jspecify.annotations.Nullable;

/**
 * The prepaid credits of one account.
 *
 * @param granted how many were ever bought or given, 0 or more
 * @param used how many of them are spent, 0 or more
 * @param grants how many times some were granted: of two balances that differ in what was granted,
 *     the one with more of them is the newer
 * @param revision higher with every change: of two balances of one account, the higher is the newer
 */
public record Balance(long granted, long used, long grants, long revision) {

  /** The most that can be counted. */
  public static final long MOST = 1_000_000_000_000_000L;

  /** Appends a balance, or that there is none. */
  static void write(@Nullable Balance balance, Encoder out) {
    if (balance == null) {
      out.number(0);
    } else {
      out.number(balance.revision + 1)
          .number(balance.granted)
          .number(balance.used)
          .number(balance.grants);
    }
  }

  /** Reads what {@link #write} wrote. */
  static @Nullable Balance read(Decoder in) {
    long next = in.number();
    return next == 0 ? null : new Balance(in.number(), in.number(), in.number(), next - 1);
  }

  /** {@return how many are left, at least 0} */
  public long remaining() {
    return Math.max(0, granted - used);
  }
}
