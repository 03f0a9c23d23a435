package dev.weir.quota;

import dev.weir.plan.Budget;

/**
 * How one budget stands after a decision.
 *
 * @param budget the budget
 * @param remaining whole permits left, at least 0, the request being answered already taken off
 * @param resetMillis epoch milliseconds at which everything is available again (fixed window: its
 *     stored end), or, if this budget refuses, at which the refused request would fit
 * @param waitMillis 0 if the request fits this budget, else how long until it does, at least 1
 */
public record BudgetStatus(Budget budget, long remaining, long resetMillis, long waitMillis) {

  /** {@return the reset as epoch seconds, rounded up (contract R4)} */
  public long resetSeconds() {
    return -Math.floorDiv(-resetMillis, 1000L);
  }
}
