package dev.weir.quota;

import dev.weir.plan.Policy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What this node itself has admitted of one subject, so that it can judge by its share while the
 * owner gives no answer (design invariant I5), and what of that the owner has not been charged for.
 * Used by many threads.
 */
final class OwnUsage {

  /** Whoever is that far back has a clock that was set. */
  private static final long STEP_MILLIS = 2_000;

  /** What the owner has not been charged for. */
  private static final class Unpaid {

    final Usage usage = Usage.decode(null);

    /** The budgets of that, by their ids. */
    final Map<Long, Demand> budgets = new HashMap<>();

    boolean paying;
  }

  /** In the stored form, since a node remembers many customers and few of them at a time change. */
  private byte @Nullable [] admitted;

  /** What was charged last and is not in that yet; null for nothing. */
  private @Nullable Demand recent;

  private long recentRequests;
  private long recentMillis;

  /** Until when more of the same is only a larger number: a fixed window is at hand. */
  private long recentEnd;

  /** Null for nothing. */
  private volatile @Nullable Unpaid unpaid;

  private long time = Long.MIN_VALUE;

  /** Lets time stand still where the owner's clock, as it is known here, is read a little less. */
  private long at(long nowMillis) {
    time = nowMillis < time - STEP_MILLIS ? nowMillis : Math.max(time, nowMillis);
    return time;
  }

  /** Notes requests that the owner was charged for. */
  synchronized void charged(Demand demand, long requests, long ownerMillis) {
    long nowMillis = at(ownerMillis);
    if (recent != null
        && recent.equals(demand)
        && nowMillis >= recentMillis
        && nowMillis < recentEnd) {
      recentRequests += requests;
      return;
    }
    storeRecent();
    recent = demand;
    recentRequests = requests;
    recentMillis = nowMillis;
    recentEnd = Long.MAX_VALUE;
    for (long end : Lease.endsAt(demand, nowMillis)) {
      recentEnd = Math.min(recentEnd, end);
    }
  }

  /** Stores what was charged last as well, and returns all that this node has admitted. */
  private Usage storeRecent() {
    Usage usage = Usage.decode(admitted);
    if (recent != null) {
      long nowMillis = usage.timeAt(recentMillis, List.of(recent));
      usage.charge(recent, recentRequests, nowMillis);
      keep(usage, nowMillis);
      recent = null;
    }
    return usage;
  }

  private void keep(Usage usage, long nowMillis) {
    usage.moveTo(nowMillis);
    admitted = usage.encode();
  }

  /** Notes that some of these were not admitted after all. */
  synchronized void refunded(Lease lease, long ownerMillis) {
    Usage usage = storeRecent();
    long nowMillis = usage.timeAt(at(ownerMillis), List.of(lease.demand()));
    usage.refund(lease.demand(), lease.held(), lease.ends(), 0, nowMillis);
    keep(usage, nowMillis);
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
    Usage usage = storeRecent();
    Unpaid owed = unpaid;
    Demand demand = Demand.of(policy);
    long nowMillis = usage.timeAt(at(ownerMillis), List.of(demand));
    Demand share = demand.dividedBy(nodes);
    long[] left = new long[demand.size()];
    long[] waits = new long[demand.size()];
    boolean fits = true;
    for (int i = 0; i < left.length; i++) {
      long period = demand.periods()[i];
      long capacity = share.capacities()[i];
      Counter own = usage.counter(share, i, nowMillis);
      left[i] = own.remaining(capacity, period);
      waits[i] = own.waitFor(demand.cost(), nowMillis, share.permits()[i], capacity, period);
      Counter last = known.counter(demand.ids()[i]);
      if (last != null) {
        Counter all = last.at(nowMillis, demand.permits()[i], period);
        long rest =
            all.remaining(demand.capacities()[i], period) - amount(owed, demand, i, nowMillis);
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
      usage.charge(share, 1, nowMillis);
      keep(usage, nowMillis);
      owe(demand, nowMillis);
    }
    BudgetStatus[] statuses = new BudgetStatus[left.length];
    for (int i = 0; i < left.length; i++) {
      long reset =
          waits[i] > 0
              ? nowMillis + waits[i]
              : usage
                  .counter(share, i, nowMillis)
                  .resetAt(nowMillis, share.permits()[i], share.periods()[i]);
      statuses[i] =
          new BudgetStatus(
              policy.budgets().get(i), left[i] - (fits ? demand.cost() : 0), reset, waits[i]);
    }
    Consumption.Verdict verdict = fits ? Consumption.Verdict.GRANTED : Consumption.Verdict.REFUSED;
    return Consumption.alone(verdict, List.of(statuses), nowMillis);
  }

  /** Returns how much of a budget is owed. */
  private static long amount(@Nullable Unpaid owed, Demand demand, int index, long nowMillis) {
    if (owed == null) {
      return 0;
    }
    long capacity = demand.capacities()[index];
    Counter counter = owed.usage.counter(demand, index, nowMillis);
    return capacity - counter.remaining(capacity, demand.periods()[index]);
  }

  private void owe(Demand demand, long nowMillis) {
    Unpaid owed = unpaid == null ? new Unpaid() : unpaid;
    owed.usage.charge(demand, 1, nowMillis);
    owed.usage.moveTo(nowMillis);
    for (int i = 0; i < demand.size(); i++) {
      owed.budgets.put(demand.ids()[i], demand.only(i, 1));
    }
    unpaid = owed;
  }

  /** Returns whether the owner is to be charged for anything. */
  boolean owes(long ownerMillis) {
    return unpaid != null && !unpaidNow(ownerMillis).isEmpty();
  }

  private synchronized List<Step.Debt> unpaidNow(long ownerMillis) {
    return debts(at(ownerMillis));
  }

  /**
   * Returns what the owner is to be charged for, unless a call with it is under way already. Tell
   * what came of that: {@link #paid}.
   */
  synchronized List<Step.Debt> pay(long ownerMillis) {
    Unpaid owed = unpaid;
    if (owed == null || owed.paying) {
      return List.of();
    }
    List<Step.Debt> debts = debts(at(ownerMillis));
    owed.paying = !debts.isEmpty();
    return debts;
  }

  /** Notes what came of {@link #pay}. What was not charged, as far as is known, is still owed. */
  synchronized void paid(List<Step.Debt> debts, boolean charged, long ownerMillis) {
    Unpaid owed = unpaid;
    if (debts.isEmpty() || owed == null) {
      return;
    }
    owed.paying = false;
    for (Step.Debt debt : debts) {
      if (charged) {
        owed.usage.refund(debt.demand(), 1, new long[] {debt.end()}, 0, at(ownerMillis));
      }
    }
  }

  private List<Step.Debt> debts(long nowMillis) {
    Unpaid owed = unpaid;
    if (owed == null) {
      return List.of();
    }
    List<Step.Debt> debts = new ArrayList<>();
    owed.budgets
        .values()
        .removeIf(
            budget -> {
              long amount = amount(owed, budget, 0, nowMillis);
              if (amount > 0) {
                long end = Lease.endOf(owed.usage.counter(budget, 0, nowMillis));
                debts.add(new Step.Debt(budget.only(0, amount), end));
              }
              return amount == 0;
            });
    if (owed.budgets.isEmpty() && !owed.paying) {
      unpaid = null;
    }
    return debts;
  }
}
