package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.plan.Algorithm;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.quota.Consumption.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every store does, wherever it keeps its entries and however many nodes there are. The store
 * may be one for all tests: each counts under a key of its own.
 */
public abstract class QuotaStoreContract {

  /** A full hour, in epoch milliseconds. */
  protected static final long NOON = 1_711_454_400_000L;

  private PartitionKey key = freshKey();

  /** What has been asked for before, of this key. */
  private final Map<Policy, Quota> quotas = new HashMap<>();

  private boolean turn;

  /** Returns the store; with several nodes, one that asks each in turn. */
  protected abstract QuotaStore store();

  /** Sets the clock of every node, epoch milliseconds. */
  protected abstract void setClock(long millis);

  /** Returns a store that has one node answer all. */
  protected QuotaStore oneNode() {
    return store();
  }

  @BeforeEach
  final void nothingIsUsedAndItIsNoon() {
    key = freshKey();
    quotas.clear();
    setClock(NOON);
  }

  // --- all or none -----------------------------------------------------------------------------

  @Test
  void a_grant_charges_every_budget_and_counts_down_one_by_one() { // R3, I6
    Policy policy = policy("3/minute", "5/hour", "analysis:4/minute sliding-log");

    assertThat(remaining(granted(policy))).containsExactly(2, 4, 3);
    assertThat(remaining(granted(policy))).containsExactly(1, 3, 2);
    assertThat(remaining(granted(policy))).containsExactly(0, 2, 1);
  }

  @Test
  void a_refusal_by_any_one_budget_charges_none() { // R3, I2
    for (int tight = 0; tight < 3; tight++) {
      String[] limits = {"9/minute", "a:9/hour token-bucket", "b:9/day sliding-log"};
      limits[tight] = limits[tight].replace('9', '1');
      Policy policy = policy(limits);
      PartitionKey own = freshKey();
      long[] left = {8, 8, 8};
      left[tight] = 0;

      assertThat(store().consume(own, policy).verdict()).isEqualTo(Verdict.GRANTED);
      for (int i = 0; i < 5; i++) {
        Consumption refused = store().consume(own, policy);
        assertThat(refused.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(remaining(refused)).containsExactly(left);
        assertThat(refused.budgets().get(tight).waitMillis()).isPositive();
        assertThat(refused.budgets().get((tight + 1) % 3).waitMillis()).isZero();
      }
      assertThat(remaining(store().peek(own, policy))).containsExactly(left);
    }
  }

  @Test
  void a_group_that_is_used_up_leaves_the_rest_of_the_plan_alone() { // K4, I2
    granted(policy("10/minute", "analysis:1/minute"));
    refused(policy("10/minute", "analysis:1/minute"));

    assertThat(remaining(granted(policy("10/minute", "sessions:5/minute")))).containsExactly(8, 4);
    assertThat(remaining(granted(policy("10/minute")))).containsExactly(7);
  }

  @Test
  void keys_are_independent() { // R2
    granted(policy("1/minute"));

    assertThat(store().consume(freshKey(), policy("1/minute")).verdict())
        .isEqualTo(Verdict.GRANTED);
  }

  @Test
  void a_cost_is_charged_whole_or_not_at_all() {
    assertThat(remaining(granted(policy(4, "10/minute", "10/hour token-bucket"))))
        .containsExactly(6, 6);
    assertThat(remaining(granted(policy(4, "10/minute", "10/hour token-bucket"))))
        .containsExactly(2, 2);
    assertThat(remaining(refused(policy(4, "10/minute", "10/hour token-bucket"))))
        .containsExactly(2, 2);
    assertThat(remaining(granted(policy(2, "10/minute", "10/hour token-bucket"))))
        .containsExactly(0, 0);
  }

  @Test
  void a_cost_above_the_limit_is_always_refused_with_a_wait_to_name() { // R6
    for (String limit : List.of("3/minute", "3/minute sliding-log", "3/minute token-bucket")) {
      assertThat(refused(policy(4, limit)).budgets().get(0).waitMillis()).isBetween(1L, 60_000L);
      assertThat(left(limit)).isEqualTo(3);
    }
  }

  @Test
  void a_policy_without_budgets_grants_and_counts_nothing() {
    Consumption unlimited = granted(policy());

    assertThat(unlimited.budgets()).isEmpty();
    assertThat(store().peek(key, policy()).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(unlimited.nowMillis()).isEqualTo(NOON);
  }

  @Test
  void as_many_budgets_as_a_policy_may_have_are_one_step() {
    String[] limits =
        IntStream.range(0, Policy.MAX_BUDGETS)
            .mapToObj(i -> "g" + i + ":" + (i + 2) + "/hour")
            .toArray(String[]::new);

    assertThat(remaining(granted(policy(limits))))
        .containsExactly(LongStream.rangeClosed(1, Policy.MAX_BUDGETS).toArray());
  }

  @Test
  void the_largest_limits_count_exactly() {
    for (Algorithm algorithm : Algorithm.values()) {
      Policy policy = policy(1_000_000, "100000000/366d " + algorithm.label());

      for (long expected = 99_000_000; expected >= 0; expected -= 1_000_000) {
        assertThat(remaining(granted(policy))).containsExactly(expected);
      }
      refused(policy);
    }
  }

  // --- peeking ---------------------------------------------------------------------------------

  @Test
  void peeking_charges_nothing() {
    assertThat(left("3/minute")).isEqualTo(3);
    granted(policy("3/minute"));

    for (int i = 0; i < 5; i++) {
      assertThat(left("3/minute")).isEqualTo(2);
    }
    assertThat(remaining(granted(policy("3/minute")))).containsExactly(1);
  }

  @Test
  void peeking_tells_when_everything_is_available_again() {
    granted(policy("3/minute"));
    setClock(NOON + 20_000);

    BudgetStatus status = store().peek(key, policy("3/minute")).budgets().get(0);

    assertThat(status.resetMillis()).isEqualTo(NOON + 60_000);
    assertThat(status.waitMillis()).isZero();
  }

  // --- limits that change ----------------------------------------------------------------------

  @Test
  void a_changed_limit_leaves_what_was_used_used() { // R12, K8, M7
    granted(policy("100/minute"));
    granted(policy("100/minute"));

    assertThat(left("10/minute")).isEqualTo(8);
    assertThat(left("1/minute")).isZero();
    assertThat(left("200/minute")).isEqualTo(198);

    assertThat(remaining(refused(policy("1/minute")))).containsExactly(0);
    assertThat(remaining(granted(policy("10/minute")))).containsExactly(7);
    assertThat(remaining(granted(policy("200/minute")))).containsExactly(196);
  }

  @Test
  void a_changed_limit_leaves_what_was_used_used_for_every_algorithm() { // R12
    for (String algorithm : List.of(" sliding-log", " token-bucket")) {
      granted(policy("100/minute" + algorithm));
      granted(policy("100/minute" + algorithm));

      assertThat(left("10/minute" + algorithm)).isEqualTo(8);
      assertThat(left("1/minute" + algorithm)).isZero();
      assertThat(left("200/minute" + algorithm)).isEqualTo(198);
    }
  }

  @Test
  void usage_that_a_request_does_not_ask_for_is_carried_along() {
    granted(policy("5/minute", "old:7/hour", "older:9/day token-bucket"));
    setClock(NOON + 1_000);
    granted(policy("5/minute"));
    granted(policy("new:2/minute"));

    assertThat(left("5/minute")).isEqualTo(3);
    assertThat(left("old:7/hour")).isEqualTo(6);
    assertThat(left("older:9/day token-bucket")).isEqualTo(8);
  }

  // --- time ------------------------------------------------------------------------------------

  @Test
  void a_fixed_window_ends_at_the_full_minute_and_not_a_millisecond_later() { // R4, R7, R11
    setClock(NOON + 30_500);
    Policy policy = policy("1/minute");

    assertThat(granted(policy).budgets().get(0).resetMillis()).isEqualTo(NOON + 60_000);
    setClock(NOON + 59_999);
    BudgetStatus last = refused(policy).budgets().get(0);
    assertThat(last.waitMillis()).isEqualTo(1);
    assertThat(last.resetMillis()).isEqualTo(NOON + 60_000);
    setClock(NOON + 60_000);
    assertThat(granted(policy).budgets().get(0).resetMillis()).isEqualTo(NOON + 120_000);
  }

  @Test
  void every_request_of_a_window_is_told_the_same_reset() { // R4
    for (long at = 0; at < 60_000; at += 7_777) {
      setClock(NOON + at);
      assertThat(granted(policy("100/minute")).budgets().get(0).resetSeconds())
          .isEqualTo(NOON / 1000 + 60);
    }
  }

  @Test
  void a_sliding_log_admits_the_limit_in_any_interval() {
    Policy policy = policy("2/20s sliding-log");
    granted(policy);
    setClock(NOON + 8_000);
    granted(policy);
    setClock(NOON + 19_999);

    assertThat(refused(policy).budgets().get(0).waitMillis()).isEqualTo(1);
    setClock(NOON + 20_000);
    granted(policy);
    assertThat(refused(policy).budgets().get(0).waitMillis()).isEqualTo(8_000);
    setClock(NOON + 28_000);
    granted(policy);
  }

  @Test
  void a_retry_exactly_one_second_after_a_refused_burst_is_admitted_at_every_phase() { // M2
    for (long phase = 0; phase < 1_000; phase += 125) {
      PartitionKey own = freshKey();
      Policy policy = policy("10/second sliding-log", "60/minute token-bucket");
      setClock(NOON + phase);
      for (int i = 0; i < 10; i++) {
        assertThat(store().consume(own, policy).verdict()).isEqualTo(Verdict.GRANTED);
      }
      assertThat(store().consume(own, policy).verdict()).isEqualTo(Verdict.REFUSED);
      setClock(NOON + phase + 1_000);
      assertThat(store().consume(own, policy).verdict()).isEqualTo(Verdict.GRANTED);
    }
  }

  @Test
  void a_token_bucket_gives_its_burst_and_then_the_rate() { // M3
    Policy policy = policy("60/minute token-bucket burst 3");
    for (long expected : new long[] {2, 1, 0}) {
      assertThat(remaining(granted(policy))).containsExactly(expected);
    }

    assertThat(refused(policy).budgets().get(0).waitMillis()).isEqualTo(1_000);
    setClock(NOON + 999);
    assertThat(refused(policy).budgets().get(0).waitMillis()).isEqualTo(1);
    setClock(NOON + 1_000);
    granted(policy);
    refused(policy);
    setClock(NOON + 60_000);
    assertThat(left("60/minute token-bucket burst 3")).isEqualTo(3);
  }

  @Test
  void a_clock_that_steps_back_gives_nothing() {
    for (String limit : List.of("2/minute", "2/minute sliding-log", "2/minute token-bucket")) {
      for (long back : new long[] {1, 1_000, 2_000, 2_001, 31_000, 3_600_000}) {
        PartitionKey own = freshKey();
        setClock(NOON + 30_000);
        store().consume(own, policy(limit));
        store().consume(own, policy(limit));
        setClock(NOON + 30_000 - back);

        Consumption consumption = store().consume(own, policy(limit));

        assertThat(consumption.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(consumption.nowMillis()).isEqualTo(NOON + 30_000 - (back > 2_000 ? back : 0));
        assertThat(longestWait(consumption)).isBetween(1L, 60_000L);
      }
    }
  }

  /** An owner whose clock was an hour ahead does not refuse anybody for that hour. */
  @Test
  void a_clock_that_was_an_hour_ahead_costs_two_periods_at_most() {
    for (String limit : List.of("2/minute", "2/minute sliding-log", "2/minute token-bucket")) {
      PartitionKey own = freshKey();
      setClock(NOON + 3_600_000);
      store().consume(own, policy(limit));
      store().consume(own, policy(limit));

      for (long second = 1; second < 60; second += 7) {
        setClock(NOON + 1_000 * second);
        store().consume(own, policy("x:1/hour", limit)); // other requests in between
      }
      setClock(NOON + 121_000);
      assertThat(store().consume(own, policy(limit)).verdict()).isEqualTo(Verdict.GRANTED);
    }
  }

  @Test
  void what_was_charged_under_a_clock_a_little_ahead_counts_when_others_have_caught_up() { // I1
    setClock(NOON + 500);
    granted(policy("2/minute"));
    setClock(NOON - 500);
    granted(policy("2/minute"));
    setClock(NOON + 100);

    refused(policy("2/minute"));
  }

  @Test
  void usage_is_forgotten_when_its_period_is_over() {
    granted(policy("3/minute", "3/hour"));
    setClock(NOON + 3_600_000);

    assertThat(left("3/minute")).isEqualTo(3);
    assertThat(left("3/hour")).isEqualTo(3);
  }

  // --- session slots ---------------------------------------------------------------------------

  private static final long GRACE = 300_000;

  @Test
  void as_many_sessions_as_there_are_slots_and_one_too_many_costs_no_permit() { // K2, K10, R3
    assertThat(open(1, 2).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(open(2, 2).active()).isEqualTo(2);

    Consumption refused = open(3, 2);

    assertThat(refused.verdict()).isEqualTo(Verdict.NO_SLOT);
    assertThat(refused.active()).isEqualTo(2);
    assertThat(remaining(refused)).containsExactly(997);
    assertThat(refused.budgets().get(0).waitMillis()).isZero();
    assertThat(left("999/hour")).isEqualTo(997);
  }

  @Test
  void a_request_refused_for_its_rate_takes_no_slot() { // R3
    for (int i = 0; i < 3; i++) {
      granted(policy("3/minute"));
    }

    assertThat(store().consume(key, policy("3/minute"), SlotOrder.open(1, 2, GRACE)).verdict())
        .isEqualTo(Verdict.REFUSED);
    assertThat(active()).isZero();
    setClock(NOON + 60_000);
    assertThat(store().consume(key, policy("3/minute"), SlotOrder.open(1, 2, GRACE)).active())
        .isEqualTo(1);
  }

  @Test
  void a_session_that_is_opened_again_has_its_slot_already() { // K9
    open(1, 1);

    assertThat(open(1, 1).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(active()).isEqualTo(1);
    store().consume(key, policy("999/hour"), SlotOrder.reserve(77, 0, 2, GRACE));
    store().settle(key, SlotOrder.bind(77, 1, GRACE), 0);
    awaitActive(1);
  }

  @Test
  void a_reservation_becomes_the_session_that_was_created() {
    store().consume(key, policy("999/hour"), SlotOrder.reserve(77, 0, 1, GRACE));
    store().settle(key, SlotOrder.bind(77, 1, GRACE), 0);
    settle();

    assertThat(open(2, 1).verdict()).isEqualTo(Verdict.NO_SLOT);
    store().settle(key, SlotOrder.release(77), 0); // late, and of nobody any more
    store().settle(key, SlotOrder.end(1), 0);
    awaitActive(0);
  }

  @Test
  void a_session_that_was_not_created_leaves_no_slot_taken() { // I10
    store().consume(key, policy("999/hour"), SlotOrder.reserve(77, 0, 1, GRACE));
    store().settle(key, SlotOrder.release(77), 0);

    awaitActive(0);
    assertThat(open(1, 1).verdict()).isEqualTo(Verdict.GRANTED);
  }

  @Test
  void a_session_that_ends_twice_or_late_frees_nobody_elses_slot() {
    open(1, 2);
    store().settle(key, SlotOrder.end(1), 0);
    awaitActive(0);
    open(2, 2);
    open(3, 2);

    store().settle(key, SlotOrder.end(1), 0);
    store().settle(key, SlotOrder.end(4), 0);
    store().settle(key, SlotOrder.end(3), 0);
    awaitActive(1);
    assertThat(open(2, 1).verdict()).isEqualTo(Verdict.GRANTED);
  }

  /** Its creation was told by another node, and that took longer than the client. */
  @Test
  void a_session_that_ends_before_its_creation_is_known_leaves_no_slot_taken() {
    store().consume(key, policy("999/hour"), SlotOrder.reserve(77, 0, 1, GRACE));
    store().settle(key, SlotOrder.end(1), 0);
    store().settle(key, SlotOrder.bind(77, 1, GRACE), 0);

    awaitActive(0);
  }

  @Test
  void a_slot_that_nobody_uses_is_free_after_the_grace_time_and_not_before() { // K9
    open(1, 1);
    setClock(NOON + GRACE - 1);
    assertThat(open(2, 1).verdict()).isEqualTo(Verdict.NO_SLOT);
    setClock(NOON + GRACE);

    assertThat(active()).isZero();
    assertThat(open(2, 1).verdict()).isEqualTo(Verdict.GRANTED);
  }

  @Test
  void a_slot_that_is_used_is_kept_and_a_use_takes_none() { // K9
    open(1, 2);
    setClock(NOON + GRACE - 1);
    store().settle(key, SlotOrder.keep(1, GRACE), 0);
    store().settle(key, SlotOrder.keep(2, GRACE), 0);
    settle();
    setClock(NOON + 2 * GRACE - 2);

    assertThat(active()).isEqualTo(1);
    setClock(NOON + 2 * GRACE - 1);
    assertThat(active()).isZero();
  }

  @Test
  void a_limit_that_is_lowered_ends_no_session_and_lets_none_begin() { // R12
    open(1, 3);
    open(2, 3);
    open(3, 3);

    assertThat(open(4, 2).verdict()).isEqualTo(Verdict.NO_SLOT);
    assertThat(active()).isEqualTo(3);
    assertThat(open(4, 4).verdict()).isEqualTo(Verdict.GRANTED);
  }

  @Test
  void slots_outlive_the_windows_beside_them() {
    store().consume(key, policy("9/second"), SlotOrder.open(1, 1, GRACE));
    setClock(NOON + 120_000);

    assertThat(open(2, 1).verdict()).isEqualTo(Verdict.NO_SLOT);
  }

  @Test
  void concurrent_creations_get_the_slots_exactly() throws Exception { // K2
    AtomicLong ids = new AtomicLong();
    List<Consumption> answers = concurrently(40, () -> open(ids.incrementAndGet(), 10));

    assertThat(answers.stream().filter(answer -> answer.verdict() == Verdict.GRANTED)).hasSize(10);
    assertThat(active()).isEqualTo(10);
  }

  private Consumption open(long id, long limit) {
    return store().consume(key, policy("999/hour"), SlotOrder.open(id, limit, GRACE));
  }

  private long active() {
    return store().peek(key, policy("999/hour")).active();
  }

  private void awaitActive(long wanted) {
    await().until(() -> active() == wanted);
  }

  /** Asks each node for what cannot be: by its answer all that was ordered there is done. */
  private void settle() {
    for (int i = 0; i < 8; i++) {
      assertThat(open(-1, 0).verdict()).isEqualTo(Verdict.NO_SLOT);
    }
  }

  // --- many at once ----------------------------------------------------------------------------

  @Test
  void concurrent_requests_get_the_budget_exactly_and_each_a_remaining_of_its_own() // R2, I1
      throws Exception {
    Policy policy = policy("100/hour", "group:1000/day sliding-log");
    List<Consumption> answers = concurrently(400, () -> store().consume(key, policy));

    assertThat(
            answers.stream()
                .filter(answer -> answer.verdict() == Verdict.GRANTED)
                .map(answer -> answer.budgets().get(0).remaining()))
        .containsExactlyInAnyOrderElementsOf(LongStream.range(0, 100).boxed().toList());
    assertThat(answers).noneMatch(answer -> answer.verdict() == Verdict.UNDECIDED);
    assertThat(left("group:1000/day sliding-log")).isEqualTo(900);
  }

  @Test
  void a_long_random_day_goes_as_the_arithmetic_says() {
    day(oneNode(), -2_000, (found, right) -> assertThat(found).as("%s", right).isEqualTo(right));
  }

  /**
   * With several nodes, one that remembers a refusal does not hear what others charge to limits
   * that do not refuse, nor that clocks were ahead once.
   */
  @Test
  void
      on_any_node_a_long_random_day_goes_as_the_arithmetic_says_but_for_what_was_heard_of_others() {
    day(
        store(),
        0,
        (found, right) -> {
          if (right.verdict() == Verdict.REFUSED) {
            assertThat(found.verdict()).isEqualTo(Verdict.REFUSED);
            assertThat(longestWait(found)).isBetween(1L, longestWait(right));
          } else {
            assertThat(found).isEqualTo(right);
          }
        });
  }

  private void day(
      QuotaStore store, int stepBack, BiConsumer<Consumption, Consumption> comparison) {
    Random random = new Random(4_711);
    Usage expected = Usage.decode(null);
    List<Policy> policies =
        List.of(
            policy("40/minute", "300/hour"),
            policy("40/minute", "300/hour", "a:10/minute sliding-log"),
            policy(3, "40/minute", "300/hour", "b:20/minute token-bucket burst 30"),
            policy(7, "b:20/minute token-bucket burst 30"));
    long clock = NOON;
    for (int i = 0; i < 400; i++) {
      clock += random.nextInt(20) == 0 ? random.nextInt(stepBack, 90_000) : random.nextInt(2_000);
      setClock(clock);
      Policy policy = policies.get(random.nextInt(policies.size()));
      boolean peek = random.nextInt(5) == 0;
      Demand demand = Demand.of(policy);
      long[] answer = peek ? expected.peek(demand, clock) : expected.consume(demand, clock);
      Consumption right = Consumption.decode(answer, policy);
      comparison.accept(
          peek ? store.peek(key, policy) : store.consume(key, policy),
          peek ? right.withSlots(false, 0) : right);
    }
  }

  // --- credits ---------------------------------------------------------------------------------

  @Test
  void credits_are_charged_with_the_limits_until_too_few_are_left() { // C2, C4, R3
    for (int left = 15; left >= 0; left -= 5) {
      Consumption granted = granted(paid(5, 20, "9/minute"));
      assertThat(credits(granted)).containsExactly(20, 20 - left, left);
    }

    Consumption refused = store().consume(key, paid(5, 20, "9/minute"));

    assertThat(refused.verdict()).isEqualTo(Verdict.NO_CREDITS);
    assertThat(credits(refused)).containsExactly(20, 20, 0);
    assertThat(remaining(refused)).containsExactly(5); // C1, I2: costs nothing anywhere
    assertThat(remaining(granted(paid(0, 20, "9/minute")))).containsExactly(4);
  }

  @Test
  void what_costs_more_than_is_left_burns_nothing() { // C4
    granted(paid(18, 20));

    assertThat(store().consume(key, paid(5, 20)).verdict()).isEqualTo(Verdict.NO_CREDITS);

    assertThat(credits(granted(paid(2, 20)))).containsExactly(20, 20, 0);
  }

  @Test
  void throughput_is_judged_first_and_a_refusal_for_it_burns_no_credits() { // C1, I2
    granted(paid(5, 20, "1/minute"));
    for (int i = 0; i < 3; i++) {
      Consumption refused = refused(paid(5, 20, "1/minute"));
      assertThat(credits(refused)).containsExactly(20, 5, 15);
      assertThat(refused.lacksCredits()).isFalse();
    }

    Consumption lackingBoth = refused(paid(16, 20, "1/minute"));

    assertThat(lackingBoth.lacksCredits()).isTrue();
    assertThat(credits(granted(paid(15, 20, "1/hour")))).containsExactly(20, 20, 0);
  }

  @Test
  void what_is_granted_counts_for_the_next_request_and_once() { // C5
    granted(paid(20, 20));
    assertThat(store().consume(key, paid(1, 20)).verdict()).isEqualTo(Verdict.NO_CREDITS);

    for (int i = 0; i < 3; i++) {
      assertThat(store().grant(key, new Balance(50, 0, 2, 0))).isNotNull();
    }

    assertThat(credits(granted(paid(1, 20)))).containsExactly(50, 21, 29);
    store().grant(key, new Balance(20, 0, 1, 0)); // is older
    assertThat(credits(store().peek(key, paid(0, 20)))).containsExactly(50, 21, 29);
  }

  @Test
  void a_refund_comes_back_once_and_never_more_than_was_paid() { // I10
    granted(paid(8, 20));
    Charge charge = new Charge(store(), key, 8, null);

    charge.refund(3);
    charge.refund(100);
    charge.refund();

    await().until(() -> credits(store().peek(key, paid(0, 20)))[1] == 0);
    assertThat(credits(granted(paid(20, 20)))).containsExactly(20, 20, 0);
  }

  @Test
  void credits_are_as_they_are_when_nobody_has_paid_yet() {
    assertThat(credits(store().peek(key, paid(0, 20, "9/minute")))).containsExactly(20, 0, 20);
  }

  @Test
  void sixty_spenders_at_once_pay_for_exactly_what_fits() throws Exception { // C5
    List<Consumption> answers =
        concurrently(60, () -> store().consume(key, paid(1, 20, "1000/minute")));

    assertThat(answers).filteredOn(one -> one.verdict() == Verdict.GRANTED).hasSize(20);
    assertThat(answers).filteredOn(one -> one.verdict() == Verdict.NO_CREDITS).hasSize(40);
    assertThat(answers)
        .allSatisfy(one -> assertThat(credits(one)[1] + credits(one)[2]).isEqualTo(20)); // C2
    assertThat(credits(store().peek(key, paid(0, 20)))).containsExactly(20, 20, 0);
  }

  private static Policy paid(long price, long initial, String... budgets) {
    return new Policy(policy(budgets).budgets(), 1, OnFailure.LOCAL, price, initial);
  }

  /** Returns granted, used, remaining. */
  private static long[] credits(Consumption consumption) {
    Balance balance = Objects.requireNonNull(consumption.credits());
    return new long[] {balance.granted(), balance.used(), balance.remaining()};
  }

  private static long longestWait(Consumption refused) {
    return refused.budgets().stream().mapToLong(BudgetStatus::waitMillis).max().orElseThrow();
  }

  /** Calls from eight threads; returns every answer. */
  protected static <T> List<T> concurrently(int times, Callable<T> call) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<T>> futures =
          threads.invokeAll(IntStream.range(0, times).mapToObj(i -> call).toList());
      List<T> answers = new ArrayList<>();
      for (Future<T> future : futures) {
        answers.add(future.get());
      }
      return answers;
    } finally {
      threads.shutdownNow();
    }
  }

  /** Asks in either way by turns; what one of them charges the other sees. */
  private Consumption consume(Policy policy) {
    turn = !turn;
    return turn
        ? quotas.computeIfAbsent(policy, same -> store().quota(key, same)).consume()
        : store().consume(key, policy);
  }

  private Consumption granted(Policy policy) {
    Consumption consumption = consume(policy);
    assertThat(consumption.verdict()).isEqualTo(Verdict.GRANTED);
    return consumption;
  }

  private Consumption refused(Policy policy) {
    Consumption consumption = consume(policy);
    assertThat(consumption.verdict()).isEqualTo(Verdict.REFUSED);
    return consumption;
  }

  private long left(String budget) {
    return store().peek(key, policy(budget)).budgets().get(0).remaining();
  }

  private static long[] remaining(Consumption consumption) {
    return consumption.budgets().stream().mapToLong(BudgetStatus::remaining).toArray();
  }

  /** Returns a partition that nobody has counted in yet. */
  public static PartitionKey freshKey() {
    return PartitionKey.ofSubject(UUID.randomUUID().toString());
  }

  /** Returns a policy of cost 1; a budget reads {@code limit} or {@code group:limit}. */
  public static Policy policy(String... budgets) {
    return policy(1, budgets);
  }

  /** Returns a policy of this cost. */
  public static Policy policy(long cost, String... budgets) {
    return new Policy(Arrays.stream(budgets).map(QuotaStoreContract::budget).toList(), cost);
  }

  private static Budget budget(String text) {
    int colon = text.indexOf(':');
    return colon < 0
        ? Budget.of(Budget.PLAN_SCOPE, Limit.parse(text))
        : Budget.of(text.substring(0, colon), Limit.parse(text.substring(colon + 1)));
  }
}
