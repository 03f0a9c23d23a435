package dev.weir.quota;

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

  /** Returns how many are left, at least 0. */
  public long remaining() {
    return Math.max(0, granted - used);
  }
}
