package dev.weir.quota;

import dev.weir.plan.Policy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a store answers: whether the request was granted, and how every budget stands.
 *
 * @param verdict granted, refused, or no answer
 * @param budgets in the order of the policy; empty if undecided
 * @param nowMillis the owner's clock at the decision, epoch milliseconds
 * @param degraded whether the cluster had no part in it: this node decided alone, or let the
 *     request pass uncounted, as {@link dev.weir.plan.OnFailure} says
 * @param active how many session slots are taken, or {@link #SLOTS_UNKNOWN} where the owner was not
 *     asked for one
 * @param credits how the account's credits stand, after what this request has cost; null where they
 *     are not counted, or nobody knows
 * @param lacksCredits whether there are fewer than this request costs, whatever else it lacks
 */
public record Consumption(
    Verdict verdict,
    List<BudgetStatus> budgets,
    long nowMillis,
    boolean degraded,
    long active,
    @Nullable Balance credits,
    boolean lacksCredits) {

  /** Whether the request was charged. */
  public enum Verdict {
    /** Every budget had room and was charged. */
    GRANTED,
    /** At least one budget had no room; nothing was charged. */
    REFUSED,
    /** Every budget had room, but there was no session slot; nothing was charged. */
    NO_SLOT,
    /** Every budget had room, but there were too few credits; nothing was charged. */
    NO_CREDITS,
    /** The store gave no answer in time. It may have charged; it did not refuse. */
    UNDECIDED
  }

  /** In place of a number of slots. */
  public static final long SLOTS_UNKNOWN = -1;

  /** No answer. */
  public static final Consumption UNDECIDED =
      new Consumption(Verdict.UNDECIDED, List.of(), 0, true, SLOTS_UNKNOWN, null, false);

  /**
   * Copies the list.
   *
   * @param verdict granted, refused, or no answer
   * @param budgets in the order of the policy; empty if undecided
   * @param nowMillis the owner's clock at the decision, epoch milliseconds
   * @param degraded whether the cluster had no part in it: this node decided alone, or let the
   *     request pass uncounted, as {@link dev.weir.plan.OnFailure} says
   * @param active how many session slots are taken, or {@link #SLOTS_UNKNOWN} where the owner was
   *     not asked for one
   * @param credits how the account's credits stand, after what this request has cost; null where
   *     they are not counted, or nobody knows
   * @param lacksCredits whether there are fewer than this request costs, whatever else it lacks
   */
  public Consumption {
    budgets = List.copyOf(budgets);
  }

  /**
   * Creates an answer of the store about a request without a session.
   *
   * @param verdict granted, refused, or no answer
   * @param budgets in the order of the policy; empty if undecided
   * @param nowMillis the owner's clock at the decision, epoch milliseconds
   */
  public Consumption(Verdict verdict, List<BudgetStatus> budgets, long nowMillis) {
    this(verdict, budgets, nowMillis, false, SLOTS_UNKNOWN, null, false);
  }

  /** Returns an answer that the cluster had no part in. */
  static Consumption alone(Verdict verdict, List<BudgetStatus> budgets, long nowMillis) {
    return new Consumption(verdict, budgets, nowMillis, true, SLOTS_UNKNOWN, null, false);
  }

  /** Returns the same about a request that wanted a slot. */
  Consumption withSlots(boolean none, long taken) {
    return new Consumption(
        none ? Verdict.NO_SLOT : verdict,
        budgets,
        nowMillis,
        degraded,
        taken,
        credits,
        lacksCredits);
  }

  /** Returns the same about a request that costs credits. */
  Consumption withCredits(@Nullable Balance balance, boolean lacking) {
    return new Consumption(
        lacking && verdict == Verdict.GRANTED ? Verdict.NO_CREDITS : verdict,
        budgets,
        nowMillis,
        degraded,
        active,
        balance,
        lacking);
  }

  /**
   * Reads the answer of a step: verdict ordinal, clock, then remaining, reset and wait for each
   * budget of the policy.
   */
  static Consumption decode(long[] answer, Policy policy) {
    List<BudgetStatus> budgets = new ArrayList<>(policy.budgets().size());
    for (int i = 0; i < policy.budgets().size(); i++) {
      int at = 2 + 3 * i;
      budgets.add(
          new BudgetStatus(policy.budgets().get(i), answer[at], answer[at + 1], answer[at + 2]));
    }
    return new Consumption(answer[0] == 0 ? Verdict.GRANTED : Verdict.REFUSED, budgets, answer[1]);
  }
}
