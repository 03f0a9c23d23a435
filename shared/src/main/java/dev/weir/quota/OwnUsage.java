package dev.weir.quota;

import dev.weir.plan.Policy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What this node itself has admitted of one subject, so that it can judge by its share while the
 * owner gives no answer (design invariant I5), and what of that the owner has not been charged for.
 * Used by many threads.
 */
final class OwnUsage {

  /** Whoever is that far back has a clock that was set. */
  private static final long STEP_MILLIS = 2_000;

  private final Usage admitted = Usage.decode(null);
  private final Usage unpaid = Usage.decode(null);

  /** The budgets of what is unpaid, by their ids. */
  private final Map<Long, Demand> budgets = new HashMap<>();

  private volatile boolean indebted;
  private boolean paying;

  private long time = Long.MIN_VALUE;

  /** Lets time stand still where the owner's clock, as it is known here, is read a little less. */
  private long at(long nowMillis) {
    time = nowMillis < time - STEP_MILLIS ? nowMillis : Math.max(time, nowMillis);
    return time;
  }

  /** Notes requests that the owner was charged for. */
  synchronized void charged(Demand demand, long requests, long ownerMillis) {
    long nowMillis = at(ownerMillis);
    admitted.charge(demand, requests, nowMillis);
    admitted.moveTo(nowMillis);
  }

  /** Notes that some of these were not admitted after all. */
  synchronized void refunded(Lease lease, long ownerMillis) {
    admitted.refund(lease.demand(), lease.held(), lease.ends(), 0, at(ownerMillis));
  }

  /**
   * Judges a request by this node's share: of every limit the part that falls to one of the nodes,
   * and no more than was left when the owner last answered. Charges it here if it is granted.
   *
   * @param known what the owner last said
   * @param nodes how many share the limits, 1 or more
   * @param ownerMillis the owner's time, as far as this node knows it, epoch milliseconds
   */
  synchronized Consumption consume(Policy policy, Standing known, int nodes, long ownerMillis) {
    long nowMillis = at(ownerMillis);
    Demand demand = Demand.of(policy);
    Demand share = demand.dividedBy(nodes);
    long[] left = new long[demand.size()];
    long[] waits = new long[demand.size()];
    boolean fits = true;
    for (int i = 0; i < left.length; i++) {
      long period = demand.periods()[i];
      long capacity = share.capacities()[i];
      Counter own = admitted.counter(share, i, nowMillis);
      left[i] = own.remaining(capacity, period);
      waits[i] = own.waitFor(demand.cost(), nowMillis, share.permits()[i], capacity, period);
      Counter last = known.counter(demand.ids()[i]);
      if (last != null) {
        Counter all = last.at(nowMillis, demand.permits()[i], period);
        long rest = all.remaining(demand.capacities()[i], period) - unpaid(demand, i, nowMillis);
        left[i] = Math.max(0, Math.min(left[i], rest));
        if (rest < demand.cost()) {
          long reset = all.resetAt(nowMillis, demand.permits()[i], period) - nowMillis;
          waits[i] = Math.max(waits[i], Math.max(1, reset));
        }
      }
      waits[i] = Math.min(waits[i], period);
      fits &= waits[i] == 0;
    }
    if (fits) {
      charge(demand, share, nowMillis);
    }
    BudgetStatus[] statuses = new BudgetStatus[left.length];
    for (int i = 0; i < left.length; i++) {
      long reset =
          waits[i] > 0
              ? nowMillis + waits[i]
              : admitted
                  .counter(share, i, nowMillis)
                  .resetAt(nowMillis, share.permits()[i], share.periods()[i]);
      statuses[i] =
          new BudgetStatus(
              policy.budgets().get(i), left[i] - (fits ? demand.cost() : 0), reset, waits[i]);
    }
    Consumption.Verdict verdict = fits ? Consumption.Verdict.GRANTED : Consumption.Verdict.REFUSED;
    return new Consumption(verdict, List.of(statuses), nowMillis, true);
  }

  private long unpaid(Demand demand, int index, long nowMillis) {
    long capacity = demand.capacities()[index];
    Counter counter = unpaid.counter(demand, index, nowMillis);
    return capacity - counter.remaining(capacity, demand.periods()[index]);
  }

  private void charge(Demand demand, Demand share, long nowMillis) {
    admitted.charge(share, 1, nowMillis);
    admitted.moveTo(nowMillis);
    unpaid.charge(demand, 1, nowMillis);
    unpaid.moveTo(nowMillis);
    for (int i = 0; i < demand.size(); i++) {
      budgets.put(demand.ids()[i], demand.only(i, 1));
    }
    indebted = true;
  }

  /** Returns whether the owner is to be charged for anything. */
  boolean owes(long ownerMillis) {
    return indebted && !unpaidNow(ownerMillis).isEmpty();
  }

  private synchronized List<Step.Debt> unpaidNow(long ownerMillis) {
    return debts(at(ownerMillis));
  }

  /**
   * Returns what the owner is to be charged for, unless a call with it is under way already. Tell
   * what came of that: {@link #paid}.
   */
  synchronized List<Step.Debt> pay(long ownerMillis) {
    if (paying || !indebted) {
      return List.of();
    }
    List<Step.Debt> debts = debts(at(ownerMillis));
    paying = !debts.isEmpty();
    return debts;
  }

  /** Notes what came of {@link #pay}. What was not charged, as far as is known, is still owed. */
  synchronized void paid(List<Step.Debt> debts, boolean charged, long ownerMillis) {
    if (debts.isEmpty()) {
      return;
    }
    paying = false;
    for (Step.Debt debt : debts) {
      if (charged) {
        unpaid.refund(debt.demand(), 1, new long[] {debt.end()}, 0, at(ownerMillis));
      }
    }
  }

  private List<Step.Debt> debts(long nowMillis) {
    List<Step.Debt> debts = new ArrayList<>();
    budgets
        .values()
        .removeIf(
            budget -> {
              long amount = unpaid(budget, 0, nowMillis);
              if (amount > 0) {
                long end = Lease.endOf(unpaid.counter(budget, 0, nowMillis));
                debts.add(new Step.Debt(budget.only(0, amount), end));
              }
              return amount == 0;
            });
    indebted = !budgets.isEmpty();
    return debts;
  }
}
