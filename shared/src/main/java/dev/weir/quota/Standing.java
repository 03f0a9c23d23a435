package dev.weir.quota;

import dev.weir.plan.Policy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of one subject, as of the last answer of its owner: what is used, what of
 * that this node holds in leases, what is refused. Changes only in that leases are spent.
 *
 * <p>All that is reported comes from here: what the owner said is used, less what this node was
 * charged for and has not spent. So one request after the other sees one permit less, whether the
 * owner, a lease or a memory of a refusal answers it (design invariant I6).
 */
final class Standing {

  static final Standing UNKNOWN = new Standing(null, 0, 0, List.of(), List.of());

  private final @Nullable SubjectGate gate;
  private final long ownerMillis;
  private final long sentNanos;
  private final Lane[] lanes;
  private final List<Lease> returning;

  /**
   * Creates a standing.
   *
   * @param gate whose standing it is, which is told what its lanes decide; null if they do not
   * @param ownerMillis what time it was at the owner when it answered
   * @param sentNanos when it was asked, so not later than that
   * @param lanes the policies that requests of the subject were judged by lately
   * @param returning closed leases that what they held is to be given back of
   */
  Standing(
      @Nullable SubjectGate gate,
      long ownerMillis,
      long sentNanos,
      List<Lane> lanes,
      List<Lease> returning) {
    this.gate = gate;
    this.ownerMillis = ownerMillis;
    this.sentNanos = sentNanos;
    this.lanes = lanes.toArray(new Lane[0]);
    this.returning = returning;
    for (Lane lane : this.lanes) {
      lane.join(this);
    }
  }

  /**
   * Reports an answer to a step that only looked.
   *
   * @param own what this node knows of the subject, whose leases are as good as not used; or null
   */
  static Consumption peeked(Policy policy, Step step, StepAnswer answer, @Nullable Standing own) {
    Demand demand = step.parts().get(0).demand();
    Counter[] counters = answer.counters()[0];
    Lane lane = new Lane(policy, demand, new Pace(0), counters, null, false, 0);
    long[] held = new long[counters.length];
    for (int i = 0; i < held.length && own != null; i++) {
      held[i] = own.held(demand.ids()[i], counters[i]);
    }
    new Standing(null, answer.nowMillis(), 0, List.of(lane), List.of());
    return lane.granted(0, held, answer.nowMillis()).withSlots(false, answer.active());
  }

  /** Reports an answer to a step of one request, of a node with no leases. */
  static Consumption asked(Policy policy, Step step, StepAnswer answer) {
    Demand demand = step.parts().get(0).demand();
    Lane lane = new Lane(policy, demand, new Pace(0), answer.counters()[0], null, false, 0);
    new Standing(null, answer.nowMillis(), 0, List.of(lane), List.of());
    Consumption refused =
        answer.granted()[0] > 0 || answer.noSlot()[0]
            ? null
            : lane.refused(null, answer.nowMillis());
    Consumption told = refused == null ? lane.granted(0, null, answer.nowMillis()) : refused;
    return step.orders().isEmpty() ? told : told.withSlots(answer.noSlot()[0], answer.active());
  }

  /** One policy, and how the subject stands under it. */
  static final class Lane {

    /** For how long it is remembered how fast requests came. */
    private static final long IDLE_NANOS = 60_000_000_000L;

    /** For how long it is remembered that they were few. */
    private static final long SLOW_IDLE_NANOS = 10_000_000_000L;

    final Policy policy;
    final Demand demand;
    final Pace pace;
    final Counter[] counters;
    final @Nullable Lease lease;

    private final boolean refused;
    private final long againNanos;

    /** The other leases of this node that hold permits of a budget of this one; null for none. */
    private @Nullable List<Lease> others;

    /** Is told what this decides; null if nothing is decided by it. */
    private @Nullable SubjectGate gate;

    private long sentNanos;
    private long ownerMillis;
    private final long lastMillis;

    /** Whether there is a newer standing, by which requests are to be decided. */
    private volatile boolean over;

    /** The refusal of this millisecond. */
    private volatile @Nullable Consumption refusal;

    /**
     * Creates a lane.
     *
     * @param counters what is used of each budget, in the order of the policy
     * @param refused whether the owner refused, so that asking again is of no use until the request
     *     fits
     * @param againNanos when to ask again nevertheless
     */
    Lane(
        Policy policy,
        Demand demand,
        Pace pace,
        Counter[] counters,
        @Nullable Lease lease,
        boolean refused,
        long againNanos) {
      this.policy = policy;
      this.demand = demand;
      this.pace = pace;
      this.counters = counters;
      this.lease = lease;
      this.refused = refused;
      this.againNanos = againNanos;
      this.lastMillis = lease == null ? Long.MAX_VALUE : lease.lastMillis();
    }

    private void join(Standing standing) {
      gate = standing.gate;
      sentNanos = standing.sentNanos;
      ownerMillis = standing.ownerMillis;
      for (Lane lane : standing.lanes) {
        if (lane != this && lane.lease != null) {
          addOther(lane.lease);
        }
      }
      standing.returning.forEach(this::addOther);
    }

    private void addOther(Lease other) {
      for (int i = 0; i < counters.length; i++) {
        if (other.permits(demand.ids()[i], counters[i]) > 0) {
          others = others == null ? new ArrayList<>(1) : others;
          others.add(other);
          return;
        }
      }
    }

    /** Returns the permits of a budget that this node holds in other leases. */
    private long elsewhere(int budget) {
      long permits = 0;
      if (others != null) {
        for (Lease other : others) {
          permits += other.permits(demand.ids()[budget], counters[budget]);
        }
      }
      return permits;
    }

    private long ownerMillisAt(long now) {
      return ownerMillis + Math.max(0, now - sentNanos) / 1_000_000;
    }

    /** Decides a request from what is known; null if the owner has to be asked. */
    @Nullable Consumption decide(long now) {
      if (gate == null) {
        return null;
      }
      if (lease != null && !lease.isOver(now)) {
        long left = lease.take();
        if (left >= 0) {
          if (lease.isLow(left, now)) {
            gate.depart();
          }
          return granted(left, now);
        }
        if (left == Lease.CLOSED) {
          return null;
        }
      }
      Consumption refusal = refusal(now);
      if (refusal != null) {
        gate.noteRefusal();
      }
      return refusal;
    }

    boolean isOver() {
      return over;
    }

    /** Returns whether there may be requests that need not go to the owner. */
    boolean mayDecide() {
      return lease != null || refused;
    }

    /**
     * Reports a request that this lane's lease was good for. The owner's clock is estimated, if
     * anything late; but the windows that the lease was charged to are not over.
     *
     * @param left how many requests this lane's lease still holds permits for
     */
    Consumption granted(long left, long now) {
      return granted(left * demand.cost(), null, Math.min(ownerMillisAt(now), lastMillis));
    }

    /** Reports as above, at the owner's time, with more permits that others got after it. */
    Consumption granted(long held, long @Nullable [] later, long nowMillis) {
      int size = demand.budgets();
      List<BudgetStatus> all;
      if (size == 1) { // with no array allocated
        all = List.of(statusOfGrant(0, held, later, nowMillis));
      } else {
        BudgetStatus[] statuses = new BudgetStatus[size];
        for (int i = 0; i < size; i++) {
          statuses[i] = statusOfGrant(i, held, later, nowMillis);
        }
        all = List.of(statuses);
      }
      Consumption granted = new Consumption(Consumption.Verdict.GRANTED, all, nowMillis);
      return demand.hasPrice() ? granted.withCredits(credits(later), false) : granted;
    }

    /** Returns how the credits stand, but for what others have paid after this request. */
    private @Nullable Balance credits(long @Nullable [] later) {
      int last = counters.length - 1;
      Counter counter =
          later == null || later[last] == 0
              ? counters[last]
              : counters[last].refunded(later[last], 1, 1);
      return counter instanceof CreditCounter credits ? credits.balance() : null;
    }

    private BudgetStatus statusOfGrant(
        int budget, long held, long @Nullable [] later, long nowMillis) {
      long unused = held + elsewhere(budget) + (later == null ? 0 : later[budget]);
      return status(budget, at(budget, nowMillis), unused, nowMillis, 0);
    }

    private Counter at(int budget, long nowMillis) {
      return counters[budget].at(nowMillis, demand.permits()[budget], demand.periods()[budget]);
    }

    private BudgetStatus status(
        int budget, Counter counter, long unused, long nowMillis, long wait) {
      long capacity = demand.capacities()[budget];
      long left;
      long reset;
      if (counter instanceof FixedWindow window) { // as below, with nothing allocated
        left = Math.max(0, capacity - Math.max(0, window.used() - unused));
        reset = window.end();
      } else {
        long permits = demand.permits()[budget];
        long period = demand.periods()[budget];
        Counter seen = unused == 0 ? counter : counter.refunded(unused, permits, period);
        left = seen.remaining(capacity, period);
        reset = seen.resetAt(nowMillis, permits, period);
      }
      return new BudgetStatus(
          policy.budgets().get(budget), left, wait > 0 ? nowMillis + wait : reset, wait);
    }

    /** Returns the refusal that holds now, or null if the owner is to be asked. */
    @Nullable Consumption refusal(long now) {
      if (!refused || now - againNanos >= 0) {
        return null;
      }
      long nowMillis = ownerMillisAt(now);
      Consumption known = refusal;
      if (known == null || known.nowMillis() != nowMillis) {
        known = refused(null, nowMillis);
        refusal = known;
      }
      // more credits may have been granted meanwhile
      return known == null || known.lacksCredits() ? null : known;
    }

    /**
     * Reports a request that was refused.
     *
     * @param later by budget, permits that others got after it; null for none
     * @return null if it would fit by now
     */
    @Nullable Consumption refused(long @Nullable [] later, long nowMillis) {
      BudgetStatus[] statuses = new BudgetStatus[demand.budgets()];
      boolean fits = true;
      boolean lacksCredits = false;
      for (int i = 0; i < counters.length; i++) {
        long permits = demand.permits()[i];
        long period = demand.periods()[i];
        Counter counter = at(i, nowMillis);
        if (later != null && later[i] > 0) {
          counter = counter.refunded(later[i], permits, period);
        }
        long wait =
            counter.waitFor(demand.cost(i), nowMillis, permits, demand.capacities()[i], period);
        if (i == statuses.length) {
          lacksCredits = wait > 0;
          continue;
        }
        long unused = wait > 0 || lease == null ? 0 : lease.held() * demand.cost();
        statuses[i] = status(i, counter, wait > 0 ? 0 : unused + elsewhere(i), nowMillis, wait);
        fits &= wait == 0;
      }
      if (fits && !lacksCredits) {
        return null;
      }
      Consumption refused =
          new Consumption(
              fits ? Consumption.Verdict.GRANTED : Consumption.Verdict.REFUSED,
              List.of(statuses),
              nowMillis);
      return demand.hasPrice() ? refused.withCredits(credits(later), lacksCredits) : refused;
    }

    /** Returns whether this says more than the owner would be asked for anyhow. */
    boolean isWorthKeeping(long now) {
      return lease != null
          || refusal(now) != null
          || !pace.isIdle(now, pace.isSlow() ? SLOW_IDLE_NANOS : IDLE_NANOS);
    }

    boolean isRefused() {
      return refused;
    }

    long againNanos() {
      return againNanos;
    }

    /** Returns whether an account has changed between the two: a budget of both differs in size. */
    boolean contradicts(Demand other) {
      for (int i = 0; i < demand.size(); i++) {
        for (int j = 0; j < other.size(); j++) {
          if (demand.ids()[i] == other.ids()[j]
              && (demand.permits()[i] != other.permits()[j]
                  || demand.capacities()[i] != other.capacities()[j])) {
            return true;
          }
        }
      }
      return false;
    }
  }

  /** Returns the lane of a policy, or null if there is none. */
  @SuppressWarnings("ReferenceEquality") // first: callers mostly come with the very same policy
  @Nullable Lane lane(Policy policy) {
    for (Lane lane : lanes) {
      if (lane.policy == policy) {
        return lane;
      }
    }
    for (Lane lane : lanes) {
      if (lane.policy.equals(policy)) {
        return lane;
      }
    }
    return null;
  }

  Lane[] lanes() {
    return lanes;
  }

  /** Has those who remember a lane of this look for it anew. */
  void end() {
    for (Lane lane : lanes) {
      lane.over = true;
    }
  }

  List<Lease> returning() {
    return returning;
  }

  /** Returns what time it is at the owner, or a little later. */
  long ownerMillisAt(long now) {
    return ownerMillis + Math.max(0, now - sentNanos) / 1_000_000;
  }

  long ownerMillis() {
    return ownerMillis;
  }

  long sentNanos() {
    return sentNanos;
  }

  /** Returns the counter of a budget as last heard of, or null. */
  @Nullable Counter counter(long budget) {
    for (Lane lane : lanes) {
      for (int i = 0; i < lane.counters.length; i++) {
        if (lane.demand.ids()[i] == budget) {
          return lane.counters[i];
        }
      }
    }
    return null;
  }

  /** Returns the permits of a budget that this node holds, of the window that a counter counts. */
  long held(long budget, Counter counter) {
    long permits = 0;
    for (Lane lane : lanes) {
      permits += lane.lease == null ? 0 : lane.lease.permits(budget, counter);
    }
    for (Lease closed : returning) {
      permits += closed.permits(budget, counter);
    }
    return permits;
  }
}
