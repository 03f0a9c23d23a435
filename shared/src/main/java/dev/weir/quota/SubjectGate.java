package dev.weir.quota;

import static dev.weir.quota.SlotOrder.Kind.BIND;
import static dev.weir.quota.SlotOrder.Kind.END;
import static dev.weir.quota.SlotOrder.Kind.RELEASE;

import dev.weir.plan.Policy;
import dev.weir.quota.Standing.Lane;
import dev.weir.quota.Statistics.Source;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Where the requests of one subject on this node meet: answers what it can from what the node
 * knows, and for the rest has at most one call under way to the owner of the subject's entry.
 * Requests that arrive meanwhile ride on the next call, in the order they came.
 *
 * <p>Whoever gets {@link #state} from resting to flying has the gate to itself, until the call has
 * landed: it alone closes leases and publishes a new {@link Standing}. Nobody ever waits for it but
 * the requests it flies for, so that an answer may be taken in on a thread of Hazelcast.
 */
final class SubjectGate {

  /** What a gate needs of its store. Used by many threads. */
  interface Courier {

    /** Returns nanoseconds of a clock that never steps back. */
    long nanoTime();

    /** Returns what time it is where an owner has not said so yet, epoch milliseconds. */
    long millis();

    /** Returns a policy as numbers: for a policy met before, if that can be, the same. */
    Demand demandOf(Policy policy);

    /** Returns a number higher than all before. */
    long nextSequence();

    /**
     * Has a thread of the store run {@link SubjectGate#fly} soon, or {@link SubjectGate#ground}.
     */
    void dispatch(SubjectGate gate);

    /** Has a gate looked after until it is not {@link SubjectGate#isBusy} any more. */
    void watch(SubjectGate gate);

    /** Asks the owner of an entry; tells the flight that it has landed, or failed. */
    void send(Flight flight);

    /** Has credits given back, by whatever gate there is for the subject. */
    void refund(byte[] entry, long amount);

    /** Notes how the credits of a subject stand. Waits for nobody. */
    void noted(byte[] entry, Balance balance);

    /** Notes what requests were decided by, other than the owner. */
    void decided(Source by, long requests);

    /** Notes that a call was answered, and the owner's clock, epoch milliseconds. */
    void answered(Flight flight, long ownerMillis);

    /** Notes that a call was not answered in time. */
    void lost(Flight flight);
  }

  private static final int RESTING = 0;
  private static final int FLYING = 1;
  private static final int RETIRED = 2;

  /** On one call. */
  private static final int MAX_REQUESTS = 1_000;

  /**
   * On one call, and waiting for one; of more, the oldest are forgotten, and their slots free by
   * their time.
   */
  private static final int MAX_ORDERS = 1_000;

  /** On one call; each is a policy, so there are rarely more than a few. */
  private static final int MAX_RUNS = 64;

  /** As many as most calls have. */
  private static final int FEW_RUNS = 4;

  private static final int MAX_LANES = 64;

  /** As many as most calls carry. */
  private static final int FEW_WAITERS = 2;

  /** For how long a node tells how credits stand without asking. */
  private static final long CREDITS_KNOWN_NANOS = 1_000_000_000;

  /**
   * What is to be done about a slot.
   *
   * @param done completes when it is
   */
  private record Order(SlotOrder slot, CompletableFuture<@Nullable Void> done) {}

  /**
   * What is to be done about credits.
   *
   * @param done completes when it is
   */
  private record Due(CreditOrder order, CompletableFuture<@Nullable Void> done) {

    static Due of(CreditOrder order) {
      return new Due(order, new CompletableFuture<>());
    }
  }

  /** A request that waits for its answer. */
  static final class Waiter extends CompletableFuture<Consumption> {

    private final Policy policy;
    private final @Nullable SlotOrder slot;

    /** Whether this node knew the answer after all; may be read once there is one. */
    private boolean local;

    Waiter(Policy policy, @Nullable SlotOrder slot) {
      this.policy = policy;
      this.slot = slot;
    }

    private void tellLocal(Consumption answer) {
      local = true;
      complete(answer);
    }

    boolean isLocal() {
      return local;
    }
  }

  // No AtomicReference: the collector has to look wherever an old object is given a new one
  private static final AtomicReferenceFieldUpdater<SubjectGate, @Nullable Flight> FLIGHT =
      AtomicReferenceFieldUpdater.newUpdater(SubjectGate.class, Flight.class, "flight");

  private final byte[] entry;
  private final long node;
  private final Courier courier;
  private final OwnUsage own;
  private final AtomicInteger state = new AtomicInteger(RESTING);

  /** Those who wait for the next call, in the order they came; null for nobody. Guarded by this. */
  private @Nullable Deque<Waiter> waiters;

  /** What is to be done about session slots, in order. */
  private final Deque<Order> orders = new ConcurrentLinkedDeque<>();

  /** What is to be done about credits, in order. Guarded by itself. */
  private final Deque<Due> credits = new ArrayDeque<>();

  /** Credits to be given back, beside those. Guarded by {@link #credits}. */
  private long refunds;

  /**
   * Slots that this node has given away on its own and the owner does not know of; its own lock.
   */
  private final Set<Long> alone = new HashSet<>();

  /** How many slots were taken when the owner last said so. */
  private volatile long active;

  private volatile Standing standing = Standing.UNKNOWN;

  private volatile boolean surrendering;

  /** The call under way. Whoever takes it from here, since it landed or got lost, has the gate. */
  private volatile @Nullable Flight flight;

  /**
   * Creates a gate.
   *
   * @param entry the key of the subject's entry
   * @param node names this node to the owner; 0 if this gate is for one call only
   * @param own what this node itself has admitted of the subject
   */
  SubjectGate(byte[] entry, long node, Courier courier, OwnUsage own) {
    this.entry = entry;
    this.node = node;
    this.courier = courier;
    this.own = own;
  }

  /** Returns what this node knows of the subject right now. */
  Standing standing() {
    return standing;
  }

  byte[] entry() {
    return entry;
  }

  // --- on the threads of requests
  // ------------------------------------------------------------------

  /** Decides from what this node knows; null if the owner has to be asked. */
  @Nullable Consumption decide(Policy policy) {
    Lane lane = standing.lane(policy);
    return lane == null ? null : lane.decide(courier.nanoTime());
  }

  /** Notes that a request was refused from memory. */
  void noteRefusal() {
    courier.decided(Source.REFUSAL, 1);
  }

  /**
   * Has a request ride on the next call. Returns null if this gate is retired: take another.
   *
   * @param slot what it wants as well, or null
   */
  @Nullable Waiter queue(Policy policy, @Nullable SlotOrder slot) {
    Waiter waiter = new Waiter(policy, slot);
    enqueue(waiter);
    if (!depart() && state.get() == RETIRED) {
      return null;
    }
    return waiter;
  }

  private synchronized void enqueue(Waiter waiter) {
    Deque<Waiter> queue = waiters;
    if (queue == null) {
      queue = new ArrayDeque<>(FEW_WAITERS);
      waiters = queue;
    }
    queue.addLast(waiter);
  }

  /** Takes the one off the queue who has waited longest; returns null if nobody waits. */
  private synchronized @Nullable Waiter dequeue() {
    Deque<Waiter> queue = waiters;
    Waiter first = queue == null ? null : queue.pollFirst();
    if (queue != null && queue.isEmpty()) {
      waiters = null; // however long it was, nothing of it is kept
    }
    return first;
  }

  private synchronized boolean isAwaited() {
    return waiters != null;
  }

  /** Returns the refusal of a request that wants a slot as well, if it is sure to be refused. */
  private @Nullable Consumption refusal(Policy policy) {
    Lane lane = standing.lane(policy);
    return lane == null || lane.lease != null ? null : lane.decide(courier.nanoTime());
  }

  /**
   * Has something done about a slot.
   *
   * @return completes when it is done; null if this gate is retired: take another
   */
  @Nullable CompletableFuture<@Nullable Void> order(SlotOrder order) {
    Order queued = new Order(order, new CompletableFuture<>());
    synchronized (alone) {
      if (order.kind() == BIND && alone.remove(order.name())) {
        alone.add(order.id());
      } else if (order.kind() == RELEASE || order.kind() == END) {
        alone.remove(order.name());
      }
      orders.addLast(queued);
      if (orders.size() > MAX_ORDERS) {
        told(orders.removeFirst().slot);
      }
    }
    return depart() || state.get() != RETIRED ? queued.done : null;
  }

  /**
   * Tells the owner what is stored of the account's credits, or how many more were granted.
   *
   * @return completes when it is told; null if this gate is retired: take another
   */
  @Nullable CompletableFuture<@Nullable Void> tell(Balance balance) {
    Due due = Due.of(CreditOrder.tell(balance));
    synchronized (credits) {
      credits.addLast(due);
    }
    return depart() || state.get() != RETIRED ? due.done : null;
  }

  /** Gives credits back. Returns false if this gate is retired: take another. */
  boolean refund(long amount) {
    synchronized (credits) {
      refunds += amount;
    }
    if (depart() || state.get() != RETIRED) {
      return true;
    }
    synchronized (credits) {
      refunds -= amount;
    }
    return false;
  }

  private boolean owesCredits() {
    synchronized (credits) {
      return refunds > 0 || !credits.isEmpty();
    }
  }

  /** Forgets that the owner was to be told of a slot. */
  private void told(SlotOrder order) {
    synchronized (alone) {
      alone.remove(order.kind() == BIND ? order.id() : order.name());
    }
  }

  /**
   * Gives a slot away without the owner, which gives no answer, if this node's part of them and
   * what was left when it last answered have room. It is told later.
   *
   * @param nodes how many nodes share the slots
   */
  boolean openAlone(SlotOrder slot, int nodes) {
    long share = Math.min(Math.max(1, slot.limit() / nodes), slot.limit() - active);
    synchronized (alone) {
      return alone.contains(slot.name())
          || alone.contains(slot.id())
          || (alone.size() < share && alone.add(slot.name()));
    }
  }

  /** Takes such a slot back, of a request that is refused for another reason. */
  void closeAlone(SlotOrder slot) {
    synchronized (alone) {
      alone.remove(slot.name());
    }
  }

  /** Returns whether this gate lasts longer than one call. */
  boolean isRemembered() {
    return node != 0;
  }

  /**
   * Decides without the owner, which gives no answer.
   *
   * @param nodes how many nodes share the limits
   */
  Consumption decideAlone(Policy policy, int nodes) {
    Standing known = standing;
    return own.consume(policy, known, nodes, ownerMillis(known));
  }

  /** Returns whether the owner is to be charged for what was admitted without it. */
  boolean owes() {
    return own.owes(ownerMillis());
  }

  OwnUsage own() {
    return own;
  }

  /** Returns what time it is at the owner, as far as this node knows. */
  long ownerMillis() {
    return ownerMillis(standing);
  }

  private long ownerMillis(Standing known) {
    return known == Standing.UNKNOWN ? courier.millis() : known.ownerMillisAt(courier.nanoTime());
  }

  /** Gives a call up that has been under way for that long. Whoever flew is undecided. */
  void expire(long nanos) {
    Flight late = flight;
    if (late != null && courier.nanoTime() - late.now >= nanos && late.take()) {
      courier.lost(late);
      late.lose();
    }
  }

  /** Has a call made of what is waiting and what is due; returns false if that goes on already. */
  boolean depart() {
    if (state.get() == RESTING && state.compareAndSet(RESTING, FLYING)) {
      courier.dispatch(this);
      return true;
    }
    return false;
  }

  // --- on the thread that sweeps
  // -------------------------------------------------------------------

  /** Sees to it that leases that are over are given back. */
  void sweep() {
    Standing known = standing;
    long now = courier.nanoTime();
    boolean due = !known.returning().isEmpty() || !orders.isEmpty() || own.owes(ownerMillis(known));
    due |= owesCredits();
    for (Lane lane : known.lanes()) {
      due |= lane.lease != null && lane.lease.isOver(now);
    }
    if (due) {
      depart();
    }
  }

  /** Notes how many more requests have taken from leases. Any thread may. */
  void countLeases() {
    count(standing);
  }

  private void count(Standing known) {
    for (Lane lane : known.lanes()) {
      if (lane.lease != null) {
        courier.decided(Source.LEASE, lane.lease.uncounted());
      }
    }
  }

  /** Returns whether somebody has to look after it: a call is under way, or it holds something. */
  boolean isBusy() {
    return state.get() == FLYING || holdsAnything();
  }

  /** Returns whether there is something to be given back or to be told, now or later. */
  private boolean holdsAnything() {
    Standing known = standing;
    for (Lane lane : known.lanes()) {
      if (lane.lease != null) {
        return true;
      }
    }
    return !known.returning().isEmpty() || !orders.isEmpty() || owesCredits();
  }

  /**
   * Retires this gate, for good, if it remembers nothing and nobody needs it.
   *
   * @param idleNanos for how long at most it remembers, after the owner was asked, more than leases
   *     and what is due
   */
  boolean retire(long idleNanos) {
    Standing known = standing;
    long now = courier.nanoTime();
    if (!known.returning().isEmpty() || !orders.isEmpty() || hasOpenedAlone() || owesCredits()) {
      return false;
    }
    for (Lane lane : known.lanes()) {
      if (lane.lease != null || (!lane.pace.isIdle(now, idleNanos) && lane.isWorthKeeping(now))) {
        return false;
      }
    }
    if (isAwaited() || !state.compareAndSet(RESTING, RETIRED)) {
      return false;
    }
    known.end(); // its successor decides
    return true;
  }

  private boolean hasOpenedAlone() {
    synchronized (alone) {
      return !alone.isEmpty();
    }
  }

  /** Gives back all leases, as the last thing. Returns whether there are none (any more). */
  boolean surrender() {
    surrendering = true;
    boolean holds = holdsAnything();
    if (holds) {
      depart();
    }
    return !holds && state.get() != FLYING;
  }

  // --- of whoever has the gate
  // ---------------------------------------------------------------------

  /** Makes one call of what is waiting and what is due, if there is any. */
  void fly() {
    Flight next = new Flight(standing, courier.nanoTime());
    boolean loaded = false;
    try {
      board(next);
      loaded = true;
    } finally {
      if (!loaded) {
        next.putBack();
      }
    }
    if (next.step().isEmpty()) {
      next.abandon(List.of());
      land();
      return;
    }
    flight = next;
    if (!next.isRequestsOnly()) {
      courier.watch(this);
    }
    courier.send(next);
  }

  private void board(Flight next) {
    next.takeOrders(); // first, so that what frees a reservation never flies with it
    next.takeCredits();
    Waiter waiter;
    while (next.hasRoom() && (waiter = dequeue()) != null) {
      if (!waiter.isDone()) {
        Consumption local = waiter.slot == null ? decide(waiter.policy) : refusal(waiter.policy);
        if (local == null) {
          next.board(waiter);
        } else {
          waiter.tellLocal(local);
        }
      }
    }
    next.load();
  }

  /** Calls the flight off that has not begun: those who wait for it are undecided. */
  void ground() {
    Waiter waiter;
    while ((waiter = dequeue()) != null) {
      waiter.complete(Consumption.UNDECIDED);
    }
    land();
  }

  private void land() {
    state.set(RESTING);
    if (holdsAnything()) {
      courier.watch(this);
    }
    if (isAwaited()) {
      depart();
    }
  }

  /** Replaces what is known, and has those who remember a lane look for it here again. */
  private void publish(long ownerMillis, long sentNanos, List<Lane> lanes, List<Lease> returning) {
    standing.end(); // first, so that nobody is decided by the older one after somebody by the newer
    standing = new Standing(this, ownerMillis, sentNanos, lanes, List.copyOf(returning));
  }

  /** Lands a call that was answered: the next one may go at once, whatever is due. */
  private void landWell() {
    land();
    if (!orders.isEmpty() || owesCredits()) {
      depart();
    }
  }

  /** One call, from its making to its answer. */
  final class Flight {

    private final Standing known;
    private final long now;
    private final List<Lane> lanes = new ArrayList<>();
    private final List<Waiter> boarded = new ArrayList<>();
    private int[] runs = new int[FEW_RUNS];
    private long[] counts = new long[FEW_RUNS];
    private int runCount;

    /** The slots that requests of runs want as well. */
    private final List<SlotOrder> asked = new ArrayList<>();

    /** Leases that this call gives back. */
    private final List<Lease> returned = new ArrayList<>();

    /** What this call has done about slots, apart from what its requests want. */
    private final List<Order> ordered = new ArrayList<>();

    /** What this call does about credits, apart from what its requests cost. */
    private final List<Due> due = new ArrayList<>();

    private List<Step.Debt> debts = List.of();

    private @Nullable Step step;

    /** Who was asked; of the courier. */
    @Nullable Owner owner;

    Flight(Standing known, long now) {
      this.known = known;
      this.now = now;
    }

    void takeOrders() {
      Order order;
      while (ordered.size() < MAX_ORDERS && (order = orders.pollFirst()) != null) {
        ordered.add(order);
      }
    }

    void takeCredits() {
      synchronized (credits) {
        due.addAll(credits);
        credits.clear();
        if (refunds > 0) {
          due.add(Due.of(CreditOrder.refund(refunds)));
          refunds = 0;
        }
      }
    }

    boolean hasRoom() {
      return boarded.size() < MAX_REQUESTS && runCount < MAX_RUNS;
    }

    byte[] entry() {
      return entry;
    }

    Step step() {
      if (step == null) {
        throw new IllegalStateException("not loaded yet");
      }
      return step;
    }

    void board(Waiter waiter) {
      int part = part(waiter.policy);
      if (runCount == 0 || runs[runCount - 1] != part || waiter.slot != null || lastAsks()) {
        if (runCount == runs.length) {
          runs = Arrays.copyOf(runs, 2 * runCount);
          counts = Arrays.copyOf(counts, 2 * runCount);
        }
        runs[runCount] = part;
        runCount++;
      }
      counts[runCount - 1]++;
      if (waiter.slot != null) {
        asked.add(waiter.slot.on(runCount - 1));
      }
      boarded.add(waiter);
    }

    private boolean lastAsks() {
      return !asked.isEmpty() && asked.get(asked.size() - 1).run() == runCount - 1;
    }

    private int part(Policy policy) {
      for (int i = 0; i < lanes.size(); i++) {
        if (lanes.get(i).policy.equals(policy)) {
          return i;
        }
      }
      Lane lane = known.lane(policy);
      if (lane == null) {
        Demand demand = courier.demandOf(policy);
        lane = new Lane(policy, demand, new Pace(now), new Counter[0], null, false, now);
      }
      lanes.add(lane);
      return lanes.size() - 1;
    }

    /** Decides what is given back and what is asked for in advance, and makes the step of it. */
    void load() {
      int waiting = lanes.size();
      for (Lane lane : known.lanes()) {
        if (lane.lease != null && (surrendering || lane.lease.isOver(now) || isSuperseded(lane))) {
          giveBack(lane.lease);
        }
      }
      known.returning().forEach(this::giveBack);
      for (int i = 0; i < waiting; i++) {
        makeRoom(lanes.get(i), requests(i));
      }
      for (Lane lane : known.lanes()) {
        if (lane.lease != null
            && !lane.lease.isClosed()
            && !lanes.contains(lane)
            && lane.lease.isLow(lane.lease.held(), now)) {
          lanes.add(lane);
        }
      }
      List<Step.Part> parts = new ArrayList<>();
      for (int i = 0; i < lanes.size(); i++) {
        Lane lane = lanes.get(i);
        parts.add(new Step.Part(lane.demand, wanted(lane, requests(i)), 0, new long[0]));
      }
      for (Lease lease : returned) {
        if (lease.held() > 0) {
          parts.add(new Step.Part(lease.demand(), 0, lease.held(), lease.ends()));
        }
      }
      debts = own.pay(ownerMillis(known));
      List<SlotOrder> all = asked;
      if (!ordered.isEmpty()) {
        all = new ArrayList<>();
        for (Order one : ordered) {
          all.add(one.slot);
        }
        all.addAll(asked);
      }
      boolean nothing = parts.isEmpty() && debts.isEmpty() && all.isEmpty() && due.isEmpty();
      step =
          new Step(
              node,
              nothing ? 0 : courier.nextSequence(),
              holding(),
              parts,
              Arrays.copyOf(runs, runCount),
              Arrays.copyOf(counts, runCount),
              debts,
              all,
              due.isEmpty() ? List.of() : due.stream().map(Due::order).toList(),
              Step.NO_DEADLINE);
    }

    /** Returns whether all it is about is requests, each of which notices if no answer comes. */
    boolean isRequestsOnly() {
      return !boarded.isEmpty()
          && ordered.isEmpty()
          && due.isEmpty()
          && debts.isEmpty()
          && returned.isEmpty();
    }

    /** Returns when it was begun, nanoseconds of the courier. */
    long begunNanos() {
      return now;
    }

    /** Returns whether it has landed or was given up. */
    boolean isOver() {
      return flight != this;
    }

    /** Returns whether nobody else has taken the call's end for his to handle. */
    private boolean take() {
      return FLIGHT.compareAndSet(SubjectGate.this, this, null);
    }

    /**
     * Takes the owner's answer in; that of a call that was given up comes too late.
     *
     * @throws RuntimeException if the answer makes no sense; those who flew are undecided then
     */
    void landed(byte[] answer) {
      if (!take()) {
        return;
      }
      StepAnswer read;
      try {
        read = StepAnswer.decode(answer, step());
      } catch (RuntimeException malformed) {
        lose();
        throw malformed;
      }
      if (read.kind() == StepAnswer.Kind.STALE) {
        lose();
        throw new IllegalStateException("a later call of this node came first");
      }
      courier.answered(this, read.nowMillis());
      List<Runnable> news = List.of();
      if (read.kind() == StepAnswer.Kind.EXPIRED) {
        abandon(returned); // the owner's clock is not what it was thought to be: once more
        boarded.forEach(SubjectGate.this::enqueue);
      } else {
        news = land(read);
      }
      landWell();
      news.forEach(Runnable::run);
    }

    /** Leaves those undecided who fly: nobody knows what became of the call. */
    void fail() {
      if (take()) {
        lose();
      }
    }

    private void lose() {
      abandon(List.of());
      CreditOrder undo = CreditOrder.undo(step());
      if (undo != null) { // nobody was let through by it
        synchronized (credits) {
          credits.addLast(Due.of(undo));
          if (credits.size() > MAX_ORDERS) { // no owner remembers a call that is so old
            credits.stream()
                .filter(due -> due.order.kind() == CreditOrder.Kind.UNDO)
                .findFirst()
                .ifPresent(credits::remove);
          }
        }
      }
      SubjectGate.this.land();
      boarded.forEach(waiter -> waiter.complete(Consumption.UNDECIDED));
    }

    private boolean isSuperseded(Lane lane) {
      return lanes.stream().anyMatch(other -> other != lane && other.contradicts(lane.demand));
    }

    private long requests(int part) {
      long requests = 0;
      for (int run = 0; run < runCount; run++) {
        requests += runs[run] == part ? counts[run] : 0;
      }
      return requests;
    }

    private void giveBack(Lease lease) {
      lease.close();
      if (!returned.contains(lease)) {
        returned.add(lease);
      }
    }

    /** What this node holds under other policies must not be what a request is refused for. */
    private void makeRoom(Lane lane, long requests) {
      Demand demand = lane.demand;
      for (int i = 0; i < demand.size(); i++) {
        Counter last = known.counter(demand.ids()[i]);
        if (last == null) {
          continue;
        }
        long permits = demand.permits()[i];
        long period = demand.periods()[i];
        Counter counter = last.at(known.ownerMillisAt(now), permits, period);
        if (counter.remaining(demand.capacities()[i], period) < requests * demand.cost(i)) {
          for (Lane other : known.lanes()) {
            if (other.lease != null && other.lease.permits(demand.ids()[i], counter) > 0) {
              giveBack(other.lease);
            }
          }
        }
      }
    }

    private long wanted(Lane lane, long requests) {
      long spent = lane.lease == null ? 0 : lane.lease.spent();
      lane.pace.count(spent + requests, now);
      if (surrendering || lane.demand.hasPrice()) {
        return 0;
      }
      boolean early =
          lane.lease != null
              && !lane.lease.isOver(now)
              && lane.lease.held() <= lane.lease.size() / 4;
      return lane.pace.wanted(early);
    }

    private long holding() {
      long holding = 0;
      for (Lane lane : known.lanes()) {
        if (lane.lease != null && !lane.lease.isClosed()) {
          holding += lane.lease.held() * lane.demand.cost();
        }
      }
      return holding;
    }

    /** Publishes what is known now. Returns what tells those who flew, to be run after landing. */
    private List<Runnable> land(StepAnswer answer) {
      long arrived = courier.nanoTime();
      account(answer);
      active = answer.active();
      note(answer);
      ordered.forEach(order -> SubjectGate.this.told(order.slot));
      List<Lane> next = new ArrayList<>();
      List<Lease> returning = new ArrayList<>();
      for (Lane lane : known.lanes()) {
        int part = lanes.indexOf(lane);
        if (part < 0 && isSuperseded(lane)) {
          continue;
        }
        Lane renewed = renew(lane, part, answer, arrived, returning);
        if (next.size() < MAX_LANES && (part >= 0 || renewed.isWorthKeeping(arrived))) {
          next.add(renewed);
        } else if (renewed.lease != null && renewed.lease.close() > 0) {
          returning.add(renewed.lease);
        }
      }
      List<Lane> flown = new ArrayList<>();
      for (int part = 0; part < lanes.size(); part++) {
        Lane lane = lanes.get(part);
        Lane renewed = find(next, lane.policy);
        if (renewed == null) {
          renewed = renew(lane, part, answer, arrived, returning);
          next.add(renewed);
        }
        flown.add(renewed);
      }
      publish(answer.nowMillis(), now, next, returning);
      count(known); // who is not in the next one is closed, or empty
      List<Runnable> news = tell(flown, answer);
      ordered.forEach(order -> news.add(() -> order.done.complete(null)));
      due.forEach(order -> news.add(() -> order.done.complete(null)));
      return news;
    }

    /** Notes what this node was charged for, and what of that it gave back. */
    private void account(StepAnswer answer) {
      long nowMillis = answer.nowMillis();
      own.paid(debts, true, nowMillis);
      for (int part = 0; part < lanes.size(); part++) {
        long admitted = answer.leased()[part];
        for (int run = 0; run < runCount; run++) {
          admitted += runs[run] == part ? answer.granted()[run] : 0;
        }
        if (admitted > 0
            && !lanes.get(part).demand.hasPrice()) { // these are never let through alone
          own.charged(lanes.get(part).demand, admitted, nowMillis);
        }
      }
      for (Lease lease : returned) {
        own.refunded(lease, nowMillis);
      }
    }

    /** Passes on how the credits stand now. */
    private void note(StepAnswer answer) {
      Balance balance = answer.balance();
      for (Counter[] counters : answer.counters()) {
        if (counters.length > 0 && counters[counters.length - 1] instanceof CreditCounter credits) {
          balance = credits.balance();
        }
      }
      if (balance != null) {
        courier.noted(entry, balance);
      }
    }

    private static @Nullable Lane find(List<Lane> all, Policy policy) {
      for (Lane lane : all) {
        if (lane.policy.equals(policy)) {
          return lane;
        }
      }
      return null;
    }

    private Lane renew(
        Lane lane, int part, StepAnswer answer, long arrived, List<Lease> returning) {
      Counter[] counters = part >= 0 ? answer.counters()[part] : newest(lane, answer);
      Lease lease = lane.lease;
      if (lease != null && returned.contains(lease)) {
        lease = null;
      }
      long leased = part < 0 ? 0 : answer.leased()[part];
      if (leased > 0) {
        long[] ends = Lease.endsAt(lane.demand, answer.chargedMillis());
        long left = 0;
        if (lease != null) {
          left = lease.close();
          if (left > 0 && (lease.isOver(arrived) || !lease.isWithin(ends))) {
            returning.add(lease);
            left = 0;
          }
        }
        lane.pace.leased(leased);
        lease =
            new Lease(
                lane.demand, ends, left + leased, now, answer.leaseMillis()[part] * 1_000_000);
      } else if (lease != null && part >= 0) {
        lease.exhausted();
        lease = lease.held() == 0 ? null : lease;
      }
      boolean judged = part >= 0 && requests(part) > 0;
      boolean refused = judged ? refused(part, answer) : lane.isRefused() && returned.isEmpty();
      long again = !judged ? lane.againNanos() : now + againNanos(lane, answer);
      return new Lane(lane.policy, lane.demand, lane.pace, counters, lease, refused, again);
    }

    /** A refusal says how the credits stand, so that it is not good for long where they count. */
    private static long againNanos(Lane lane, StepAnswer answer) {
      if (answer.againMillis() > 0) {
        return answer.againMillis() * 1_000_000;
      }
      return lane.demand.hasPrice() ? CREDITS_KNOWN_NANOS : Long.MAX_VALUE / 2;
    }

    /**
     * The counters of a lane that did not fly, as the answer has them of lanes that did; the others
     * go back with the owner's clock.
     */
    private Counter[] newest(Lane lane, StepAnswer answer) {
      Counter[] counters = lane.counters.clone();
      long back = known.ownerMillisAt(now) - answer.nowMillis();
      for (int i = 0; i < counters.length && back > Usage.MAX_SKEW_MILLIS; i++) {
        counters[i] = counters[i].movedBack(back);
      }
      for (int part = 0; part < answer.counters().length; part++) {
        long[] ids = step().parts().get(part).demand().ids();
        for (int i = 0; i < ids.length; i++) {
          for (int j = 0; j < counters.length; j++) {
            if (lane.demand.ids()[j] == ids[i]) {
              counters[j] = answer.counters()[part][i];
            }
          }
        }
      }
      return counters;
    }

    private boolean refused(int part, StepAnswer answer) {
      for (int run = runCount - 1; run >= 0; run--) {
        if (runs[run] == part && !answer.noSlot()[run]) {
          return answer.granted()[run] < counts[run];
        }
      }
      return false;
    }

    private List<Runnable> tell(List<Lane> flown, StepAnswer answer) {
      long[] later = new long[lanes.size()];
      for (int run = 0; run < runCount; run++) {
        later[runs[run]] += answer.granted()[run];
      }
      List<Runnable> news = new ArrayList<>(boarded.size());
      int next = 0;
      for (int run = 0; run < runCount; run++) {
        Lane lane = flown.get(runs[run]);
        for (long i = 0; i < counts[run]; i++) {
          Waiter waiter = boarded.get(next++);
          boolean granted = i < answer.granted()[run];
          if (granted) {
            later[runs[run]]--;
          }
          boolean noSlot = answer.noSlot()[run];
          Consumption judged =
              told(lane, granted || noSlot, later(lane, later), answer.nowMillis());
          Consumption told =
              judged == null || waiter.slot == null
                  ? judged
                  : judged.withSlots(noSlot, answer.active());
          if (told == null) {
            enqueue(waiter); // a repeated answer, and meanwhile something was given back
          } else {
            long price = granted ? waiter.policy.price() : 0;
            news.add(
                () -> {
                  if (!waiter.complete(told) && price > 0) {
                    courier.refund(entry, price); // it waited too long, and was turned away
                  }
                });
          }
        }
      }
      return news;
    }

    private static @Nullable Consumption told(
        Lane lane, boolean granted, long[] later, long nowMillis) {
      long held = lane.lease == null ? 0 : lane.lease.held() * lane.demand.cost();
      return granted ? lane.granted(held, later, nowMillis) : lane.refused(later, nowMillis);
    }

    /** Returns, by budget, the permits that were charged in this call to requests further back. */
    private long[] later(Lane lane, long[] requests) {
      long[] permits = new long[lane.demand.size()];
      for (int part = 0; part < requests.length; part++) {
        Demand other = lanes.get(part).demand;
        for (int j = 0; j < other.size() && requests[part] > 0; j++) {
          for (int i = 0; i < permits.length; i++) {
            if (lane.demand.ids()[i] == other.ids()[j]) {
              permits[i] += requests[part] * other.cost(j);
            }
          }
        }
      }
      return permits;
    }

    /** Has what this call was to do about slots and credits done by the next one. */
    private void putBack() {
      for (int i = ordered.size() - 1; i >= 0; i--) {
        orders.addFirst(ordered.get(i)); // done twice is done once
      }
      long sequence = step == null ? 0 : step.sequence();
      synchronized (credits) {
        for (int i = due.size() - 1; i >= 0; i--) {
          Due again = due.get(i);
          credits.addFirst(new Due(again.order.triedBy(sequence), again.done));
        }
      }
    }

    /**
     * Forgets the leases that were to be given back, since they may have been, and those that are
     * closed, since what they held may have moved on: nothing comes back twice.
     *
     * @param returning those that were certainly not given back
     */
    private void abandon(List<Lease> returning) {
      long nowMillis = ownerMillis(known);
      own.paid(debts, false, nowMillis);
      putBack();
      if (returned.isEmpty()) {
        return;
      }
      if (returning.isEmpty()) {
        returned.forEach(lease -> own.refunded(lease, nowMillis));
      }
      count(known); // as many as took from those, which are closed
      List<Lane> next = new ArrayList<>();
      for (Lane lane : known.lanes()) {
        boolean lost = lane.lease == null || lane.lease.isClosed() || returned.contains(lane.lease);
        next.add(
            new Lane(
                lane.policy,
                lane.demand,
                lane.pace,
                lane.counters,
                lost ? null : lane.lease,
                false,
                lane.againNanos()));
      }
      publish(known.ownerMillis(), known.sentNanos(), next, returning);
    }
  }
}
