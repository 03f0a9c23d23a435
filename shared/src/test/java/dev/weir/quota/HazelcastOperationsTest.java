package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.freshKey;
import static dev.weir.quota.QuotaStoreContract.policy;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.weir.key.ApiKey;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.quota.Consumption.Verdict;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What the Hazelcast store asks of the cluster, what it leaves there, and what it makes of faults.
 */
class HazelcastOperationsTest {

  private static final long GRACE = 300_000;

  private static HazelcastInstance member;
  private static WatchedMap watched;
  private static QuotaStore store;

  private final PartitionKey key = freshKey();

  @BeforeAll
  static void open() {
    member = EmbeddedMember.start(ClusterSettings.DEFAULT, InstantSource.system());
    watched = new WatchedMap();
    store =
        HazelcastQuotaStore.over(
            HazelcastConnection.to(watched.in(member)),
            ClusterSettings.DEFAULT.withDeadline(Duration.ofMillis(300)),
            Balances.NONE);
  }

  @AfterAll
  static void close() {
    store.close();
    member.shutdown();
  }

  @BeforeEach
  void theClusterWorks() {
    watched.does(null);
    await()
        .until(
            () -> !store.consume(freshKey(), policy("1/day")).degraded()); // any breaker is closed
    watched.operations();
  }

  // --- operations ------------------------------------------------------------------------------

  @Test
  void a_request_makes_exactly_one_operation_whatever_becomes_of_it() { // I3
    for (Verdict verdict : List.of(Verdict.GRANTED, Verdict.REFUSED)) {
      assertThat(store.consume(key, policy("1/day", "a:5/day token-bucket")).verdict())
          .isEqualTo(verdict);
      assertThat(watched.operations()).containsExactly("executeOnKey");
    }
  }

  @Test
  void a_session_makes_one_operation_when_it_is_asked_for_and_one_when_that_is_answered() { // I3
    for (SlotOrder outcome :
        List.of(SlotOrder.release(7), SlotOrder.bind(7, 1, GRACE), SlotOrder.end(1))) {
      store.consume(key, policy("9/day"), SlotOrder.reserve(7, 0, 1, GRACE));
      assertThat(watched.operations()).containsExactly("executeOnKey");
      store.settle(key, outcome, 0);
      assertThat(watched.operations()).containsExactly("executeOnKey");
    }
  }

  @Test
  void a_request_that_costs_credits_makes_one_operation_but_for_the_first_of_an_account() { // I3
    Policy paid = new Policy(policy("9/day").budgets(), 1, OnFailure.LOCAL, 5, 20);
    store.consume(key, paid);
    assertThat(watched.operations()) // is told in between what there is
        .containsExactly("executeOnKey", "executeOnKey", "executeOnKey");

    for (Verdict verdict :
        List.of(Verdict.GRANTED, Verdict.GRANTED, Verdict.GRANTED, Verdict.NO_CREDITS)) {
      assertThat(store.consume(key, paid).verdict()).isEqualTo(verdict);
      assertThat(watched.operations()).containsExactly("executeOnKey");
    }
  }

  @Test
  void a_key_known_to_be_exhausted_makes_none() { // I3
    store.consume(key, policy("1/day"));
    store.consume(key, policy("1/day"));
    watched.operations();

    for (int i = 0; i < 100; i++) {
      assertThat(store.consume(key, policy("1/day")).verdict()).isEqualTo(Verdict.REFUSED);
    }
    assertThat(watched.operations()).isEmpty();
    assertThat(store.consume(key, policy("2/day")).verdict()).isEqualTo(Verdict.GRANTED); // R12
  }

  @Test
  void peeking_makes_exactly_one_operation() {
    store.peek(key, policy("1/day"));

    assertThat(watched.operations()).containsExactly("executeOnKey");
  }

  @Test
  void a_request_without_limits_makes_none() { // I3
    Consumption unlimited = store.consume(key, policy());

    assertThat(unlimited.verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(watched.operations()).isEmpty();
    assertThat(unlimited.nowMillis()).isCloseTo(System.currentTimeMillis(), within(60_000L));
  }

  @Test
  void the_clock_is_the_clusters() {
    assertThat(store.consume(key, policy("1/day")).nowMillis())
        .isCloseTo(member.getCluster().getClusterTime(), within(60_000L));
  }

  // --- what is stored --------------------------------------------------------------------------

  @Test
  void neither_keys_nor_values_of_the_map_hold_a_key_or_a_subject() { // I9
    ApiKey apiKey = ApiKey.parse("sk-live-0123456789");
    store.consume(PartitionKey.of(apiKey), policy("5/day"));
    store.consume(PartitionKey.ofSubject("Acme Ltd."), policy("5/day", "reports:5/day"));
    store.consume(PartitionKey.ofAddress("192.0.2.17"), policy("5/day sliding-log"));

    Map<byte[], byte[]> addresses = member.getMap(ClusterSettings.DEFAULT.addressMap());
    assertThat(addresses).hasSize(1);
    assertThat(addresses.keySet()).allMatch(entry -> entry.length == 17);
    assertThat(map().keySet()).allMatch(entry -> entry.length == 16);
    for (Map.Entry<byte[], byte[]> entry :
        Stream.concat(map().entrySet().stream(), addresses.entrySet().stream()).toList()) {
      assertThat(new String(entry.getKey(), ISO_8859_1) + new String(entry.getValue(), ISO_8859_1))
          .doesNotContain("sk-live", "0123456789", "Acme", "192.0.2", "reports");
    }
    assertThat(map().size()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void a_refusal_and_a_peek_create_no_entry() { // R10, I2
    store.peek(key, policy("5/day"));
    store.consume(key, policy(9, "5/day"));

    assertThat(map().get(key.toBytes())).isNull();
  }

  @Test
  void an_entry_expires_two_seconds_or_more_after_its_longest_window() {
    store.consume(key, policy("5/minute", "5/2h sliding-log"));
    assertThat(ttlMillis()).isEqualTo(7_202_000);

    store.consume(key, policy("5/minute"));
    assertThat(ttlMillis()).isBetween(7_190_000L, 7_202_000L);
  }

  private long ttlMillis() {
    return map().getEntryView(key.toBytes()).getTtl();
  }

  @Test
  void an_entry_of_the_first_stored_form_is_read() {
    // A day of token bucket, 3 of 5 used at 2024-03-26T12:00:00Z; long full again.
    map().set(key.toBytes(), HexFormat.of().parseHex(FIRST_FORM));

    Consumption consumption = store.consume(key, policy("5/day token-bucket"));

    assertThat(consumption.verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(consumption.budgets().get(0).remaining()).isEqualTo(4);
  }

  private static final String FIRST_FORM =
      "010000018e7aa1ae0001961d26691f0a817c0280a8cc7b008088dc18";

  // --- faults ----------------------------------------------------------------------------------

  @Test
  void an_exception_of_the_cluster_leaves_the_request_undecided() {
    watched.does(
        () -> {
          throw new IllegalStateException("a fault of the cluster, on purpose");
        });

    assertThat(store.consume(key, refusing("5/day"))).isEqualTo(Consumption.UNDECIDED);
    assertThat(store.peek(key, policy("5/day"))).isEqualTo(Consumption.UNDECIDED);
  }

  @Test
  void no_result_leaves_the_request_undecided() { // a lock on the entry that was not given up
    watched.does(() -> null);

    assertThat(store.consume(key, refusing("5/day"))).isEqualTo(Consumption.UNDECIDED);
  }

  @Test
  void a_result_that_makes_no_sense_leaves_the_request_undecided() {
    watched.does(() -> new long[] {0});

    assertThat(store.consume(key, refusing("5/day"))).isEqualTo(Consumption.UNDECIDED);
  }

  @Test
  void a_stalled_cluster_is_waited_for_no_longer_than_the_deadline() {
    CountDownLatch stalled = new CountDownLatch(1);
    watched.does(
        () -> {
          stalled.await();
          return null;
        });

    long before = System.nanoTime();
    assertThat(store.consume(key, refusing("5/day"))).isEqualTo(Consumption.UNDECIDED);
    assertThat(Duration.ofNanos(System.nanoTime() - before))
        .isBetween(Duration.ofMillis(290), Duration.ofSeconds(5));

    stalled.countDown();
  }

  @Test
  void not_even_the_first_call_of_a_node_charges_anything_that_comes_late() {
    try (QuotaStore cold = cold(member)) {
      assertThatNothingIsChargedLate(cold, key);
    }
  }

  @Test
  void not_even_the_first_call_to_a_member_that_has_joined_charges_anything_that_comes_late()
      throws Exception {
    ClusterSettings settings =
        HazelcastConnectionTest.members(
            List.of("127.0.0.1:" + FreePort.find(), "127.0.0.1:" + FreePort.find()), null);
    HazelcastInstance first = EmbeddedMember.start(settings, InstantSource.system());
    try (QuotaStore cold = cold(first)) {
      watched.operations();
      HazelcastInstance joining = EmbeddedMember.start(settings, InstantSource.system());
      try {
        await().until(() -> !watched.operations().isEmpty()); // asks nothing but the clock
        PartitionKey owned =
            Stream.generate(QuotaStoreContract::freshKey)
                .filter(
                    one ->
                        joining
                            .getPartitionService()
                            .getPartition(one.toBytes())
                            .getOwner()
                            .localMember())
                .findFirst()
                .orElseThrow();

        assertThatNothingIsChargedLate(cold, owned);
      } finally {
        joining.shutdown();
      }
    } finally {
      first.shutdown();
    }
  }

  /** Opens a store that has asked for nothing yet. */
  private static QuotaStore cold(HazelcastInstance instance) {
    return HazelcastQuotaStore.over(
        HazelcastConnection.to(watched.in(instance)),
        ClusterSettings.DEFAULT.withDeadline(Duration.ofMillis(300)),
        Balances.NONE);
  }

  private static void assertThatNothingIsChargedLate(QuotaStore cold, PartitionKey key) {
    CountDownLatch late = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    watched.goes(
        work -> {
          late.await();
          Object answer = work.call();
          done.countDown();
          return answer;
        });

    assertThat(cold.consume(key, refusing("5/day"))).isEqualTo(Consumption.UNDECIDED);
    watched.does(null);
    late.countDown();

    await().until(() -> done.getCount() == 0);
    assertThat(cold.peek(key, policy("5/day")).budgets().get(0).remaining()).isEqualTo(5);
  }

  @Test
  void credits_are_spent_by_no_node_alone_but_what_costs_none_goes_on() { // I5, C5
    Policy paid = new Policy(policy("5/day").budgets(), 1, OnFailure.LOCAL, 2, 20);
    Policy costsNone = new Policy(policy("5/day").budgets(), 1, OnFailure.LOCAL, 0, 20);
    assertThat(store.consume(key, paid).verdict()).isEqualTo(Verdict.GRANTED);
    CountDownLatch stalled = new CountDownLatch(1);
    watched.does(
        () -> {
          stalled.await();
          return null;
        });

    assertThat(store.consume(key, paid)).isEqualTo(Consumption.UNDECIDED);
    assertThat(store.consume(key, costsNone).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(store.consume(key, costsNone).degraded()).isTrue();

    stalled.countDown();
  }

  @Test
  void an_interrupted_caller_stays_interrupted_and_undecided() {
    CountDownLatch late = new CountDownLatch(1); // an answer that is there already does count
    watched.does(
        () -> {
          late.await();
          return null;
        });
    Thread.currentThread().interrupt();

    assertThat(store.consume(key, refusing("5/day"))).isEqualTo(Consumption.UNDECIDED);
    assertThat(Thread.interrupted()).isTrue();

    late.countDown();
  }

  private static Policy refusing(String limit) {
    return failing(OnFailure.REFUSE, limit);
  }

  private static Policy failing(OnFailure how, String limit) {
    return new Policy(policy(limit).budgets(), 1, how);
  }

  @Test
  void an_error_over_one_entry_is_no_answer_and_harms_no_other() {
    watched.does(
        () -> {
          throw new OutOfMemoryError("on purpose");
        });
    assertThat(store.consume(key, refusing("5/day"))).isEqualTo(Consumption.UNDECIDED);
    watched.does(null);

    assertThat(store.consume(freshKey(), refusing("5/day")).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(store.consume(key, refusing("5/day")).verdict()).isEqualTo(Verdict.GRANTED);
  }

  @Test
  void an_instance_that_is_shut_down_under_the_application_is_no_answer() { // I5
    HazelcastInstance other = EmbeddedMember.start(ClusterSettings.DEFAULT, InstantSource.system());
    try (QuotaStore orphan = QuotaStore.hazelcast(other, ClusterSettings.DEFAULT)) {
      assertThat(orphan.consume(key, policy("5/day")).degraded()).isFalse();
      other.shutdown();

      assertThat(orphan.consume(key, refusing("5/day"))).isEqualTo(Consumption.UNDECIDED);
      Consumption alone = orphan.consume(key, policy("5/day"));
      assertThat(alone.degraded()).isTrue();
      assertThat(alone.budgets().get(0).remaining()).isEqualTo(3);
      assertThat(orphan.peek(key, policy("5/day"))).isEqualTo(Consumption.UNDECIDED);
    }
  }

  // --- without an answer ------------------------------------------------------------------------

  @Test
  void without_an_answer_a_request_passes_uncounted_where_that_is_wanted() { // I5
    watched.does(() -> null);

    Consumption passed = store.consume(key, failing(OnFailure.ALLOW, "1/day"));

    assertThat(passed.verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(passed.degraded()).isTrue();
    assertThat(passed.budgets()).isEmpty();
    watched.does(null);
    assertThat(left("1/day")).isEqualTo(1);
  }

  @Test
  void without_an_answer_a_node_admits_its_share_and_charges_it_later() { // I5
    assertThat(store.consume(key, policy("5/day")).degraded()).isFalse();
    watched.does(
        () -> {
          throw new IllegalStateException("a fault of the cluster, on purpose");
        });
    List<Consumption> alone = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      alone.add(store.consume(key, policy("5/day")));
    }

    assertThat(alone).allMatch(Consumption::degraded);
    assertThat(alone)
        .extracting(one -> one.budgets().get(0).remaining())
        .containsExactly(3L, 2L, 1L, 0L, 0L); // this is the only node, and had one already
    assertThat(alone.get(3).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(alone.get(4).verdict()).isEqualTo(Verdict.REFUSED);
    watched.does(null);
    await().untilAsserted(() -> assertThat(left("5/day")).isZero());
  }

  @Test
  void without_an_answer_a_node_gives_away_its_share_of_the_slots_and_tells_of_it_later() { // I5
    assertThat(reserve(OnFailure.LOCAL, 1, 0).verdict()).isEqualTo(Verdict.GRANTED);
    watched.does(
        () -> {
          throw new IllegalStateException("a fault of the cluster, on purpose");
        });

    assertThat(reserve(OnFailure.LOCAL, 2, 22).degraded()).isTrue();
    assertThat(reserve(OnFailure.LOCAL, 3, 0).verdict()).isEqualTo(Verdict.GRANTED);
    Consumption none = reserve(OnFailure.LOCAL, 4, 0); // of three, one was taken before
    assertThat(none.verdict()).isEqualTo(Verdict.NO_SLOT);
    assertThat(none.active()).isEqualTo(Consumption.SLOTS_UNKNOWN);
    store.order(key, SlotOrder.bind(2, 22, GRACE));
    assertThat(reserve(OnFailure.LOCAL, 5, 22).verdict()).isEqualTo(Verdict.GRANTED); // has one
    store.order(key, SlotOrder.release(3));
    assertThat(reserve(OnFailure.LOCAL, 6, 0).verdict()).isEqualTo(Verdict.GRANTED);

    watched.does(null);
    await().untilAsserted(() -> assertThat(active()).isEqualTo(3));
    assertThat(reserve(OnFailure.LOCAL, 7, 22).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(reserve(OnFailure.LOCAL, 8, 0).verdict()).isEqualTo(Verdict.NO_SLOT);
  }

  @Test
  void without_an_answer_slots_are_given_to_all_or_to_nobody_where_that_is_wanted() { // I5, I10
    watched.does(() -> null);
    for (int token = 1; token <= 5; token++) {
      assertThat(reserve(OnFailure.ALLOW, token, 0).verdict()).isEqualTo(Verdict.GRANTED);
      store.order(key, SlotOrder.release(token));
      assertThat(reserve(OnFailure.REFUSE, 10 + token, 0)).isEqualTo(Consumption.UNDECIDED);
    }

    watched.does(null);
    await()
        .untilAsserted(
            () -> {
              Consumption standing = store.peek(key, policy("9/day"));
              assertThat(standing.verdict()).isEqualTo(Verdict.GRANTED);
              assertThat(standing.active()).isZero();
            });
  }

  @Test
  void a_slot_is_freed_though_the_call_that_was_to_free_it_does_not_come_back() { // I10
    assertThat(reserve(OnFailure.REFUSE, 1, 0).verdict()).isEqualTo(Verdict.GRANTED);
    CountDownLatch made = new CountDownLatch(1);
    CountDownLatch stalled = new CountDownLatch(1);
    watched.goes(
        work -> {
          watched.does(null); // the next calls are answered
          made.countDown();
          stalled.await();
          return null;
        });
    store.order(key, SlotOrder.release(1));
    await().until(() -> made.getCount() == 0);

    await().untilAsserted(() -> assertThat(active()).isZero());

    stalled.countDown();
  }

  @Test
  void subjects_with_slots_are_remembered_when_others_are_not_any_more() { // I7
    Subjects few = new Subjects(member.getMap("few"), 4, 1, (HazelcastQuotaStore) store);
    assertThat(few.gate(freshKey()).isRemembered()).isTrue();
    assertThat(few.gate(freshKey()).isRemembered()).isTrue();
    assertThat(few.gate(freshKey()).isRemembered()).isFalse();

    assertThat(few.lastingGate(freshKey()).isRemembered()).isTrue();
    assertThat(few.lastingGate(freshKey()).isRemembered()).isTrue();
    assertThat(few.lastingGate(freshKey()).isRemembered()).isFalse();
    assertThat(few.gates()).hasSize(4);
  }

  private Consumption reserve(OnFailure onFailure, long token, long id) {
    return store.consume(key, failing(onFailure, "99/day"), SlotOrder.reserve(token, id, 3, GRACE));
  }

  private long active() {
    return store.peek(key, policy("99/day")).active();
  }

  @Test
  void an_owner_that_does_not_answer_is_asked_no_more_until_a_probe_is_answered() { // I4
    CountDownLatch stalled = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    watched.does(
        () -> {
          asked.incrementAndGet();
          stalled.await();
          return null;
        });
    Policy refusing = refusing("100000/day");
    for (int i = 0; i < 5; i++) {
      assertThat(store.consume(freshKey(), refusing)).isEqualTo(Consumption.UNDECIDED);
    }
    int before = asked.get();

    for (int i = 0; i < 1_000; i++) {
      assertThat(store.consume(freshKey(), refusing)).isEqualTo(Consumption.UNDECIDED);
      assertThat(asked.get() - before).isLessThanOrEqualTo(1); // a probe, which is stuck as well
    }

    watched.does(null);
    stalled.countDown();
    await()
        .untilAsserted(
            () ->
                assertThat(store.consume(freshKey(), refusing).verdict())
                    .isEqualTo(Verdict.GRANTED));
  }

  @Test
  void calls_that_are_stuck_do_not_use_up_the_threads_of_the_others() { // I4
    CountDownLatch stalled = new CountDownLatch(1);
    watched.does(
        () -> {
          stalled.await();
          return null;
        });
    List<CompletableFuture<Consumption>> stuck = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      stuck.add(
          CompletableFuture.supplyAsync(
              () -> store.consume(freshKey(), refusing("5/day")),
              task -> new Thread(task).start()));
    }
    stuck.forEach(CompletableFuture::join);
    watched.does(null); // those are still stuck; the member is well

    await()
        .untilAsserted(
            () ->
                assertThat(store.consume(freshKey(), refusing("5/day")).verdict())
                    .isEqualTo(Verdict.GRANTED));
    stalled.countDown();
  }

  @Test
  void many_requests_at_once_are_admitted_up_to_the_limit_on_virtual_threads_too() // I1
      throws Exception {
    int granted = 0;
    ExecutorService threads = virtualThreads();
    try {
      List<Callable<Verdict>> requests =
          Collections.nCopies(500, () -> store.consume(key, refusing("100/day")).verdict());
      for (Future<Verdict> verdict : threads.invokeAll(requests)) {
        assertThat(verdict.get()).isIn(Verdict.GRANTED, Verdict.REFUSED);
        granted += verdict.get() == Verdict.GRANTED ? 1 : 0;
      }
    } finally {
      threads.shutdown();
    }

    assertThat(granted).isEqualTo(100);
  }

  /** Threads of the JVM's own making; where it has none yet, others. */
  private static ExecutorService virtualThreads() throws ReflectiveOperationException {
    return Runtime.version().feature() < 21
        ? Executors.newFixedThreadPool(50)
        : (ExecutorService)
            Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
  }

  @Test
  void a_closed_store_is_undecided_and_leaves_the_instance_running() {
    QuotaStore other = QuotaStore.hazelcast(member, ClusterSettings.DEFAULT);
    other.close();

    assertThat(other.consume(key, policy("5/day"))).isEqualTo(Consumption.UNDECIDED);
    assertThat(member.getLifecycleService().isRunning()).isTrue();
  }

  @Test
  void a_busy_key_is_leased_and_what_is_left_of_that_comes_back_when_the_store_closes() { // I10
    QuotaStore busy =
        HazelcastQuotaStore.over(
            HazelcastConnection.to(watched.in(member)), ClusterSettings.DEFAULT, Balances.NONE);
    watched.operations();
    int granted = 0;
    int operations = 0;
    while (granted == operations || granted < 2_000) {
      assertThat(busy.consume(key, policy("10000000/day")).verdict()).isEqualTo(Verdict.GRANTED);
      granted++;
      operations += watched.operations().size();
    }
    assertThat(operations).isLessThan(granted);

    busy.close();

    assertThat(left("10000000/day")).isEqualTo(10_000_000 - granted);
  }

  @Test
  void a_caller_who_knows_its_lease_sees_at_once_what_was_taken_beside_it() { // I6
    Quota leased = store.quota(key, policy("10000000/day"));
    Quota asked = store.quota(key, policy("10000000/day", "a:50/day"));
    long left = 10_000_000;
    do {
      assertThat(leased.consume().budgets().get(0).remaining()).isEqualTo(--left);
    } while (!watched.operations().isEmpty());

    for (int i = 0; i < 20; i++) {
      assertThat(asked.consume().budgets().get(0).remaining()).isEqualTo(--left);
      assertThat(leased.consume().budgets().get(0).remaining()).isEqualTo(--left);
    }
  }

  @Test
  void what_an_idle_key_holds_comes_back_by_itself() {
    int granted = 0;
    do { // as long as each is a call, so that nothing is leased
      store.consume(key, policy("10000000/day"));
      granted++;
    } while (!watched.operations().isEmpty());

    int all = granted;
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(left("10000000/day")).isEqualTo(10_000_000 - all));
  }

  /** What another node is told. */
  private long left(String limit) {
    ClusterSettings patient = ClusterSettings.DEFAULT.withDeadline(Duration.ofSeconds(20));
    try (QuotaStore other = QuotaStore.hazelcast(member, patient)) {
      return other.peek(key, policy(limit)).budgets().get(0).remaining();
    }
  }

  @Test
  void the_start_up_line_says_where_usage_is_counted() {
    assertThat(store.describe())
        .isEqualTo(
            "Hazelcast map weir-quotas, cluster weir, 1 member, instance " + member.getName());
  }

  private static IMap<byte[], byte[]> map() {
    return member.getMap(ClusterSettings.DEFAULT.map());
  }
}
