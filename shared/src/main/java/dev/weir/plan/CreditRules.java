package dev.weir.plan;

import java.util.Set;

/**
 * How prepaid credits are charged.
 *
 * @param first whether a request that lacks credits is refused for them (402) even if a limit
 *     refuses it as well (contract C1)
 * @param refundOn after which answers of the application the credits are given back: single
 *     statuses, and classes of them as their first digit, 1 to 5
 */
public record CreditRules(boolean first, Set<Integer> refundOn) {

  /** Throughput is judged first, and nothing is given back. */
  public static final CreditRules DEFAULT = new CreditRules(false, Set.of());

  /** The price of requests that nobody has named another for (contract C4). */
  public static final long DEFAULT_PRICE = 1;

  /**
   * Copies the set.
   *
   * @param first whether a request that lacks credits is refused for them (402) even if a limit
   *     refuses it as well (contract C1)
   * @param refundOn after which answers of the application the credits are given back: single
   *     statuses, and classes of them as their first digit, 1 to 5
   */
  public CreditRules {
    refundOn = Set.copyOf(refundOn);
  }

  /** {@return whether any answer has credits given back} */
  public boolean refunds() {
    return !refundOn.isEmpty();
  }

  /**
   * {@return whether credits are given back after an answer with this status}
   *
   * @param status the HTTP status
   */
  public boolean refunds(int status) {
    return refundOn.contains(status) || refundOn.contains(status / 100);
  }
}
