package dev.weir.quota;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.InvalidConfigurationException;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.partition.Partition;
import com.hazelcast.partition.PartitionService;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.quota.Standing.Lane;
import dev.weir.quota.Statistics.Fault;
import dev.weir.quota.Statistics.Source;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts in a distributed map, one entry per partition key. What this node does not know itself it
 * asks the owner of the entry, through the one {@link SubjectGate} of the subject.
 *
 * <p>{@code executeOnKey} can neither be timed out nor interrupted and may run for minutes when a
 * member stalls, so no request waits for it directly. What is not answered in time stays undecided,
 * although it may still be charged: that errs on the side of the limit.
 */
final class HazelcastQuotaStore implements QuotaStore, SubjectGate.Courier {

  private static final Logger log = LoggerFactory.getLogger(HazelcastQuotaStore.class);

  /** How long the start waits for each member. */
  private static final Duration START_DEADLINE = Duration.ofSeconds(10);

  /** How often a member is asked for its clock until it answers soon enough. */
  private static final int MAX_READINGS = 5;

  /** How many customers a node remembers. */
  private static final int REMEMBERED_KEYS = 100_000;

  /** How many callers without a key. */
  private static final int REMEMBERED_ADDRESSES = 20_000;

  private static final int MAX_POLICIES = 10_000;

  /** How soon after its end a lease is given back, if no request does it before. */
  private static final Duration SWEEP = Duration.ofMillis(100);

  /** How long leases are given back for before the store closes without. */
  private static final Duration LAST_RETURNS = Duration.ofSeconds(1);

  /** How long no fault counts as the end of them. */
  private static final Duration QUIET = Duration.ofSeconds(2);

  private static final Duration MEMBERS_POLL = Duration.ofSeconds(1);

  private static final Duration OWNER_POLL = Duration.ofMillis(20);

  private static final String CLASS_PATH_ADVICE =
      "cannot read what this node asks it to count: put weir-shared, in the version of this node, on"
          + " the class path of every member";

  private static final Policy NO_BUDGETS = new Policy(List.of(), 1);

  private static final Policy NO_LIMITS_BUT_CREDITS =
      new Policy(List.of(), 1, OnFailure.REFUSE, 0, 0);

  /** A request that has been kept waiting for something else waits that long at least. */
  private static final long MIN_PATIENCE_NANOS = 1_000_000;

  /** How often balances are noted anew, as far as they are not newer than what is kept. */
  private static final Duration NOTE_AGAIN = Duration.ofMinutes(1);

  /** How long the administration waits for an entry to be told. */
  private static final Duration GRANT_PATIENCE = Duration.ofSeconds(3);

  private final InstantSource clock;
  private final LongSupplier ticker;
  private final long node = ThreadLocalRandom.current().nextLong() | 1; // 0 is nobody
  private final AtomicLong sequence = new AtomicLong();

  /** Those that callers cannot make up. */
  private final Subjects keys;

  /** Those that they can, in a map of its own: the one that does not grow beyond a bound. */
  private final Subjects addresses;

  /** Whether a call to the cluster holds the thread that makes it. */
  private final boolean blocks;

  /** Shared by all subjects of a policy, which is one object for all that are equal. */
  private final Cache<Policy, Demand> demands =
      Caffeine.newBuilder().weakKeys().maximumSize(MAX_POLICIES).executor(Runnable::run).build();

  private final Owners owners;
  private final Duration deadline;
  private final int fixedNodes;
  private final ScheduledThreadPoolExecutor sweeper;
  private final BoundedCalls calls;

  /** Send off the calls of gates. */
  private final BoundedCalls flights;

  private final FaultLog faults;
  private final Statistics statistics;
  private final HazelcastConnection connection;
  private final Balances balances;
  private @Nullable Thread teller;
  private final String map;
  private final String description;
  private volatile boolean closed;

  /** As last known. */
  private volatile int members;

  private volatile long membersCounted;

  private long notedAll = System.nanoTime();

  /** Of the one thread that counts them. */
  private Set<UUID> memberIds = Set.of();

  /** Whether there may be a member whose clock this node has not read. */
  private volatile boolean clockUnread;

  private final AtomicBoolean readingClocks = new AtomicBoolean();

  private HazelcastQuotaStore(
      HazelcastConnection connection, ClusterSettings settings, Balances balances) {
    HazelcastInstance instance = connection.instance();
    this.connection = connection;
    this.balances = balances;
    this.map = settings.map();
    this.clock = QuotaProcessor.clockOf(instance);
    this.ticker = tickerOf(instance);
    this.keys = new Subjects(instance.getMap(settings.map()), REMEMBERED_KEYS, node, this);
    this.addresses =
        new Subjects(instance.getMap(settings.addressMap()), REMEMBERED_ADDRESSES, node, this);
    this.blocks = keys.caller.blocks();
    this.owners = new Owners(instance.getPartitionService());
    this.deadline = settings.deadline();
    this.fixedNodes = settings.nodes();
    this.calls = new BoundedCalls(deadline);
    this.flights = blocks ? calls : BoundedCalls.few(deadline);
    this.sweeper = new ScheduledThreadPoolExecutor(1, BoundedCalls.threads("weir-quota-sweeper"));
    this.faults = new FaultLog(log::warn, ticker);
    this.statistics =
        new Statistics(
            faults,
            () -> {
              keys.countLeases();
              addresses.countLeases();
            });
    this.members = instance.getCluster().getMembers().size();
    this.membersCounted = System.nanoTime();
    this.description =
        "Hazelcast map %s, cluster %s, %d member%s, %s"
            .formatted(
                settings.map(),
                instance.getConfig().getClusterName(),
                members,
                members == 1 ? "" : "s",
                connection.origin());
  }

  /**
   * Where a clock is injected, durations are measured with it as well, or with what it supplies as
   * nanoseconds.
   */
  private static LongSupplier tickerOf(HazelcastInstance instance) {
    Object clock = instance.getUserContext().get(QuotaProcessor.CLOCK);
    if (clock instanceof LongSupplier ticker) {
      return ticker;
    }
    return clock instanceof InstantSource injected
        ? () -> injected.millis() * 1_000_000
        : System::nanoTime;
  }

  /** See {@link QuotaStore#open}. */
  static QuotaStore open(ClusterSettings settings, InstantSource clock, Balances balances) {
    return over(HazelcastConnection.open(settings, clock), settings, balances);
  }

  /** Opens a store on a connection, which the store then closes. */
  static QuotaStore over(
      HazelcastConnection connection, ClusterSettings settings, Balances balances) {
    HazelcastQuotaStore store = null;
    boolean opened = false;
    try {
      for (MapConfig map : EmbeddedMember.mapConfigs(settings)) {
        addMapConfig(connection, map);
      }
      store = create(connection, settings, balances);
      try (BoundedCalls patient = new BoundedCalls(START_DEADLINE)) {
        store.checkMembers(patient);
      }
      store.startSweeping();
      store.startTelling();
      opened = true;
      return store;
    } finally {
      if (!opened) {
        if (store != null) {
          store.sweeper.shutdownNow();
          store.flights.close();
          store.calls.close();
        }
        connection.close();
      }
    }
  }

  /**
   * A client's members look for the classes of the map's configuration as soon as it is asked for.
   */
  private static HazelcastQuotaStore create(
      HazelcastConnection connection, ClusterSettings settings, Balances balances) {
    try {
      return new HazelcastQuotaStore(connection, settings, balances);
    } catch (InvalidConfigurationException lacking) {
      throw new IllegalStateException(
          "a member of cluster '%s' %s"
              .formatted(connection.instance().getConfig().getClusterName(), CLASS_PATH_ADVICE),
          lacking);
    }
  }

  /** Adds a map's configuration to the whole cluster; must come before the map is first used. */
  private static void addMapConfig(HazelcastConnection connection, MapConfig wanted) {
    Config config = connection.instance().getConfig();
    MapConfig effective;
    try {
      if (!isThere(config, wanted)) {
        config.addMapConfig(wanted);
      }
      // a pattern in the instance's own configuration goes before what is added
      effective = config.findMapConfig(wanted.getName());
    } catch (InvalidConfigurationException conflict) {
      throw new IllegalStateException(
          EmbeddedMember.conflict(wanted, connection.origin()), conflict);
    } catch (UnsupportedOperationException client) {
      return; // a client can add, but not look
    }
    if (!EmbeddedMember.suits(effective, wanted)) {
      throw new IllegalStateException(EmbeddedMember.conflict(wanted, connection.origin()));
    }
  }

  private static boolean isThere(Config config, MapConfig wanted) {
    MapConfig present;
    try {
      present = config.getMapConfigs().get(wanted.getName());
    } catch (UnsupportedOperationException client) {
      return false;
    }
    return present != null && EmbeddedMember.suits(present, wanted);
  }

  /**
   * Asks one thing of every member that holds data, so that a member without Weir's classes shows
   * at the start and not at the first request that happens to need it. A member that is joining
   * right now holds none yet; it asks itself.
   */
  private void checkMembers(BoundedCalls patient) {
    check(new PartitionKey(0, 0).toBytes(), null, patient);
    entryByMember().forEach((owner, entry) -> check(entry, owner, patient));
  }

  /** Returns the key of some entry of each member that holds data. */
  private Map<Member, byte[]> entryByMember() {
    PartitionService partitions = connection.instance().getPartitionService();
    int all = connection.instance().getCluster().getMembers().size();
    int enough = partitions.getPartitions().size() * 8;
    Map<Member, byte[]> entries = new HashMap<>();
    for (int i = 0; i < enough && entries.size() < all; i++) {
      byte[] key = new PartitionKey(0, i).toBytes();
      Member owner = owner(partitions.getPartition(key));
      if (owner == null) {
        break;
      }
      entries.putIfAbsent(owner, key);
    }
    return entries;
  }

  /** Returns who owns a partition; a client that has just connected learns that a moment later. */
  private static @Nullable Member owner(Partition partition) {
    Member owner = partition.getOwner();
    for (int i = 0; owner == null && i < 100; i++) {
      LockSupport.parkNanos(OWNER_POLL.toNanos());
      owner = partition.getOwner();
    }
    return owner;
  }

  private void check(byte[] key, @Nullable Member owner, BoundedCalls patient) {
    String member =
        "member %s of cluster '%s'"
            .formatted(
                owner == null ? "" : owner.getAddress(),
                connection.instance().getConfig().getClusterName());
    try {
      readClock(key, patient);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(member + " was not waited for", stop);
    } catch (TimeoutException late) {
      throw new IllegalStateException(
          "%s did not answer within %d s".formatted(member, START_DEADLINE.toSeconds()), late);
    } catch (ExecutionException fault) {
      if (FaultLog.kindOf(fault) == Fault.MINORITY) {
        faults.report(fault); // until more members have joined, which is to be expected at a start
        return;
      }
      throw new IllegalStateException(
          FaultLog.kindOf(fault) == Fault.CLASS_PATH
              ? member + " " + CLASS_PATH_ADVICE
              : "%s cannot count: %s".formatted(member, fault.getCause()),
          fault.getCause());
    }
  }

  /**
   * Reads the clock of the member that owns an entry, so that not even the first call to it charges
   * anything if it comes late. An answer that took its time says little of the clock: it is asked
   * again.
   */
  private void readClock(byte[] entry, BoundedCalls patient)
      throws InterruptedException, ExecutionException, TimeoutException {
    Step question = Step.peek(Demand.of(NO_BUDGETS));
    for (int i = 0; i < MAX_READINGS; i++) {
      long asked = nanoTime();
      byte[] answer = patient.call(() -> keys.map.executeOnKey(entry, new PeekProcessor(question)));
      if (answer == null) {
        throw new ExecutionException(
            new IllegalStateException("an entry that nobody uses stays locked"));
      }
      long now = nanoTime();
      if (now - asked <= deadline.toNanos() / 4) {
        owners.of(entry).answered(StepAnswer.decode(answer, question).nowMillis(), now);
        return;
      }
    }
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy) {
    if (policy.budgets().isEmpty() && !policy.hasPrice()) {
      return unlimited();
    }
    SubjectGate gate = subjects(key).known(key);
    Consumption local = gate == null ? null : gate.decide(policy);
    return local == null ? ask(key, policy, null, gate) : local;
  }

  @Override
  public Quota quota(PartitionKey key, Policy policy) {
    return policy.budgets().isEmpty() && !policy.hasPrice()
        ? this::unlimited
        : new KnownQuota(key, policy);
  }

  /**
   * Knows the lane of the last request, if it may decide the next one, which then finds it in one
   * step.
   */
  private final class KnownQuota implements Quota {

    private final PartitionKey key;
    private final Policy policy;
    private volatile @Nullable Lane lane;

    KnownQuota(PartitionKey key, Policy policy) {
      this.key = key;
      this.policy = policy;
    }

    @Override
    public Consumption consume() {
      Lane known = lane;
      SubjectGate gate = null;
      if (known == null || known.isOver()) {
        gate = subjects(key).known(key);
        known = gate == null ? null : gate.standing().lane(policy);
        lane = known != null && known.mayDecide() ? known : null;
      }
      Consumption local = known == null ? null : known.decide(nanoTime());
      return local == null ? ask(key, policy, null, gate) : local;
    }
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy, SlotOrder slot) {
    return ask(key, policy, slot, subjects(key).known(key));
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits
  public void order(PartitionKey key, SlotOrder order) {
    queue(key, order);
  }

  @Override
  public void settle(PartitionKey key, SlotOrder order, long spentNanos) {
    CompletableFuture<@Nullable Void> done = queue(key, order);
    long patience = deadline.toNanos() - spentNanos;
    if (patience <= 0 || (owners.anyOpen() && owners.of(key.toBytes()).isOpen())) {
      return;
    }
    try {
      done.get(patience, TimeUnit.NANOSECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException late) {
      // it is done later, or forgotten with the slot at the end of its time
    }
  }

  private CompletableFuture<@Nullable Void> queue(PartitionKey key, SlotOrder order) {
    return atLastingGate(
        key,
        gate ->
            !gate.isRemembered() && owners.anyOpen() && owners.of(gate.entry()).isOpen()
                ? new CompletableFuture<>() // could not be kept: the slot is free by its time
                : gate.order(order));
  }

  /**
   * Has something done at the gate of a subject.
   *
   * @param deed returns null if the gate is retired, so that it has to be done at another
   */
  private <T> T atLastingGate(PartitionKey key, Function<SubjectGate, @Nullable T> deed) {
    Subjects subjects = subjects(key);
    while (true) {
      SubjectGate gate = subjects.lastingGate(key);
      T done = deed.apply(gate);
      if (done != null) {
        return done;
      }
      subjects.forget(key, gate);
    }
  }

  @Override
  public void refund(PartitionKey key, long credits) {
    boolean unused = atLastingGate(key, gate -> gate.refund(credits) ? true : null);
  }

  @Override
  public void refund(byte[] entry, long amount) {
    refund(PartitionKey.of(entry), amount);
  }

  @Override
  public void noted(byte[] entry, Balance balance) {
    balances.noted(PartitionKey.of(entry), balance);
  }

  @Override
  public @Nullable Balance grant(PartitionKey key, Balance stored) {
    try {
      tell(key, stored).get(GRANT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      return peek(key, NO_LIMITS_BUT_CREDITS).credits();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException late) {
      // it goes on being told
    }
    return null;
  }

  private CompletableFuture<@Nullable Void> tell(PartitionKey key, Balance stored) {
    return atLastingGate(key, gate -> gate.tell(stored));
  }

  /**
   * Has an entry told what is kept of its account's credits, and waits for that as long as a
   * request may. Returns whether it is told.
   */
  private boolean told(PartitionKey key, Policy policy, long until) {
    try {
      long patience = Math.max(MIN_PATIENCE_NANOS, until - System.nanoTime());
      balances
          .load(key, policy.initialCredits())
          .thenCompose(stored -> tell(key, stored))
          .get(patience, TimeUnit.NANOSECONDS);
      return true;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException unknown) {
      // whoever keeps them says why
    }
    return false;
  }

  /** Tells the entries of a cluster that has just started what is kept, ahead of requests. */
  private void startTelling() {
    if (members > 1 || balances == Balances.NONE) {
      return;
    }
    teller = BoundedCalls.threads("weir-quota-balances").newThread(this::tellAll);
    teller.start();
  }

  private void tellAll() {
    try {
      balances.all(this::tellKept);
    } catch (RuntimeException ended) {
      // the instance, most likely; the first request of an account has it told as well
    }
  }

  private void tellKept(Balances.Kept kept) {
    if (closed) {
      return;
    }
    byte[] entry = kept.key().toBytes();
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    keys.caller.call(
        entry,
        new StepProcessor(Step.of(CreditOrder.tell(kept.balance()))),
        (answer, fault) -> done.complete(null)); // if not now, then for the first request
    try {
      done.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException late) {
      // likewise
    }
  }

  /**
   * Notes all balances anew: a node that is gone may have known some that it had not kept, and what
   * two sides of a cluster have counted comes together.
   */
  private void noteAll() {
    for (Object entry : keys.map.executeOnEntries(new BalanceProcessor()).entrySet()) {
      if (entry instanceof Map.Entry<?, ?> one
          && one.getKey() instanceof byte[] key
          && one.getValue() instanceof byte[] answer) {
        Balance balance = BalanceProcessor.read(answer);
        if (balance != null) {
          noted(key, balance);
        }
      }
    }
  }

  private Subjects subjects(PartitionKey key) {
    return key.address() ? addresses : keys;
  }

  private Subjects subjects(byte[] entry) {
    return PartitionKey.isAddress(entry) ? addresses : keys;
  }

  /** Asks the owner, and once more if it had to be told first what credits there are. */
  private Consumption ask(
      PartitionKey key, Policy policy, @Nullable SlotOrder slot, @Nullable SubjectGate known) {
    long until = System.nanoTime() + deadline.toNanos();
    Consumption answer = askOnce(key, policy, slot, known, until);
    if (!lacksBalance(policy, answer)) {
      return answer;
    }
    return told(key, policy, until)
        ? askOnce(key, policy, slot, subjects(key).known(key), until)
        : withoutAnswer(key, policy, slot, gate(subjects(key), key, policy, slot));
  }

  /** Returns whether the owner has to be told first what credits there are. */
  private static boolean lacksBalance(Policy policy, Consumption answer) {
    return policy.hasPrice()
        && answer.credits() == null
        && !answer.degraded()
        && answer.verdict() != Consumption.Verdict.UNDECIDED;
  }

  /**
   * Waits for one operation of the cluster: the only one a request makes (design invariant I3); for
   * none if the owner is known not to answer (I4).
   */
  private Consumption askOnce(
      PartitionKey key,
      Policy policy,
      @Nullable SlotOrder slot,
      @Nullable SubjectGate known,
      long until) {
    Subjects subjects = subjects(key);
    SubjectGate gate = known == null ? gate(subjects, key, policy, slot) : known;
    if (isOpen(gate)) {
      return withoutAnswer(key, policy, slot, gate);
    }
    if (policy.price() > 0 && !gate.isRemembered()) {
      return withoutAnswer(key, policy, slot, gate); // a call that runs twice would cost twice
    }
    SubjectGate.Waiter waiter = gate.queue(policy, slot);
    while (waiter == null) {
      subjects.forget(key, gate);
      gate = gate(subjects, key, policy, slot);
      waiter = gate.queue(policy, slot);
    }
    try {
      long patience = Math.max(MIN_PATIENCE_NANOS, until - System.nanoTime());
      Consumption answer = waiter.get(patience, TimeUnit.NANOSECONDS);
      return answer.verdict() == Consumption.Verdict.UNDECIDED
          ? withoutAnswer(key, policy, slot, gate)
          : counted(policy, waiter, answer);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      subjects.watch(gate);
    } catch (TimeoutException late) {
      faults.report(late);
      gate.expire(deadline.toNanos());
      subjects.watch(gate); // it may have been a little early for that
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
    if (!waiter.cancel(false)) { // it has come meanwhile, and may have been charged
      Consumption late = waiter.join();
      if (late.verdict() != Consumption.Verdict.UNDECIDED) {
        return counted(policy, waiter, late);
      }
    }
    return withoutAnswer(key, policy, slot, gate);
  }

  /** Returns whether the owner of a subject's entry is known not to answer. */
  private boolean isOpen(SubjectGate gate) {
    return owners.anyOpen() && owners.of(gate.entry()).isOpen();
  }

  private Consumption counted(Policy policy, SubjectGate.Waiter waiter, Consumption answer) {
    if (!waiter.isLocal() && !lacksBalance(policy, answer)) {
      decided(Source.CLUSTER, 1);
    }
    return answer;
  }

  private static SubjectGate gate(
      Subjects subjects, PartitionKey key, Policy policy, @Nullable SlotOrder slot) {
    return slot == null && !policy.hasPrice() ? subjects.gate(key) : subjects.lastingGate(key);
  }

  /** Does with a request what its policy says for want of an answer (design invariant I5). */
  private Consumption withoutAnswer(
      PartitionKey key, Policy policy, @Nullable SlotOrder slot, SubjectGate gate) {
    decided(Source.ON_FAILURE, 1);
    if (closed) {
      return Consumption.UNDECIDED;
    }
    Consumption answer =
        switch (policy.onFailure()) {
          case REFUSE -> Consumption.UNDECIDED;
          case ALLOW ->
              Consumption.alone(Consumption.Verdict.GRANTED, List.of(), gate.ownerMillis());
          // of credits no node has a share of its own
          case LOCAL ->
              policy.price() > 0
                  ? Consumption.UNDECIDED
                  : decideAlone(key, policy.withoutPrice(), slot, gate);
        };
    if (slot != null && answer.verdict() == Consumption.Verdict.GRANTED) {
      order(key, slot); // the owner learns of it when it answers again
    } else if (slot != null && slot.kind() == SlotOrder.Kind.RESERVE) {
      order(key, SlotOrder.release(slot.name())); // which it may have been after all
    }
    return answer;
  }

  private Consumption decideAlone(
      PartitionKey key, Policy policy, @Nullable SlotOrder slot, SubjectGate gate) {
    Subjects subjects = subjects(key);
    if (!subjects.mayOwe(key)) {
      return Consumption.UNDECIDED; // what could not be remembered would be lost
    }
    if (slot != null && !gate.isRemembered()) {
      return Consumption.UNDECIDED; // as above
    }
    int nodes = fixedNodes > 0 ? fixedNodes : members;
    if (slot != null && !gate.openAlone(slot, nodes)) {
      return Consumption.alone(Consumption.Verdict.NO_SLOT, List.of(), gate.ownerMillis());
    }
    Consumption alone = gate.decideAlone(policy, nodes);
    if (alone.verdict() == Consumption.Verdict.GRANTED) {
      subjects.owes(key, gate);
    } else if (slot != null) {
      gate.closeAlone(slot);
    }
    return alone;
  }

  @Override
  public long nanoTime() {
    return ticker.getAsLong();
  }

  @Override
  public long millis() {
    try {
      return clock.millis();
    } catch (RuntimeException stopped) {
      return System.currentTimeMillis(); // the cluster's time has ended with the instance
    }
  }

  @Override
  public Demand demandOf(Policy policy) {
    return demands.get(policy, Demand::of);
  }

  @Override
  public long nextSequence() {
    return sequence.incrementAndGet();
  }

  @Override
  public void dispatch(SubjectGate gate) {
    try {
      flights.start(
          () -> {
            if (closed || isOpen(gate)) {
              gate.ground();
              return;
            }
            try {
              gate.fly();
            } catch (RuntimeException | LinkageError fault) {
              statistics.refused(FaultLog.kindOf(fault));
              report(fault);
              gate.ground();
            }
          });
    } catch (RejectedExecutionException | CancellationException refused) {
      statistics.refused(FaultLog.kindOf(refused));
      report(refused);
      gate.ground();
    }
  }

  @Override
  public void watch(SubjectGate gate) {
    subjects(gate.entry()).watch(gate);
  }

  @Override
  public void send(SubjectGate.Flight flight) {
    Owner owner = owners.of(flight.entry());
    flight.owner = owner;
    Step step = flight.step().by(owner.deadline(nanoTime(), deadline.toNanos()));
    try {
      subjects(flight.entry())
          .caller
          .call(
              flight.entry(),
              new StepProcessor(step),
              (answer, fault) -> land(flight, answer, fault));
    } catch (RuntimeException | LinkageError fault) {
      land(flight, null, fault);
    }
  }

  @Override
  public void decided(Source by, long requests) {
    statistics.decided(by, requests);
  }

  @Override
  public void answered(SubjectGate.Flight flight, long ownerMillis) {
    called(null, flight.begunNanos());
    if (flight.owner != null) {
      flight.owner.answered(ownerMillis, nanoTime());
    }
  }

  @Override
  public void lost(SubjectGate.Flight flight) {
    called(Fault.SLOW, flight.begunNanos());
    if (blocks) {
      flights.stuck();
    }
    if (flight.owner != null && flight.owner.isLost(flight.entry(), nanoTime())) {
      owners.opened();
    }
  }

  /** Runs on a thread of Hazelcast: waits for nothing and logs nothing. */
  private void land(
      SubjectGate.Flight flight, byte @Nullable [] answer, @Nullable Throwable fault) {
    if (blocks && flight.isOver()) {
      flights.unstuck();
    }
    if (answer != null) {
      try {
        flight.landed(answer);
        return;
      } catch (RuntimeException malformed) {
        called(Fault.OTHER, flight.begunNanos());
        report(malformed);
      }
    } else {
      if (!flight.isOver()) { // or else it is late, and counts as that
        called(kindOf(fault), flight.begunNanos());
      }
      report(fault);
    }
    flight.fail();
  }

  private void called(@Nullable Fault fault, long begunNanos) {
    statistics.called(fault, nanoTime() - begunNanos);
  }

  /** No fault stands for a call that waited for a lock for too long. */
  private static Fault kindOf(@Nullable Throwable fault) {
    return fault == null ? Fault.LOCKED : FaultLog.kindOf(fault);
  }

  /** Logs on a thread of this store, if there still is one. */
  private void report(@Nullable Throwable fault) {
    faults.note();
    try {
      calls.start(() -> faults.tell(kindOf(fault), fault));
    } catch (RejectedExecutionException | CancellationException closed) {
      // the line is missed by nobody: a store that is closed or saturated has said so
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // ends with the sweeper
  private void startSweeping() {
    sweeper.scheduleWithFixedDelay(
        this::sweep, SWEEP.toMillis(), SWEEP.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** An exception would end the sweeping, and with it the giving back. */
  private void sweep() {
    try {
      countMembers();
      owners.probe(nanoTime(), this::probe);
      if (faults.isFaulty() && !owners.anyOpen()) {
        faults.quiet(QUIET.toNanos());
      }
      keys.sweep(deadline.toNanos());
      addresses.sweep(deadline.toNanos());
    } catch (RuntimeException fault) {
      report(fault);
    }
  }

  private void countMembers() {
    long now = System.nanoTime();
    if (now - membersCounted >= MEMBERS_POLL.toNanos()) {
      membersCounted = now;
      try {
        Set<UUID> present = new HashSet<>();
        connection.instance().getCluster().getMembers().forEach(one -> present.add(one.getUuid()));
        members = present.isEmpty() ? members : present.size();
        boolean changed = !present.equals(memberIds);
        memberIds = present;
        if (changed || clockUnread) {
          clockUnread = true;
          calls.start(this::readClocks);
        }
        if (balances != Balances.NONE && (changed || now - notedAll >= NOTE_AGAIN.toNanos())) {
          notedAll = now;
          calls.start(this::noteAll);
        }
      } catch (RuntimeException stopped) {
        // as last known
      }
    }
  }

  /** Reads the clocks of members that have joined, as soon as they hold data. */
  private void readClocks() {
    if (!readingClocks.compareAndSet(false, true)) {
      return;
    }
    clockUnread = false; // first, so that one that joins meanwhile is not overlooked
    boolean all = false;
    try {
      Map<Member, byte[]> entries = entryByMember();
      for (byte[] entry : entries.values()) {
        if (!owners.of(entry).hasClock()) {
          readClock(entry, calls);
        }
      }
      all =
          connection.instance().getCluster().getMembers().stream()
              .allMatch(member -> member.isLiteMember() || entries.containsKey(member));
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException | RuntimeException fault) {
      // again a second later; if this lasts, requests tell of it
    } finally {
      if (!all) {
        clockUnread = true;
      }
      readingClocks.set(false);
    }
  }

  /** Asks an owner for something of no consequence that has to reach its backups as well. */
  private void probe(Owner owner, byte[] entry) {
    long sent = nanoTime();
    Step step = Step.PROBE.by(owner.deadline(sent, deadline.toNanos()));
    try {
      flights.start(
          () ->
              subjects(entry)
                  .caller
                  .call(
                      entry,
                      new StepProcessor(step),
                      (answer, fault) -> {
                        long now = nanoTime();
                        owner.probed(answer != null && now - sent <= deadline.toNanos(), now);
                      }));
    } catch (RejectedExecutionException | CancellationException refused) {
      owner.probed(false, sent);
    }
  }

  @Override
  public Consumption peek(PartitionKey key, Policy policy) {
    Consumption standing = peekOnce(key, policy);
    boolean unknown = policy.hasPrice() && standing.credits() == null;
    return unknown
            && standing.verdict() != Consumption.Verdict.UNDECIDED
            && told(key, policy, System.nanoTime() + deadline.toNanos())
        ? peekOnce(key, policy)
        : standing;
  }

  private Consumption peekOnce(PartitionKey key, Policy policy) {
    Subjects subjects = subjects(key);
    byte[] entry = key.toBytes();
    Step step = Step.peek(demandOf(policy));
    long begun = nanoTime();
    try {
      byte[] answer = calls.call(() -> subjects.map.executeOnKey(entry, new PeekProcessor(step)));
      called(answer == null ? Fault.LOCKED : null, begun);
      if (answer != null) {
        SubjectGate gate = subjects.known(key);
        return Standing.peeked(
            policy, step, StepAnswer.decode(answer, step), gate == null ? null : gate.standing());
      }
      faults.report(Fault.LOCKED, null);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException fault) {
      called(FaultLog.kindOf(fault), begun);
      faults.report(fault);
    } catch (RuntimeException refused) {
      statistics.refused(FaultLog.kindOf(refused));
      faults.report(refused);
    }
    return Consumption.UNDECIDED;
  }

  private Consumption unlimited() {
    return new Consumption(Consumption.Verdict.GRANTED, List.of(), clock.millis());
  }

  @Override
  public String agree(String what, String value) {
    IMap<String, String> agreed = connection.instance().getMap(map + "-agreed");
    String first = agreed.putIfAbsent(what, value);
    return first == null ? value : first;
  }

  @Override
  public String describe() {
    return description;
  }

  @Override
  public Statistics statistics() {
    return statistics;
  }

  @Override
  public HazelcastInstance hazelcast() {
    return connection.instance();
  }

  private void awaitTeller() {
    if (teller != null) {
      try {
        teller.join(LAST_RETURNS.toMillis());
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Gives back what is leased, as far as the cluster takes it within a moment. */
  @Override
  public void close() {
    sweeper.shutdownNow();
    long end = System.nanoTime() + LAST_RETURNS.toNanos();
    while (Stream.of(keys, addresses)
                .flatMap(subjects -> subjects.gates().stream())
                .filter(gate -> !gate.surrender())
                .count()
            > 0
        && System.nanoTime() < end) {
      LockSupport.parkNanos(OWNER_POLL.toNanos());
    }
    closed = true;
    awaitTeller();
    flights.close();
    calls.close();
    connection.close();
    faults.close();
  }
}
