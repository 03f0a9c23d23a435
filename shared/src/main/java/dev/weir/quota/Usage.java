package dev.weir.quota;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All that one subject has used: the content of one entry of a store. A working copy for one step
 * on one thread.
 *
 * <p>The entry holds usage, never limits; these come with each request. Counters that a request
 * does not ask for are carried along and dropped when they say no more than fresh ones.
 *
 * <p>Stored form, version 1: the version (1 byte), the entry's time (8 bytes), the number of
 * counters, then for each its budget id (8 bytes), its algorithm (1 byte) and its numbers, times
 * relative to the entry's; then, if anything follows, the number of {@link Lessee}s and each of
 * them, the owner that wrote it, and, if any members counted before it, the number of counters they
 * did and for each its index and the {@link Shares} of them. Bytes after that are of a later form.
 *
 * <h2>Time</h2>
 *
 * The clocks of members differ a little, so an entry's time never goes back: a clock behind it
 * counts as standing still, and no window ends twice. A clock that is far behind it says that the
 * entry was written by one that was wrong, or is wrong itself, and nobody should be refused until
 * that time comes. Then the entry starts again in the present with all that is used: logs, buckets
 * and what nodes may hold move back together, and a window far ahead counts on as the one at hand,
 * or, while leases are out, which may be of it, as the one after. What time has earned since the
 * last step is lost, and nothing is forgiven.
 *
 * <h2>Leases</h2>
 *
 * A node may be charged for requests in advance and admit them later, without asking again. That
 * keeps what each algorithm promises:
 *
 * <ul>
 *   <li>A fixed window counts what is used until its end, and a lease ends with it.
 *   <li>A token bucket with a lease out is, to the world, one with a smaller debt: less the tokens
 *       that are leased and not spent. As long as the stored debt is not less than these, no refill
 *       is lost that this other bucket would not lose as well, so whoever watches the world sees
 *       that bucket, exactly. A lease therefore ends when the stored debt, without what all nodes
 *       may hold, would be paid back; nothing is leased from a bucket that is full.
 *   <li>A sliding log promises instants, which nobody knows in advance. It is never leased.
 * </ul>
 *
 * The share that is leased shrinks with what is left, so that the number of steps in a window is
 * bounded for any limit, and what idle nodes hold is little.
 */
final class Usage {

  private static final byte VERSION = 1;

  /** The names of owners take four bytes. */
  static final int MAX_OWNER = (1 << 28) - 1;

  /**
   * Not even many sides that have all used the largest limit add up to more than can be counted.
   */
  private static final long MAX_AMOUNT = 1L << 62;

  /**
   * One counter.
   *
   * @param others what of it members have counted that owned the entry before
   */
  private record Slot(long id, byte algorithm, Counter counter, Shares others) {

    /** A window restarts only when its period is known: when a request asks for it. */
    Slot movedBack(long millis) {
      return counter instanceof FixedWindow
          ? this
          : new Slot(id, algorithm, counter.movedBack(millis), others);
    }

    Slot handedOver(int from, int to) {
      return new Slot(id, algorithm, counter, others.handedOver(from, counter.amount(), to));
    }

    Slot at(long now) {
      return counted(counter.at(now), counter.at(now));
    }

    /**
     * Returns this slot with another count.
     *
     * @param present the counter as it is: what has been refilled or forgotten since it was stored
     *     was counted by others first
     * @param next what it is to be: what was given back since was counted by others last
     */
    Slot counted(Counter present, Counter next) {
      Shares left = others.less(counter.amount() - present.amount());
      return new Slot(id, algorithm, next, left.less(left.sum() - next.amount()));
    }

    Slot mergedWith(Slot slot, int owner, long now) {
      Map<Integer, Long> shares = others.byOwner(owner, counter.amount());
      slot.others
          .byOwner(owner, slot.counter.amount())
          .forEach((member, amount) -> shares.merge(member, amount, Math::max));
      if (counter instanceof CreditCounter mine
          && slot.counter instanceof CreditCounter theirs
          && !mine.hasOrigin(theirs)) { // whose shares are of no use to each other
        return new Slot(id, algorithm, mine.mergedWith(theirs, 0, now), Shares.NONE);
      }
      long amount = shares.values().stream().reduce(0L, (x, y) -> Math.min(x + y, MAX_AMOUNT));
      return new Slot(
          id, algorithm, counter.mergedWith(slot.counter, amount, now), Shares.of(shares, owner));
    }
  }

  /** A node gets at most this part of what is left, divided by the nodes that hold leases. */
  private static final long SHARE = 8;

  /** What is less than this part of what is left is not missed elsewhere for a while. */
  private static final long TRIFLE = 64;

  /** Fewer are not worth a lease. */
  private static final long MIN_LEASE = 8;

  /** For how long a node asks for permits in advance, and gets a trifle. */
  static final long LONG_LEASE_MILLIS = 10_000;

  /** For how long it gets more than that. */
  static final long SHORT_LEASE_MILLIS = 250;

  private static final long MIN_LEASE_MILLIS = 10;

  /** For how long a call is remembered that may have cost credits, or given some back. */
  private static final long PAID_MEMORY_MILLIS = 600_000;

  /** By how much clocks of members may differ. */
  static final long MAX_SKEW_MILLIS = 2_000;

  /** How often, at least, a node asks again that was refused while leases are out. */
  private static final long AGAIN_MILLIS = 1_000;

  private final List<Slot> slots;
  private final List<Lessee> lessees;
  private final Slots sessions;

  /** Who counts; 0 in a store that has one owner only. */
  private final int owner;

  private long time;
  private boolean changed;

  private Usage(List<Slot> slots, List<Lessee> lessees, Slots sessions, int owner, long time) {
    this.slots = slots;
    this.lessees = lessees;
    this.sessions = sessions;
    this.owner = owner;
    this.time = time;
  }

  /** Reads an entry where there is one owner only. */
  static Usage decode(byte @Nullable [] stored) {
    return decode(stored, 0);
  }

  /**
   * Reads an entry.
   *
   * @param stored the stored form, or null for a subject that has used nothing
   * @param owner names the member that owns the entry now, 0 to {@link #MAX_OWNER}
   * @throws IllegalStateException if the form is of a later version than this one knows
   */
  static Usage decode(byte @Nullable [] stored, int owner) {
    if (stored == null) {
      return new Usage(new ArrayList<>(), new ArrayList<>(), new Slots(), owner, Long.MIN_VALUE);
    }
    return read(stored).ownedBy(owner);
  }

  private Usage ownedBy(int next) {
    if (next == owner) {
      return this;
    }
    slots.replaceAll(slot -> slot.handedOver(owner, next));
    return new Usage(slots, lessees, sessions, next, time);
  }

  private static Usage read(byte[] stored) {
    Decoder in = new Decoder(stored);
    byte version = in.octet();
    if (version != VERSION) {
      throw new IllegalStateException(
          "a usage entry has form %d, but this node knows form %d only"
              .formatted(version, VERSION));
    }
    long time = in.fixed();
    int size = (int) in.number();
    List<Slot> slots = new ArrayList<>(size + 2);
    for (int i = 0; i < size; i++) {
      long id = in.fixed();
      byte algorithm = in.octet();
      slots.add(new Slot(id, algorithm, Counter.read(in, algorithm, time), Shares.NONE));
    }
    List<Lessee> lessees = new ArrayList<>();
    if (in.hasMore()) {
      int nodes = in.count();
      for (int i = 0; i < nodes; i++) {
        lessees.add(Lessee.read(in, time));
      }
    }
    int owner = in.hasMore() ? (int) in.number() : 0;
    if (in.hasMore()) {
      int shared = in.count();
      for (int i = 0; i < shared; i++) {
        int index = (int) in.number();
        Slot slot = slots.get(index);
        slots.set(index, new Slot(slot.id, slot.algorithm, slot.counter, Shares.read(in)));
      }
    }
    Slots sessions = in.hasMore() ? Slots.read(in, time) : new Slots();
    return new Usage(slots, lessees, sessions, owner, time);
  }

  /**
   * Merges what the two sides of a cluster that was split hold of one subject.
   *
   * <p>Of each counter, a member has counted on one side only. What both sides hold of it is of
   * before the split, the larger amount is the newer one, and the sum over the members is what both
   * sides have counted: exactly, of windows that were only charged. What was given back on one
   * side, or refilled on both, errs towards more used, never towards less than either side has.
   *
   * @param clock the clock of the member that merges, epoch milliseconds
   * @return the stored form
   * @throws RuntimeException if one of the two cannot be read
   */
  static byte[] merge(byte[] one, byte[] other, long clock) {
    Usage left = read(one);
    Usage right = read(other);
    int owner = Math.max(left.owner, right.owner);
    left.moveBack(clock);
    right.moveBack(clock);
    long now = Math.max(left.time, right.time);
    Map<Long, Slot> slots = new TreeMap<>();
    Map<Long, Lessee> lessees = new TreeMap<>();
    Slots sessions = new Slots();
    for (Usage side : List.of(left.ownedBy(owner), right.ownedBy(owner))) {
      for (Slot slot : side.slots) {
        Slot present = slot.at(now);
        if (present.counter.amount() > 0 || present.counter instanceof CreditCounter) {
          slots.merge(slot.id, present, (mine, theirs) -> mine.mergedWith(theirs, owner, now));
        }
      }
      for (Lessee lessee : side.lessees) {
        lessees.merge(lessee.node(), lessee, BinaryOperator.maxBy(Lessee.OLDEST_FIRST));
      }
      sessions.merge(side.sessions);
    }
    sessions.forget(now);
    lessees.values().removeIf(lessee -> lessee.expires() <= now);
    return new Usage(
            List.copyOf(slots.values()), List.copyOf(lessees.values()), sessions, owner, now)
        .encode();
  }

  /**
   * Charges every budget of the demand, or none.
   *
   * @param clock the owner's clock, epoch milliseconds
   * @return the answer in the form that {@link Consumption#decode} reads; granted only if charged
   */
  long[] consume(Demand demand, long clock) {
    return step(demand, clock, true);
  }

  /** Answers as {@link #consume} for a cost of nothing; charges nothing. */
  long[] peek(Demand demand, long clock) {
    return step(demand, clock, false);
  }

  /** Returns how many session slots are taken. */
  long active(long now) {
    return sessions.active(now);
  }

  /** Returns when the last step that changed something was made, by its owner's clock. */
  long time() {
    return time;
  }

  /** Returns whether this is another usage than was read, and to be stored. */
  boolean isChanged() {
    return changed;
  }

  private long[] step(Demand demand, long clock, boolean charge) {
    long now = timeAt(clock, List.of(demand));
    int size = demand.size();
    Counter[] counters = new Counter[size];
    long[] answer = new long[2 + 3 * size];
    boolean fits = true;
    for (int i = 0; i < size; i++) {
      Counter counter = counter(demand, i).at(now, demand.permits()[i], demand.periods()[i]);
      counters[i] = counter;
      long wait =
          charge
              ? counter.waitFor(
                  demand.cost(i),
                  now,
                  demand.permits()[i],
                  demand.capacities()[i],
                  demand.periods()[i])
              : 0;
      answer[4 + 3 * i] = wait;
      fits &= wait == 0;
    }
    answer[0] = fits ? 0 : 1;
    answer[1] = now;
    for (int i = 0; i < size; i++) {
      long permits = demand.permits()[i];
      long period = demand.periods()[i];
      long wait = answer[4 + 3 * i];
      Counter counter = counters[i];
      if (fits && charge) {
        counter = counter.charged(demand.cost(i), now, permits, period);
        put(demand, i, counter, now);
      }
      answer[2 + 3 * i] = counter.remaining(demand.capacities()[i], period);
      answer[3 + 3 * i] = wait > 0 ? now + wait : counter.resetAt(now, permits, period);
    }
    if (fits && charge) {
      moveTo(now);
    }
    return answer;
  }

  private void moveBack(long clock) {
    if (time > clock + MAX_SKEW_MILLIS) {
      long back = time - clock;
      slots.replaceAll(slot -> slot.movedBack(back));
      lessees.replaceAll(lessee -> lessee.movedBack(back));
      sessions.moveBack(back);
      time = clock;
      changed = true;
    }
  }

  /**
   * Returns what time it is, after moving back to the present what a clock far ahead has written.
   *
   * @param demands what is asked for
   */
  long timeAt(long clock, List<Demand> demands) {
    moveBack(clock);
    long now = Math.max(clock, time);
    for (Demand demand : demands) {
      for (int i = 0; i < demand.size(); i++) {
        long period = demand.periods()[i];
        if (counter(demand, i) instanceof FixedWindow window && window.isFarAhead(now, period)) {
          put(demand, i, window.restarted(now, period, holding(0, now) > 0), now);
          changed = true;
        }
      }
    }
    return now;
  }

  /** Lets time pass, and forgets what is over by then. */
  void moveTo(long now) {
    changed = true;
    time = now;
    slots.removeIf(slot -> slot.counter.expiresAt() <= now);
    boolean paid = credits().balance() != null;
    lessees.removeIf(
        lessee ->
            lessee.expires() <= now && !(paid && lessee.calledAt() + PAID_MEMORY_MILLIS > now));
    sessions.forget(now);
  }

  /**
   * Does what a step asks for: takes back what it returns, then judges its requests in order, then
   * leases what is wanted if it can. Only if that changes anything is this usage to be stored.
   *
   * @param clock the owner's clock, epoch milliseconds
   */
  StepAnswer step(Step step, long clock) {
    long now = timeAt(clock, step.demands());
    Lessee known = lessee(step.node());
    if (known != null && step.sequence() <= known.sequence()) {
      return step.sequence() == known.sequence()
          ? repeated(step, known, now)
          : StepAnswer.nothing(StepAnswer.Kind.STALE, now);
    }
    if (step.deadline() != Step.NO_DEADLINE && clock >= step.deadline()) {
      return StepAnswer.nothing(StepAnswer.Kind.EXPIRED, now);
    }
    int parts = step.parts().size();
    long[] granted = new long[step.runs().length];
    boolean[] noSlot = new boolean[granted.length];
    long[] leased = new long[parts];
    long[] leaseMillis = new long[parts];
    changed |= takeBack(step, known, now);
    changed |= settle(step.debts(), now);
    for (SlotOrder order : step.orders()) {
      changed |= order.run() == SlotOrder.NO_RUN && sessions.carryOut(order, now);
    }
    for (CreditOrder order : step.credits()) {
      changed |= carryOut(order, known);
    }
    boolean refused = false;
    for (int run = 0; run < granted.length; run++) {
      Demand demand = step.parts().get(step.runs()[run]).demand();
      granted[run] = Math.min(step.counts()[run], room(demand, now));
      SlotOrder asked = step.slotOf(run);
      if (asked != null && granted[run] > 0) {
        if (sessions.hasRoom(asked, now)) {
          changed |= sessions.carryOut(asked, now);
        } else {
          granted[run] = 0;
          noSlot[run] = true;
        }
      }
      charge(demand, granted[run], now);
      changed |= granted[run] > 0;
      refused |= granted[run] < step.counts()[run] && !noSlot[run];
    }
    long holding = step.holding();
    for (int part = 0; part < parts && step.node() != 0; part++) {
      Demand demand = step.parts().get(part).demand();
      lease(step, part, holding, now, leased, leaseMillis);
      charge(demand, leased[part], now);
      changed |= leased[part] > 0;
      holding += leased[part] * demand.cost();
    }
    Counter[][] counters = counters(step, now, refused);
    if (changed && step.node() != 0) {
      long[] memory = memory(StepAnswer.codes(granted, noSlot), leased, leaseMillis);
      remember(new Lessee(step.node(), step.sequence(), now, holding, memory));
    }
    if (changed) {
      moveTo(now);
    }
    long again = refused ? againMillis(step.node(), now) : 0;
    return new StepAnswer(
        StepAnswer.Kind.DONE,
        changed,
        now,
        now,
        again,
        granted,
        noSlot,
        leased,
        leaseMillis,
        counters,
        sessions.active(now),
        step.credits().isEmpty() ? null : credits().balance());
  }

  /** Returns how many requests fit. */
  private long room(Demand demand, long now) {
    long room = Long.MAX_VALUE;
    for (int i = 0; i < demand.size(); i++) {
      Counter counter = counter(demand, i, now);
      long period = demand.periods()[i];
      long capacity = demand.capacities()[i];
      long cost = demand.cost(i);
      if (cost > 0) {
        room = Math.min(room, counter.remaining(capacity, period) / cost);
      } else if (counter.waitFor(cost, now, demand.permits()[i], capacity, period) > 0) {
        room = 0; // nobody has told yet how many credits there are
      }
    }
    return room;
  }

  /** Carries an order out. Returns whether anything is different now, or has to be remembered. */
  private boolean carryOut(CreditOrder order, @Nullable Lessee known) {
    CreditCounter present = credits();
    Balance told = order.balance();
    Counter next =
        order.kind() == CreditOrder.Kind.TELL
            ? told == null ? present : present.told(told, owner)
            : present.refunded(order.refundFor(known), 1, 1);
    if (!next.equals(present)) {
      put(Demand.CREDITS_ID, Demand.CREDITS, present, next);
    }
    // a call that is undone must not be carried out later on
    return !next.equals(present) || order.kind() == CreditOrder.Kind.UNDO;
  }

  /** Returns the credits, as far as anybody has told. */
  CreditCounter credits() {
    for (Slot slot : slots) {
      if (slot.counter instanceof CreditCounter credits) {
        return credits;
      }
    }
    return CreditCounter.UNKNOWN;
  }

  /** Charges requests, whether there is room for them or not. */
  void charge(Demand demand, long requests, long now) {
    for (int i = 0; i < demand.size() && requests > 0; i++) {
      long permits = demand.permits()[i];
      long period = demand.periods()[i];
      put(
          demand,
          i,
          counter(demand, i, now).charged(requests * demand.cost(i), now, permits, period),
          now);
    }
  }

  /**
   * Takes back what a node gives back, where the windows it was charged to are still the same. A
   * node that is not known to hold that much is not believed.
   */
  private boolean takeBack(Step step, @Nullable Lessee known, long now) {
    long returned = 0;
    for (Step.Part part : step.parts()) {
      returned += part.returned() * part.demand().cost();
    }
    if (returned == 0 || known == null || returned > known.holding() - step.holding()) {
      return false;
    }
    long elsewhere = holding(step.node(), now) + step.holding();
    for (Step.Part part : step.parts()) {
      if (part.returned() > 0) {
        refund(part.demand(), part.returned(), part.ends(), elsewhere, now);
      }
    }
    return true;
  }

  /** Gives permits of requests back, where the windows they were charged to are still the same. */
  void refund(Demand demand, long requests, long[] ends, long elsewhere, long now) {
    for (int i = 0; i < demand.size(); i++) {
      Counter counter = counter(demand, i, now);
      if (Lease.endOf(counter) == ends[i]) {
        long amount = requests * demand.cost();
        put(
            demand,
            i,
            refunded(counter, amount, elsewhere, demand.permits()[i], demand.periods()[i]),
            now);
      }
    }
  }

  /**
   * Charges what was admitted without being charged, unless its window is over; one that has not
   * begun by this clock is the one at hand by another. In a window that may be more than there is
   * room for; a bucket or a log is no more than full, so that it has room again after a period.
   */
  private boolean settle(List<Step.Debt> debts, long now) {
    boolean changed = false;
    for (Step.Debt debt : debts) {
      Demand demand = debt.demand();
      Counter counter = counter(demand, 0, now);
      long period = demand.periods()[0];
      long amount =
          counter instanceof FixedWindow
              ? demand.cost()
              : Math.min(demand.cost(), counter.remaining(demand.capacities()[0], period));
      if (amount > 0 && Lease.endOf(counter) <= debt.end()) {
        put(demand, 0, counter.charged(amount, now, demand.permits()[0], period), now);
        changed = true;
      }
    }
    return changed;
  }

  /** What others hold is never refilled before they have spent it or given it back. */
  private static Counter refunded(
      Counter counter, long amount, long elsewhere, long permits, long period) {
    if (counter instanceof TokenBucket bucket) {
      long free = Math.max(0, bucket.debt() / period - elsewhere);
      return bucket.refunded(Math.min(amount, free), permits, period);
    }
    return counter.refunded(amount, permits, period);
  }

  private void lease(
      Step step, int part, long holding, long now, long[] leased, long[] leaseMillis) {
    Demand demand = step.parts().get(part).demand();
    long wanted = step.parts().get(part).wanted();
    if (wanted < MIN_LEASE || demand.hasPrice()) { // credits are never spent but by a request
      return;
    }
    long elsewhere = holding(step.node(), now);
    long nodes = 1;
    for (Lessee lessee : lessees) {
      nodes += isOut(lessee, step.node(), now) ? 1 : 0;
    }
    long room = room(demand, now);
    long trifle = Math.min(wanted, room / (TRIFLE * nodes));
    long share = Math.min(wanted * SHORT_LEASE_MILLIS / LONG_LEASE_MILLIS, room / (SHARE * nodes));
    long count = Math.max(trifle, share);
    long millis = trifle >= share ? LONG_LEASE_MILLIS : SHORT_LEASE_MILLIS;
    for (int i = 0; i < demand.size(); i++) {
      Counter counter = counter(demand, i, now);
      long end =
          switch (demand.algorithms()[i]) {
            case Demand.FIXED -> counter.resetAt(now, demand.permits()[i], demand.periods()[i]);
            case Demand.TOKEN_BUCKET ->
                refunded(
                            counter,
                            Math.min(elsewhere + holding, demand.capacities()[i]),
                            0,
                            demand.permits()[i],
                            demand.periods()[i])
                        .resetAt(now, demand.permits()[i], demand.periods()[i])
                    // not the millisecond in which the rest of a token is refilled
                    - 1;
            default -> now;
          };
      millis = Math.min(millis, end - now);
    }
    if (count >= MIN_LEASE && millis >= MIN_LEASE_MILLIS) {
      leased[part] = count;
      leaseMillis[part] = millis;
    }
  }

  private Counter[][] counters(Step step, long now, boolean refused) {
    Counter[][] counters = new Counter[step.parts().size()][];
    for (int part = 0; part < counters.length; part++) {
      Demand demand = step.parts().get(part).demand();
      counters[part] = new Counter[demand.size()];
      for (int i = 0; i < demand.size(); i++) {
        Counter counter = counter(demand, i, now);
        counters[part][i] = counter instanceof SlidingLog log && !refused ? log.summary() : counter;
      }
    }
    return counters;
  }

  private static long[] memory(long[] granted, long[] leased, long[] leaseMillis) {
    long[] memory = Arrays.copyOf(granted, granted.length + 2 * leased.length);
    for (int i = 0; i < leased.length; i++) {
      memory[granted.length + 2 * i] = leased[i];
      memory[granted.length + 2 * i + 1] = leaseMillis[i];
    }
    return memory;
  }

  /** Answers a call that has run before as it was answered then; what is left may have changed. */
  private StepAnswer repeated(Step step, Lessee known, long now) {
    int runs = step.runs().length;
    int parts = step.parts().size();
    if (known.memory().length != runs + 2 * parts) {
      return StepAnswer.nothing(StepAnswer.Kind.STALE, now);
    }
    long[] granted = Arrays.copyOf(known.memory(), runs);
    boolean[] noSlot = StepAnswer.readCodes(granted, step);
    long[] leased = new long[parts];
    long[] leaseMillis = new long[parts];
    for (int i = 0; i < parts; i++) {
      leased[i] = known.memory()[runs + 2 * i];
      leaseMillis[i] = known.memory()[runs + 2 * i + 1];
    }
    long again = againMillis(step.node(), now);
    Counter[][] counters = counters(step, now, true);
    return new StepAnswer(
        StepAnswer.Kind.DONE,
        false,
        now,
        known.calledAt(),
        again,
        granted,
        noSlot,
        leased,
        leaseMillis,
        counters,
        sessions.active(now),
        step.credits().isEmpty() ? null : credits().balance());
  }

  private @Nullable Lessee lessee(long node) {
    for (Lessee lessee : lessees) {
      if (lessee.node() == node) {
        return lessee;
      }
    }
    return null;
  }

  private void remember(Lessee newest) {
    lessees.removeIf(lessee -> lessee.node() == newest.node());
    lessees.add(newest);
  }

  private static boolean isOut(Lessee lessee, long but, long now) {
    return lessee.node() != but && lessee.holding() > 0 && lessee.expires() > now;
  }

  /** Returns how many permits nodes but this one may hold. */
  private long holding(long but, long now) {
    long holding = 0;
    for (Lessee lessee : lessees) {
      holding += isOut(lessee, but, now) ? lessee.holding() : 0;
    }
    return holding;
  }

  private long againMillis(long node, long now) {
    long again = 0;
    for (Lessee lessee : lessees) {
      if (isOut(lessee, node, now)) {
        long until = Math.min(lessee.expires() - now, AGAIN_MILLIS);
        again = again == 0 ? until : Math.min(again, until);
      }
    }
    return again;
  }

  /** Returns what is used of a budget of the demand. */
  Counter counter(Demand demand, int index, long now) {
    return counter(demand, index).at(now, demand.permits()[index], demand.periods()[index]);
  }

  private Counter counter(Demand demand, int index) {
    for (Slot slot : slots) {
      if (slot.id == demand.ids()[index]) {
        return slot.counter;
      }
    }
    return Counter.unused(demand.algorithms()[index]);
  }

  private void put(Demand demand, int index, Counter counter, long now) {
    put(demand.ids()[index], demand.algorithms()[index], counter(demand, index, now), counter);
  }

  private void put(long id, byte algorithm, Counter present, Counter next) {
    for (int i = 0; i < slots.size(); i++) {
      Slot slot = slots.get(i);
      if (slot.id == id) {
        slots.set(i, slot.counted(slot.others.isEmpty() ? slot.counter : present, next));
        return;
      }
    }
    slots.add(new Slot(id, algorithm, next, Shares.NONE));
  }

  /** Returns the stored form. */
  byte[] encode() {
    Encoder out = new Encoder().octet(VERSION).fixed(time).number(slots.size());
    for (Slot slot : slots) {
      out.fixed(slot.id).octet(slot.algorithm);
      slot.counter.write(out, time);
    }
    int shared = 0;
    for (Slot slot : slots) {
      shared += slot.others.isEmpty() ? 0 : 1;
    }
    boolean owned = owner != 0 || shared > 0 || !sessions.isEmpty();
    if (!lessees.isEmpty() || owned) {
      out.number(lessees.size());
      lessees.forEach(lessee -> lessee.write(out, time));
    }
    if (owned) {
      out.number(owner);
    }
    if (shared > 0 || !sessions.isEmpty()) {
      out.number(shared);
      for (int i = 0; i < slots.size(); i++) {
        if (!slots.get(i).others.isEmpty()) {
          slots.get(i).others.write(out.number(i));
        }
      }
    }
    if (!sessions.isEmpty()) {
      sessions.write(out, time);
    }
    return out.toBytes();
  }

  /**
   * Returns how long the entry is worth keeping, in milliseconds from now on. Until then it also
   * holds the clock in place where that has stepped back behind the entry's time.
   *
   * @param clock the clock of the step just made
   */
  long lifeMillis(long clock) {
    long last = Math.max(time, sessions.lastExpiry());
    for (Slot slot : slots) {
      last = Math.max(last, slot.counter.expiresAt());
    }
    return Math.max(0, last - clock);
  }
}
