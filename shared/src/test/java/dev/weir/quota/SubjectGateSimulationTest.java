package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.Algorithm;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.quota.Consumption.Verdict;
import dev.weir.quota.Standing.Lane;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Several nodes, the owner of one entry and the network between them, on one simulated clock: what
 * is admitted is what the world sees, at the moment it sees it, whoever said so. Calls take their
 * time, some run twice, some answers are lost, nodes fall silent. Every run is replayed by its
 * seed.
 */
class SubjectGateSimulationTest {

  private static final long START = 1_711_454_400_000L;

  private static final long NOW = -1;

  /** Happens while the next call is being put together. */
  private Runnable meanwhile = () -> {};

  /** A node, with its own gate to the subject. */
  private final class Node implements SubjectGate.Courier {

    private final SubjectGate gate;
    private final Map<Policy, @Nullable Lane> lanes = new HashMap<>();
    private long sequence;
    private @Nullable Balance noted;

    Node(long id) {
      gate = new SubjectGate(new byte[16], id, this, new OwnUsage());
    }

    @Override
    public void decided(Statistics.Source by, long requests) {}

    @Override
    public long nanoTime() {
      return now * 1_000_000;
    }

    @Override
    public Demand demandOf(Policy policy) {
      Runnable first = meanwhile;
      meanwhile = () -> {};
      first.run();
      return Demand.of(policy);
    }

    @Override
    public long nextSequence() {
      return ++sequence;
    }

    @Override
    public void dispatch(SubjectGate same) {
      at(now + random.nextInt(2), same::fly);
    }

    @Override
    public void watch(SubjectGate same) {}

    @Override
    public long millis() {
      return now;
    }

    @Override
    public void answered(SubjectGate.Flight flight, long ownerMillis) {}

    @Override
    public void refund(byte[] entry, long amount) {
      assertThat(gate.refund(amount)).isTrue(); // gates of a simulation do not retire
    }

    @Override
    public void noted(byte[] entry, Balance balance) {
      noted = balance;
    }

    @Override
    public void lost(SubjectGate.Flight flight) {
      lost++;
    }

    @Override
    public void send(SubjectGate.Flight flight) {
      if (silent) {
        return;
      }
      Step step = Step.decode(flight.step().encode());
      at(
          now + random.nextInt(maxDelay + 1),
          () -> {
            calls++;
            long first = now;
            byte[] before = entry;
            byte[] answer = runAtOwner(step);
            boolean decided = entry != before;
            if (random.nextInt(1_000) < twicePerMille) {
              // the answer gets lost, and the call runs again: other nodes may come in between
              at(
                  now + random.nextInt(2 * maxDelay + 1),
                  () -> answer(flight, runAtOwner(step), decided ? first : now));
            } else {
              answer(flight, answer, first);
            }
          });
    }

    private void answer(SubjectGate.Flight flight, byte[] answer, long first) {
      boolean missing = random.nextInt(1_000) < lostPerMille;
      at(
          now + random.nextInt(maxDelay + 1),
          () -> {
            if (missing) {
              flight.fail();
            } else {
              decidedAt = first;
              flight.landed(answer);
              decidedAt = NOW;
            }
          });
    }

    /** Decides by the lane of the request before, as long as there is no newer one. */
    private @Nullable Consumption decide(Policy policy) {
      Lane known = lanes.get(policy);
      if (known == null || known.isOver()) {
        known = gate.standing().lane(policy);
        lanes.put(policy, known);
      }
      assertThat(known).isSameAs(gate.standing().lane(policy)); // I6: what others see as well
      return known == null ? null : known.decide(nanoTime());
    }

    /** Makes a request that waits no longer than the deadline for the owner. */
    void requestWithin(Policy policy, long deadline) {
      Consumption local = decide(policy);
      if (local != null) {
        note(policy, local, now);
        return;
      }
      SubjectGate.Waiter waiter = gate.queue(policy, null);
      long asked = now;
      boolean[] over = new boolean[1];
      waiting.add(
          waiter.thenAccept(
              answer -> {
                if (!over[0] && answer.verdict() != Verdict.UNDECIDED) {
                  over[0] = true;
                  note(policy, answer, decidedAt == NOW ? now : decidedAt);
                }
              }));
      at(
          asked + deadline,
          () -> {
            if (!over[0]) {
              over[0] = true;
              gate.expire(deadline * 1_000_000);
              waiter.complete(Consumption.UNDECIDED);
              Consumption alone = gate.decideAlone(policy, nodeCount);
              assertThat(alone.degraded()).isTrue();
              note(policy, alone, now);
            }
          });
    }

    /** Makes a request; what becomes of it is noted when it does. */
    void request(Policy policy) {
      Consumption local = decide(policy);
      if (local != null) {
        assertOfThisWindow(local);
        note(policy, local, now);
        return;
      }
      waiting.add(
          gate.queue(policy, null)
              .thenAccept(answer -> note(policy, answer, decidedAt == NOW ? now : decidedAt)));
    }

    /**
     * Makes a request that costs credits, of an application that gives some of them back. It waits
     * no longer than the deadline for the owner.
     */
    void pay(Policy policy, long deadline) {
      Consumption local = decide(policy);
      if (local != null) {
        assertThat(local.verdict()).isEqualTo(Verdict.REFUSED);
        return;
      }
      SubjectGate.Waiter waiter = gate.queue(policy, null);
      waiting.add(
          waiter
              .exceptionally(cancelled -> Consumption.UNDECIDED)
              .thenAccept(
                  answer -> {
                    if (answer.verdict() == Verdict.GRANTED) {
                      granted++;
                      paid += policy.price();
                      if (random.nextInt(5) == 0) {
                        paid -= policy.price();
                        at(now + random.nextInt(50), () -> refund(new byte[16], policy.price()));
                      }
                    } else if (answer.verdict() == Verdict.NO_CREDITS) {
                      withoutCredits++;
                    }
                  }));
      at(
          now + deadline,
          () -> {
            if (!waiter.isDone()) {
              gate.expire(deadline * 1_000_000);
              waiter.cancel(false);
            }
          });
    }

    /** Opens a session, which is created or not, and ends after a while at some node. */
    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for what is ordered
    void session(Policy policy, long id, int slots, List<Node> all) {
      long token = -id;
      waiting.add(
          gate.queue(policy, SlotOrder.reserve(token, 0, slots, GRACE))
              .thenAccept(
                  answer -> {
                    note(policy, answer, decidedAt == NOW ? now : decidedAt);
                    switch (answer.verdict()) {
                      case GRANTED -> live(id, token, slots, all);
                      case UNDECIDED -> gate.order(SlotOrder.release(token));
                      case NO_SLOT -> withoutSlot++;
                      case REFUSED, NO_CREDITS -> {}
                    }
                  }));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // as above
    private void live(long id, long token, int slots, List<Node> all) {
      sessions++;
      assertThat(sessions).isLessThanOrEqualTo(slots);
      boolean created = random.nextInt(4) > 0;
      long answered = now + random.nextInt(300);
      at(
          answered,
          () -> {
            sessions -= created ? 0 : 1;
            gate.order(created ? SlotOrder.bind(token, id, GRACE) : SlotOrder.release(token));
          });
      if (created) {
        Node other = all.get(random.nextInt(all.size()));
        at(
            answered + random.nextInt(700),
            () -> {
              sessions--;
              other.gate.order(SlotOrder.end(id));
            });
      }
    }
  }

  private record Event(long at, long order, Runnable work) {}

  private record Admission(long at, long cost) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (a, b) -> a.at == b.at ? Long.compare(a.order, b.order) : Long.compare(a.at, b.at));
  private final Map<Long, List<Admission>> admitted = new HashMap<>();
  private final List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private Random random = new Random();
  private byte[] entry;
  private long now = START;
  private long order;

  /** When the owner decided what is just being taken in. */
  private long decidedAt = NOW;

  /** By how much the owner's clock is wrong. */
  private long ahead;

  /** Whether the owner's clock was ever another than everybody's. */
  private boolean skewed;

  private int maxDelay = 3;
  private int twicePerMille;
  private int lostPerMille;
  private int calls;
  private int granted;
  private int refused;

  /** Calls that were given up. */
  private int lost;

  /** Those that run now, or are about to be created. */
  private int sessions;

  /** What requests have paid that were let through, but for what came back. */
  private long paid;

  private int withoutCredits;

  /** Requests that were refused for want of a slot. */
  private int withoutSlot;

  /** Whether the owner answers no calls. */
  private boolean silent;

  private int nodeCount;

  /** How many members own the entry by turns. */
  private int owners = 1;

  /** How some of these store it, if not all as this version does. */
  private @Nullable UnaryOperator<byte[]> earlierForm;

  private void at(long time, Runnable work) {
    events.add(new Event(time, order++, work));
  }

  private byte[] runAtOwner(Step step) {
    Usage usage = Usage.decode(entry, random.nextInt(owners));
    StepAnswer answer = usage.step(step, now + ahead);
    if (answer.changed()) {
      entry = usage.encode();
      if (earlierForm != null && random.nextBoolean()) {
        entry = earlierForm.apply(entry);
      }
    }
    return answer.encode();
  }

  /**
   * Notes what became of a request.
   *
   * @param at when that was decided: here, or at the owner, where a call that runs a second time is
   *     not decided again
   */
  private void note(Policy policy, Consumption consumption, long at) {
    switch (consumption.verdict()) {
      case GRANTED -> {
        granted++;
        for (Budget budget : policy.budgets()) {
          admitted
              .computeIfAbsent(budget.id(), id -> new ArrayList<>())
              .add(new Admission(at, policy.cost()));
        }
      }
      case REFUSED -> refused++;
      default -> {} // nobody knows whether it was charged
    }
  }

  /** What is granted here and now is told with the end of the window that it is taken from. */
  private void assertOfThisWindow(Consumption local) { // R4
    for (BudgetStatus status : local.budgets()) {
      Limit limit = status.budget().limit();
      if (!skewed && local.verdict() == Verdict.GRANTED && limit.algorithm() == Algorithm.FIXED) {
        assertThat(status.resetMillis()).isEqualTo(FixedWindow.endAt(now, limit.periodMillis()));
      }
    }
  }

  private void run(long until) {
    while (!events.isEmpty() && events.peek().at <= until) {
      Event event = events.poll();
      now = event.at;
      event.work.run();
    }
    now = until;
    assertThat(waiting).noneMatch(CompletableFuture::isCompletedExceptionally);
  }

  private List<Node> nodes(int count) {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(new Node(i + 1));
    }
    return nodes;
  }

  private void sweepEvery(long millis, List<Node> nodes, long until) {
    for (long time = START; time < until; time += millis) {
      for (Node node : nodes) {
        at(time, node.gate::sweep);
      }
    }
  }

  // --- what each algorithm promises to the world
  // ------------------------------------------------------

  private void assertPromised(Limit limit, long id) {
    List<Admission> all = new ArrayList<>(admitted.getOrDefault(id, List.of()));
    all.sort(Comparator.comparingLong(Admission::at));
    switch (limit.algorithm()) {
      case FIXED ->
          assertThat(byWindow(limit, id).values()).allMatch(used -> used <= limit.permits());
      case SLIDING_LOG -> assertInAnyInterval(all, limit.periodMillis(), limit.permits());
      case TOKEN_BUCKET -> assertBucket(all, limit);
    }
  }

  private Map<Long, Long> byWindow(Limit limit, long id) {
    Map<Long, Long> windows = new TreeMap<>();
    for (Admission admission : admitted.getOrDefault(id, List.of())) {
      windows.merge(Math.floorDiv(admission.at, limit.periodMillis()), admission.cost, Long::sum);
    }
    return windows;
  }

  private static void assertInAnyInterval(List<Admission> all, long length, long most) {
    int first = 0;
    long sum = 0;
    for (Admission last : all) {
      sum += last.cost;
      while (all.get(first).at <= last.at - length) {
        sum -= all.get(first++).cost;
      }
      assertThat(sum).isLessThanOrEqualTo(most);
    }
  }

  private static void assertBucket(List<Admission> all, Limit limit) {
    long period = limit.periodMillis();
    long full = limit.capacity() * period;
    long level = full;
    long last = START;
    for (Admission admission : all) {
      level = Math.min(full, level + (admission.at - last) * limit.permits());
      last = admission.at;
      level -= admission.cost * period;
      assertThat(level).as("at %d", admission.at - START).isNotNegative();
    }
  }

  // --- the runs
  // ---------------------------------------------------------------------------------------

  private static final String[] LIMITS = {
    "1000/2s",
    "5000/10s",
    "300/second",
    "800/2s token-bucket",
    "3000/10s token-bucket burst 500",
    "400/2s sliding-log",
    "100000/minute",
    "60000/minute token-bucket",
    "20000/3s"
  };

  static LongStream seeds() {
    return LongStream.rangeClosed(1, Integer.getInteger("seeds", 40));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void no_promise_is_broken_whatever_nodes_calls_and_answers_do(long seed) { // I1, R2
    List<Policy> policies = anything(seed);

    assertThat(granted).isPositive();
    for (Policy policy : policies) {
      for (Budget budget : policy.budgets()) {
        assertPromised(budget.limit(), budget.id());
      }
    }
  }

  private static final long GRACE = 300_000;

  @ParameterizedTest
  @MethodSource("seeds")
  void no_session_is_over_the_limit_and_none_leaves_its_slot_taken(long seed) { // K2, K9, I10
    random = new Random(seed);
    maxDelay = 1 + random.nextInt(20);
    twicePerMille = random.nextInt(100);
    lostPerMille = random.nextInt(50);
    owners = 3;
    int slots = 1 + random.nextInt(10);
    List<Node> nodes = nodes(1 + random.nextInt(4));
    List<Policy> policies = List.of(policy(), policy("100000/minute"), policy("20/second"));
    sweepEvery(100, nodes, START + 10_000);
    for (int i = 1; i <= 400; i++) {
      long id = i;
      Policy policy = policies.get(random.nextInt(policies.size()));
      Node node = nodes.get(random.nextInt(nodes.size()));
      at(
          START + random.nextInt(6_000),
          () -> {
            node.session(policy, id, slots, nodes);
            if (!policy.budgets().isEmpty()) {
              node.request(policy);
            }
          });
    }

    run(START + 10_000);

    assertThat(granted).isPositive();
    assertThat(withoutSlot).isPositive();
    assertThat(Usage.decode(entry).active(now)).isZero();
    for (Policy policy : policies) {
      for (Budget budget : policy.budgets()) {
        assertPromised(budget.limit(), budget.id());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for what is told
  void credits_are_charged_once_for_what_is_let_through_and_never_overdrawn(long seed) { // C5, I2
    random = new Random(seed);
    maxDelay = 1 + random.nextInt(20);
    twicePerMille = random.nextInt(100);
    lostPerMille = random.nextInt(50);
    owners = 3;
    long initial = random.nextLong(50, 1_000);
    List<Node> nodes = nodes(1 + random.nextInt(4));
    List<Policy> policies =
        List.of(
            new Policy(List.of(), 1, OnFailure.LOCAL, 1, initial),
            new Policy(policy("100/second").budgets(), 1, OnFailure.LOCAL, 3, initial),
            new Policy(
                policy("100/second", "a:9/second").budgets(), 1, OnFailure.LOCAL, 7, initial));
    sweepEvery(100, nodes, START + 12_000);
    at(START, () -> nodes.get(0).gate.tell(new Balance(initial, 0, 1, 0)));
    at(START + 3_000, () -> nodes.get(0).gate.tell(new Balance(initial + 100, 0, 2, 0)));
    for (int i = 0; i < 800; i++) {
      Policy policy = policies.get(random.nextInt(policies.size()));
      Node node = nodes.get(random.nextInt(nodes.size()));
      at(START + 200 + random.nextInt(6_000), () -> node.pay(policy, 15));
    }

    run(START + 12_000);

    Balance balance = Objects.requireNonNull(Usage.decode(entry).credits().balance());
    assertThat(balance.used()).isEqualTo(paid);
    assertThat(balance.granted()).isEqualTo(initial + 100);
    assertThat(balance.used()).isLessThanOrEqualTo(balance.granted());
    assertThat(granted).isPositive();
    assertThat(nodes).anySatisfy(node -> assertThat(node.noted).isEqualTo(balance));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void no_promise_is_broken_while_some_members_are_of_the_version_before(long seed) { // I1
    owners = 3;
    earlierForm = EarlierForms::withoutOwners;

    no_promise_is_broken_whatever_nodes_calls_and_answers_do(seed);
  }

  /** What leases out in a bucket, or a second run of a call, leave there is not in that form. */
  @ParameterizedTest
  @MethodSource("seeds")
  void no_window_is_over_while_some_members_are_of_the_first_version(long seed) { // I1
    owners = 3;
    earlierForm = EarlierForms::countersOnly;
    List<Policy> policies = anything(seed, 0);

    assertThat(granted).isPositive();
    for (Policy policy : policies) {
      for (Budget budget : policy.budgets()) {
        if (budget.limit().algorithm() != Algorithm.TOKEN_BUCKET) {
          assertPromised(budget.limit(), budget.id());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void no_promise_is_broken_when_an_owner_that_was_ahead_gets_the_right_time(long seed) { // I1
    Random clocks = new Random(~seed);
    ahead = clocks.nextInt(2_001, 5_000_000);
    skewed = true;
    long wrong = ahead;
    long corrected = START + clocks.nextInt(1_000, 19_000);
    at(corrected, () -> ahead = 0);
    List<Policy> policies = anything(seed);

    assertThat(granted).isPositive();
    for (Policy policy : policies) {
      for (Budget budget : policy.budgets()) {
        Limit limit = budget.limit();
        if (limit.algorithm() != Algorithm.FIXED) {
          assertPromised(limit, budget.id());
          continue;
        }
        // what was admitted in the last of the wrong windows counts in the one that goes on
        long period = limit.periodMillis();
        long last = Math.floorDiv(corrected - 1 + wrong, period);
        Map<Long, Long> windows = new TreeMap<>();
        for (Admission admission : admitted.getOrDefault(budget.id(), List.of())) {
          long window =
              admission.at >= corrected
                  ? Math.floorDiv(admission.at, period)
                  : Math.floorDiv(admission.at + wrong, period) == last
                      ? Math.floorDiv(corrected, period)
                      : -1;
          windows.merge(window, admission.cost, Long::sum);
        }
        windows.remove(-1L);
        assertThat(windows.values()).allMatch(used -> used <= limit.permits());
      }
    }
  }

  /** Several nodes under a random load of random limits. Returns the policies. */
  private List<Policy> anything(long seed) {
    return anything(seed, 10);
  }

  private List<Policy> anything(long seed, int twice) {
    random = new Random(seed);
    maxDelay = random.nextInt(20);
    twicePerMille = random.nextInt(3) * twice;
    lostPerMille = random.nextInt(3) * 5;
    List<Node> nodes = nodes(1 + random.nextInt(4));
    String plan = LIMITS[random.nextInt(LIMITS.length)];
    String other = "a:" + LIMITS[random.nextInt(LIMITS.length)];
    List<Policy> policies = List.of(policy(plan), policy(plan, other), policy(3, plan, "b:700/5s"));
    long until = START + 20_000;
    sweepEvery(100, nodes, until);
    for (long time = START; time < until; time += 1) {
      // a node is busy for a while, then silent for a while
      for (int n = 0; n < nodes.size(); n++) {
        Node node = nodes.get(n);
        boolean busy = new Random(seed * 31 + n + 1_000 * (time / 700)).nextInt(3) > 0;
        int requests = busy ? random.nextInt(4) : random.nextInt(60) == 0 ? 1 : 0;
        for (int i = 0; i < requests; i++) {
          Policy policy = policies.get(random.nextInt(policies.size()));
          at(time, () -> node.request(policy));
        }
      }
    }
    run(until + 1_000);
    return policies;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void every_window_ends_at_its_limit_while_demand_lasts(long seed) { // I1, leases are exact
    random = new Random(seed);
    twicePerMille = 10;
    List<Node> nodes = nodes(4);
    Policy policy = policy("1000/2s");
    long until = START + 20_000;
    sweepEvery(100, nodes, until);
    for (long time = START; time < until; time += 1) {
      for (Node node : nodes) {
        for (int i = random.nextInt(3); i > 0; i--) {
          at(time, () -> node.request(policy));
        }
      }
    }
    run(until);

    Limit limit = policy.budgets().get(0).limit();
    Map<Long, Long> windows = byWindow(limit, policy.budgets().get(0).id());
    windows.remove(until / limit.periodMillis()); // has just begun
    assertThat(windows.values()).hasSize(10).containsOnly(1_000L);
    assertThat(calls).isLessThan(granted / 4);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void nodes_alone_admit_their_share_and_the_owner_hears_of_it(long seed) { // I5, I1
    random = new Random(seed);
    nodeCount = 3;
    List<Node> nodes = nodes(nodeCount);
    Policy policy = policy("900/2s");
    Limit limit = policy.budgets().get(0).limit();
    long until = START + 20_000;
    sweepEvery(20, nodes, until + 2_000);
    for (long time = START; time < until; time += 10) {
      for (Node node : nodes) {
        if (random.nextInt(10) < 7) {
          at(time + random.nextInt(10), () -> node.requestWithin(policy, 100));
          at(time + random.nextInt(10), () -> node.requestWithin(policy, 100));
        }
      }
    }
    // in every third window the owner falls silent, and answers again within the same one
    for (long window = START + 2_000; window < until; window += 6_000) {
      at(window + 500, () -> silent = true);
      at(window + 1_300, () -> silent = false);
    }
    run(until + 2_000);

    assertThat(lost).isPositive();
    Map<Long, Long> windows = byWindow(limit, policy.budgets().get(0).id());
    long first = START / 2_000;
    windows.forEach(
        (window, used) -> {
          boolean degraded = (window - first) % 3 == 1;
          assertThat(used)
              .as("window %d", window - first)
              .isLessThanOrEqualTo(limit.permits() + (degraded ? limit.permits() : 0));
        });
    for (Node node : nodes) {
      assertThat(node.gate.owes()).isFalse();
    }
  }

  @Test
  void what_was_admitted_alone_is_missing_from_what_is_left() { // I5
    nodeCount = 2;
    List<Node> nodes = nodes(nodeCount);
    Policy policy = policy("100/minute");
    nodes.get(0).request(policy);
    run(START + 100);
    silent = true;
    for (int i = 0; i < 60; i++) {
      nodes.get(0).requestWithin(policy, 100);
    }
    run(START + 1_000);
    assertThat(granted).isEqualTo(50); // half of 100, the one from before among them

    silent = false;
    at(now, () -> nodes.get(0).gate.expire(100_000_000));
    at(now + 1, nodes.get(0).gate::sweep);
    run(now + 100);
    for (int i = 0; i < 60; i++) {
      at(now, () -> nodes.get(1).request(policy));
    }
    run(now + 100);
    assertThat(granted).isEqualTo(100);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void what_a_call_leased_that_ran_again_in_the_next_window_is_not_of_that_one(long seed) { // I1
    random = new Random(seed);
    maxDelay = 30;
    twicePerMille = 1_000;
    List<Node> nodes = nodes(3);
    Policy policy = policy("2000/second");
    long until = START + 10_000;
    sweepEvery(20, nodes, until);
    for (long time = START; time < until; time += 1) {
      // every other window some demand, so that leases are out when it ends, and then too much
      boolean much = (time - START) / 1_000 % 2 == 1;
      for (Node node : nodes) {
        for (int i = random.nextInt(much ? 5 : 2); i > 0; i--) {
          at(time, () -> node.request(policy));
        }
      }
    }
    run(until);

    Limit limit = policy.budgets().get(0).limit();
    Map<Long, Long> windows = byWindow(limit, policy.budgets().get(0).id());
    windows.keySet().removeIf(window -> window % 2 == 0);
    assertThat(windows.values()).hasSize(5).containsOnly(2_000L);
  }

  @Test
  void a_token_bucket_in_steady_use_is_leased_and_loses_nothing() { // M3
    random = new Random(7);
    List<Node> nodes = nodes(3);
    Policy policy = policy("60000/minute token-bucket");
    long until = START + 30_000;
    sweepEvery(100, nodes, until);
    for (long time = START; time < until; time += 1) {
      for (Node node : nodes) {
        at(time, () -> node.request(policy));
      }
    }
    run(until);

    // 3,000 a second are offered, 1,000 a second are earned, and the bucket was full
    assertThat(granted).isBetween(60_000 + 30_000 - 700, 60_000 + 30_000);
    assertThat(calls).isLessThan(granted / 4);
    assertPromised(policy.budgets().get(0).limit(), policy.budgets().get(0).id());
  }

  @Test
  void what_an_idle_node_holds_comes_back_and_is_used_elsewhere() {
    random = new Random(11);
    List<Node> nodes = nodes(2);
    Policy policy = policy("2000/minute");
    sweepEvery(100, nodes, START + 20_000);
    for (long time = START; time < START + 400; time++) {
      at(time, () -> nodes.get(0).request(policy));
      at(time, () -> nodes.get(1).request(policy));
    }
    run(START + 400);
    assertThat(nodes.get(0).gate.standing().lanes()[0].lease).isNotNull();
    // from here on only the second has demand
    for (long time = START + 401; time < START + 10_000; time++) {
      at(time, () -> nodes.get(1).request(policy));
    }
    run(START + 10_000);

    assertThat(granted).isEqualTo(2_000);
    assertThat(nodes.get(0).gate.standing().lanes()[0].lease).isNull();
  }

  @Test
  void remaining_counts_down_by_one_whatever_answers() { // I6
    random = new Random(5);
    Node node = nodes(1).get(0);
    sweepEvery(100, List.of(node), START + 60_000);
    Policy read = policy("5000/minute", "5000/hour");
    Policy write = policy("5000/minute", "w:3000/minute");
    List<Long> minute = new ArrayList<>();
    long expected = 5_000;
    int local = 0;
    for (int i = 0; i < 6_000; i++) {
      Policy policy = random.nextInt(5) == 0 ? write : read;
      run(now + random.nextInt(8));
      Consumption answer = node.gate.decide(policy);
      if (answer == null) {
        SubjectGate.Waiter waiter = node.gate.queue(policy, null);
        while (!waiter.isDone()) {
          run(now + 1);
        }
        answer = waiter.join();
      } else {
        local++;
      }
      long left = answer.budgets().get(0).remaining();
      if (answer.verdict() == Verdict.GRANTED) {
        expected--;
        assertThat(left).as("request %d", i).isEqualTo(expected);
      } else {
        minute.add(left);
      }
    }
    assertThat(expected).isZero();
    assertThat(minute).containsOnly(0L).hasSize(1_000);
    assertThat(local).isGreaterThan(5_000);
  }

  @Test
  void an_exhausted_subject_costs_no_call() { // I3
    random = new Random(3);
    Node node = nodes(1).get(0);
    Policy policy = policy("60/minute");
    for (int i = 0; i < 61; i++) {
      at(START + 10L * i, () -> node.request(policy));
    }
    run(START + 1_000);
    assertThat(granted).isEqualTo(60);
    int before = calls;
    for (long time = START + 1_000; time < START + 59_000; time += 5) {
      at(time, () -> node.request(policy));
    }
    run(START + 59_990);

    assertThat(calls).isEqualTo(before);
    assertThat(refused).isEqualTo(1 + 58_000 / 5);
  }

  @Test
  void a_refusal_by_a_clock_an_hour_ahead_is_not_remembered_for_that_hour() {
    random = new Random(3);
    Node node = nodes(1).get(0);
    ahead = 3_600_000;
    skewed = true;
    for (int i = 0; i < 6; i++) {
      at(START + i, () -> node.request(policy("a:5/minute")));
    }
    run(START + 100);
    assertThat(refused).isEqualTo(1);
    ahead = 0;
    node.request(policy("b:5/minute")); // tells the node, of another budget
    run(START + 200);

    for (int second = 61; second < 190; second += 64) { // the window restarts with the first
      run(START + 1_000L * second);
      node.request(policy("a:5/minute"));
    }
    run(START + 200_000);

    assertThat(granted).isEqualTo(5 + 1 + 2);
  }

  @Test
  void sixty_a_minute_are_never_leased_and_each_is_a_call() {
    random = new Random(3);
    Node node = nodes(1).get(0);
    for (int i = 0; i < 60; i++) {
      at(START + 20L * i, () -> node.request(policy("60/minute", "1000/hour")));
    }
    run(START + 2_000);

    assertThat(granted).isEqualTo(60);
    assertThat(calls).isEqualTo(60);
  }

  @Test
  void a_changed_limit_is_in_force_at_the_next_request_under_a_lease_and_after_a_refusal() { // R12
    random = new Random(3);
    Node node = nodes(1).get(0);
    Policy before = policy("2000/minute");
    for (int i = 0; i < 500; i++) {
      at(START + i, () -> node.request(before));
    }
    run(START + 600);
    assertThat(granted).isEqualTo(500);
    assertThat(node.gate.standing().lanes()[0].lease).isNotNull();

    node.request(policy("500/minute"));
    run(START + 700);
    assertThat(granted).isEqualTo(500);
    assertThat(refused).isEqualTo(1);
    node.request(policy("501/minute"));
    node.request(policy("500/minute"));
    run(START + 800);
    assertThat(granted).isEqualTo(501);
    assertThat(refused).isEqualTo(2);
  }

  @Test
  void what_was_leased_under_the_old_account_goes_back_with_the_first_request_of_the_new() { // I8
    random = new Random(3);
    Node node = nodes(1).get(0);
    for (int i = 0; i < 500; i++) {
      at(START + i, () -> node.request(policy("2000/minute")));
    }
    run(START + 600);
    assertThat(node.gate.standing().lanes()[0].lease).isNotNull();

    Policy changed = policy("1500/minute");
    node.request(changed);
    run(START + 620);

    assertThat(node.gate.standing().lanes()).extracting(lane -> lane.policy).containsOnly(changed);
    long[] owners = Usage.decode(entry).peek(Demand.of(changed), now);
    assertThat(owners[2]).isEqualTo(1_500 - 501);
  }

  @Test
  void requests_that_arrive_during_a_call_ride_on_the_next_in_their_order() {
    maxDelay = 0;
    random = new Random(3);
    Node node = nodes(1).get(0);
    Policy one = policy("5/minute");
    Policy two = policy(2, "5/minute");
    List<SubjectGate.Waiter> waiters = new ArrayList<>();
    for (Policy policy : List.of(two, one, two, one, one)) {
      waiters.add(node.gate.queue(policy, null));
    }
    run(START + 100);

    assertThat(calls).isEqualTo(1);
    assertThat(waiters.stream().map(waiter -> waiter.join().verdict() == Verdict.GRANTED))
        .containsExactly(true, true, true, false, false);
    assertThat(waiters.stream().map(waiter -> waiter.join().budgets().get(0).remaining()))
        .containsExactly(3L, 2L, 0L, 0L, 0L);
  }

  @Test
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for what is ordered
  void what_frees_a_reservation_does_not_fly_with_it() { // I10
    random = new Random(3);
    Node node = nodes(1).get(0);
    meanwhile = () -> node.gate.order(SlotOrder.release(77)); // since its request waits no longer
    SubjectGate.Waiter waiter =
        node.gate.queue(policy("5/minute"), SlotOrder.reserve(77, 0, 1, GRACE));
    sweepEvery(100, List.of(node), START + 1_000);
    run(START + 1_000);

    assertThat(waiter.join().verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(Usage.decode(entry).active(now)).isZero();
  }

  @Test
  void a_gate_is_retired_once_nothing_is_left_to_remember_and_never_with_a_lease() { // I7, I10
    random = new Random(3);
    Node node = nodes(1).get(0);
    for (int i = 0; i < 500; i++) {
      at(START + i, () -> node.request(policy("2000/minute")));
    }
    run(START + 600);
    assertThat(node.gate.retire(0)).isFalse(); // holds a lease
    sweepEvery(100, List.of(node), START + 10_000);
    run(START + 9_000);
    assertThat(node.gate.retire(Long.MAX_VALUE)).isFalse(); // was busy a moment ago
    assertThat(node.gate.retire(20_000_000_000L)).isFalse();
    run(START + 90_000);
    Lane last = node.gate.standing().lane(policy("2000/minute"));
    assertThat(node.gate.retire(Long.MAX_VALUE)).isTrue();
    assertThat(last).matches(Lane::isOver); // who remembers it looks for the next gate
    assertThat(node.gate.queue(policy("2000/minute"), null)).isNull();
  }

  @Test
  void a_gate_for_one_call_counts_but_leases_and_remembers_nothing() { // I7
    random = new Random(3);
    for (int i = 0; i < 100; i++) {
      Node passing = new Node(0);
      at(START + i, () -> passing.request(policy("70/minute")));
    }
    run(START + 200);

    assertThat(granted).isEqualTo(70);
    assertThat(calls).isEqualTo(100);
  }

  @Test
  void limits_of_every_algorithm_are_in_the_runs() {
    assertThat(LIMITS)
        .extracting(text -> Limit.parse(text).algorithm())
        .contains(Algorithm.values());
  }
}
