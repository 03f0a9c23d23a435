package dev.weir.socket;

import dev.weir.plan.Budget;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.quota.BudgetStatus;
import dev.weir.quota.Consumption;
import java.util.List;

/**
 * Permits of one kind, messages or bytes, that a node has taken for messages to come. They were
 * charged to windows that are not over, and are worth nothing afterwards: what all nodes spend in a
 * window never exceeds its limit, whoever dies. Not for more than one thread at a time.
 */
final class Purse {

  /** {@link #waitFor} cannot tell: the cluster has to be asked. */
  static final long UNKNOWN = -1;

  /** A slice is this part of a window's permits: so much of it at most is in the wrong hands. */
  private static final int SLICES = 16;

  /** For how long nothing is asked when nobody has answered. */
  private static final long NO_ANSWER_NANOS = 100_000_000;

  /** For how long permits are good that no window was charged for. */
  private static final long UNCOUNTED_NANOS = 100_000_000;

  private List<Budget> budgets;
  private OnFailure onFailure;
  private long capacity;

  private long held;
  private long endMillis;
  private long goodUntil;

  /** Whether the windows had no more than {@link #left} for anybody, until {@link #dryUntil}. */
  private boolean dry;

  private long left;
  private long dryUntil;

  /** Whether the cluster is being asked. */
  boolean asking;

  Purse(List<Budget> budgets, OnFailure onFailure) {
    this.budgets = budgets;
    this.onFailure = onFailure;
    this.capacity = capacityOf(budgets);
  }

  private static long capacityOf(List<Budget> budgets) {
    return budgets.stream().mapToLong(budget -> budget.limit().permits()).min().orElse(0);
  }

  /** Goes by other budgets from now on; what was charged to the ones before is let go. */
  void change(List<Budget> newBudgets, OnFailure newOnFailure) {
    onFailure = newOnFailure;
    if (!budgets.equals(newBudgets)) {
      budgets = newBudgets;
      capacity = capacityOf(newBudgets);
      held = 0;
      dry = false;
    }
  }

  /** Returns whether there is nothing to count. */
  boolean isEndless() {
    return budgets.isEmpty();
  }

  /** Returns how long the longest window is. */
  long periodNanos() {
    return budgets.stream()
        .mapToLong(budget -> budget.limit().periodMillis() * 1_000_000)
        .max()
        .orElse(0);
  }

  /** Returns how many permits a window has. */
  long capacity() {
    return capacity;
  }

  /**
   * Returns 0 if there are so many permits, or in how many nanoseconds there may be, at least 1, or
   * {@link #UNKNOWN}.
   */
  long waitFor(long permits, long now) {
    if (budgets.isEmpty()) {
      return 0;
    }
    if (now - goodUntil >= 0) {
      held = 0;
    }
    if (dry && now - dryUntil >= 0) {
      dry = false;
    }
    if (held >= permits) {
      return 0;
    }
    if (dry && permits - held > left) {
      return dryUntil - now;
    }
    if (permits > capacity) {
      return Math.max(1, goodUntil - now); // never fits; the next one may
    }
    return UNKNOWN;
  }

  /** Takes permits that {@link #waitFor} has found. */
  void take(long permits) {
    held -= budgets.isEmpty() ? 0 : permits;
  }

  /** Returns whether to ask for more before somebody has to wait for it. */
  boolean isLow(long now) {
    return !budgets.isEmpty() && !dry && !asking && now - goodUntil < 0 && held < slice() / 2;
  }

  private long slice() {
    return Math.max(1, capacity / SLICES);
  }

  /** Returns what to ask the cluster for, so that a message that needs so many permits fits. */
  Policy request(long permits) {
    long wanted = Math.max(permits - held, slice());
    long most = Math.min(capacity, Policy.MAX_COST);
    return new Policy(
        budgets, Math.max(1, Math.min(wanted, dry ? Math.min(left, most) : most)), onFailure);
  }

  /** Returns whether such a policy is still what is asked by. */
  boolean asksFor(Policy policy) {
    return budgets.equals(policy.budgets());
  }

  /**
   * Takes an answer in.
   *
   * @param policy what was asked for
   * @param askedNanos when, so not later than it was charged
   * @return whether it came in time: permits whose window is over already are worth nothing
   */
  boolean answered(Policy policy, Consumption answer, long askedNanos, long now) {
    switch (answer.verdict()) {
      case GRANTED -> granted(policy.cost(), answer, askedNanos);
      case REFUSED, NO_SLOT, NO_CREDITS -> {
        long fewest = Long.MAX_VALUE;
        long wait = 1;
        for (BudgetStatus status : answer.budgets()) {
          fewest = Math.min(fewest, status.remaining());
        }
        for (BudgetStatus status : answer.budgets()) { // as long as no more than that is left
          wait = status.remaining() == fewest ? Math.max(wait, status.waitMillis()) : wait;
        }
        dry(Math.min(fewest, policy.cost() - 1), now + wait * 1_000_000);
      }
      case UNDECIDED -> dry(0, now + NO_ANSWER_NANOS);
    }
    return dry || now - goodUntil < 0;
  }

  private void granted(long permits, Consumption answer, long askedNanos) {
    long end = Long.MAX_VALUE;
    for (BudgetStatus status : answer.budgets()) {
      end = Math.min(end, status.resetMillis());
    }
    // The owner's clock is cut to milliseconds: up to one more may have gone by there.
    long until =
        end == Long.MAX_VALUE
            ? askedNanos + UNCOUNTED_NANOS
            : askedNanos + (end - answer.nowMillis() - 1) * 1_000_000;
    boolean sameWindow = end == endMillis && end != Long.MAX_VALUE;
    held = permits + (sameWindow ? held : 0);
    goodUntil = sameWindow && goodUntil - until > 0 ? goodUntil : until;
    endMillis = end;
    if (dry) {
      left = Math.max(0, left - permits);
    }
  }

  private void dry(long newLeft, long until) {
    dry = true;
    left = newLeft;
    dryUntil = until;
  }

  /** Returns when what is held is worth nothing any more, or when the next permits may be had. */
  long turn() {
    return dry && dryUntil - goodUntil > 0 ? dryUntil : goodUntil;
  }
}
