package dev.weir.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one request is judged by: every budget that applies to it and what it costs. All budgets are
 * checked before any is charged (contract R3).
 *
 * @param budgets plan budgets first, then those of the endpoint; empty means unlimited
 * @param cost permits the request takes from each budget, 1 to {@link #MAX_COST}
 * @param onFailure what becomes of it when the cluster gives no answer
 * @param price how many prepaid credits it costs, 0 to {@link #MAX_COST}, or {@link #FREE} where
 *     the account has none to pay with: then nobody asks
 * @param initialCredits how many credits the account is given when it is first met
 */
public record Policy(
    List<Budget> budgets, long cost, OnFailure onFailure, long price, long initialCredits) {

  /** In place of a price, where credits are not counted. */
  public static final long FREE = -1;

  /** The dearest request. */
  public static final long MAX_COST = 1_000_000;

  /** How many budgets may apply to one request; bounds the size of a stored entry. */
  public static final int MAX_BUDGETS = 32;

  /**
   * Checks the bounds.
   *
   * @param budgets plan budgets first, then those of the endpoint; empty means unlimited
   * @param cost permits the request takes from each budget, 1 to {@link #MAX_COST}
   * @param onFailure what becomes of it when the cluster gives no answer
   * @param price how many prepaid credits it costs, 0 to {@link #MAX_COST}, or {@link #FREE} where
   *     the account has none to pay with: then nobody asks
   * @param initialCredits how many credits the account is given when it is first met
   */
  public Policy {
    budgets = List.copyOf(budgets);
    if (cost < 1 || cost > MAX_COST) {
      throw new IllegalArgumentException(
          "cost must be 1 to %d, but is %d".formatted(MAX_COST, cost));
    }
    if (price < FREE || price > MAX_COST) {
      throw new IllegalArgumentException(
          "a price in credits must be 0 to %d, but is %d".formatted(MAX_COST, price));
    }
    if (budgets.size() > MAX_BUDGETS) {
      throw new IllegalArgumentException(
          "at most %d limits may apply to one request, but these are %d"
              .formatted(MAX_BUDGETS, budgets.size()));
    }
  }

  /**
   * Creates a policy that takes no credits.
   *
   * @param budgets plan budgets first, then those of the endpoint; empty means unlimited
   * @param cost permits the request takes from each budget, 1 to {@link #MAX_COST}
   * @param onFailure what becomes of it when the cluster gives no answer
   */
  public Policy(List<Budget> budgets, long cost, OnFailure onFailure) {
    this(budgets, cost, onFailure, FREE, 0);
  }

  /**
   * Creates a policy that the node applies alone when the cluster gives no answer.
   *
   * @param budgets plan budgets first, then those of the endpoint; empty means unlimited
   * @param cost permits the request takes from each budget, 1 to {@link #MAX_COST}
   */
  public Policy(List<Budget> budgets, long cost) {
    this(budgets, cost, OnFailure.LOCAL);
  }

  /** {@return whether the account pays with credits} */
  public boolean hasPrice() {
    return price != FREE;
  }

  /** {@return this policy without credits} */
  public Policy withoutPrice() {
    return hasPrice() ? new Policy(budgets, cost, onFailure) : this;
  }

  /** {@return a budget that never has room for the cost, so that all is refused; null if none} */
  public @Nullable Budget tooSmall() {
    for (Budget budget : budgets) {
      if (cost > budget.limit().capacity()) {
        return budget;
      }
    }
    return null;
  }
}
