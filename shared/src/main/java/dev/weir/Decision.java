package dev.weir;

import dev.weir.quota.Balance;
import dev.weir.quota.BudgetStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one answer that status, headers and body of a response are made from (contract R1).
 *
 * @param outcome what became of the request
 * @param plan the caller's plan, or null if the caller was not identified
 * @param group the endpoint group of the request, or null if it belongs to none
 * @param budgets how every budget stands that applied; empty if none was looked at
 * @param nowMillis the clock that counted, epoch milliseconds; 0 if nothing was counted
 * @param dryRun whether the plan only tries its limits out; a request let through although {@link
 *     #refusing} is not null was over one of them
 * @param sessions how the caller's session slots stand if the request wanted one, or if they were
 *     asked for; null where they were not looked at, or sessions are not limited
 * @param degraded whether the cluster gave no answer, so that this is what {@code on-failure} makes
 *     of the request: this node decided alone, let it pass uncounted, or turned it away
 * @param credits how the account's credits stand, after what this request has cost; null where they
 *     are not counted, or nobody knows
 */
public record Decision(
    Outcome outcome,
    @Nullable String plan,
    @Nullable String group,
    List<BudgetStatus> budgets,
    long nowMillis,
    boolean dryRun,
    @Nullable SessionStatus sessions,
    boolean degraded,
    @Nullable Balance credits) {

  /**
   * How many session slots are taken.
   *
   * @param active so many, with that of the request being answered; {@link
   *     dev.weir.quota.Consumption#SLOTS_UNKNOWN} where only this node was asked
   * @param limit of so many; fewer than are taken if it was lowered meanwhile
   */
  public record SessionStatus(long active, long limit) {}

  /**
   * Copies the list.
   *
   * @param outcome what became of the request
   * @param plan the caller's plan, or null if the caller was not identified
   * @param group the endpoint group of the request, or null if it belongs to none
   * @param budgets how every budget stands that applied; empty if none was looked at
   * @param nowMillis the clock that counted, epoch milliseconds; 0 if nothing was counted
   * @param dryRun whether the plan only tries its limits out; a request let through although {@link
   *     #refusing} is not null was over one of them
   * @param sessions how the caller's session slots stand if the request wanted one, or if they were
   *     asked for; null where they were not looked at, or sessions are not limited
   * @param degraded whether the cluster gave no answer, so that this is what {@code on-failure}
   *     makes of the request: this node decided alone, let it pass uncounted, or turned it away
   * @param credits how the account's credits stand, after what this request has cost; null where
   *     they are not counted, or nobody knows
   */
  public Decision {
    budgets = List.copyOf(budgets);
  }

  /**
   * Creates a decision about no session that the cluster, if it was asked, has answered.
   *
   * @param outcome what became of the request
   * @param plan the caller's plan, or null if the caller was not identified
   * @param group the endpoint group of the request, or null if it belongs to none
   * @param budgets how every budget stands that applied; empty if none was looked at
   * @param nowMillis the clock that counted, epoch milliseconds; 0 if nothing was counted
   * @param dryRun whether the plan only tries its limits out; a request let through although {@link
   *     #refusing} is not null was over one of them
   */
  public Decision(
      Outcome outcome,
      @Nullable String plan,
      @Nullable String group,
      List<BudgetStatus> budgets,
      long nowMillis,
      boolean dryRun) {
    this(outcome, plan, group, budgets, nowMillis, dryRun, null, false, null);
  }

  /** Returns a decision that no budget had a part in. */
  static Decision of(Outcome outcome, @Nullable String plan, @Nullable String group) {
    return new Decision(outcome, plan, group, List.of(), 0, false);
  }

  /** {@return whether the application gets to see the request} */
  public boolean isAllowed() {
    return outcome.isAllowed();
  }

  /** {@return the budget that refuses for the longest, or null if none does (contract R7)} */
  public @Nullable BudgetStatus refusing() {
    BudgetStatus longest = null;
    for (int i = 0; i < budgets.size(); i++) { // asked several times for each request
      BudgetStatus budget = budgets.get(i);
      if (budget.waitMillis() > 0
          && (longest == null || budget.waitMillis() > longest.waitMillis())) {
        longest = budget;
      }
    }
    return longest;
  }

  /**
   * {@return the budget with the fewest permits left, on a tie the one that takes longer to come
   * back (contract K6), or null if there is none}
   */
  public @Nullable BudgetStatus tightest() {
    BudgetStatus tightest = null;
    for (int i = 0; i < budgets.size(); i++) {
      BudgetStatus budget = budgets.get(i);
      if (tightest == null
          || budget.remaining() < tightest.remaining()
          || (budget.remaining() == tightest.remaining()
              && budget.resetMillis() > tightest.resetMillis())) {
        tightest = budget;
      }
    }
    return tightest;
  }

  /** {@return the wait until the request would fit, in seconds, rounded up, at least 1 (R6)} */
  public long retryAfterSeconds() {
    BudgetStatus refusing = refusing();
    return refusing == null ? 1 : Math.max(1, -Math.floorDiv(-refusing.waitMillis(), 1000L));
  }
}
