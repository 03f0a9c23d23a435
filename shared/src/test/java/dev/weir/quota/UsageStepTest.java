package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Steps of several nodes on one entry, in numbers small enough to check by head. */
class UsageStepTest {

  private static final long NOON = 1_711_454_400_000L;

  private static final long[] NONE = {};

  private final Usage usage = Usage.decode(null);
  private long sequence;

  @Test
  void a_lease_charges_every_budget_at_once() { // R3
    StepAnswer answer = lease(1, 160, NOON, "64000/minute", "90000/hour");

    assertThat(answer.leased()).containsExactly(160);
    assertThat(left(NOON, "64000/minute", "90000/hour")).containsExactly(63_840, 89_840);
  }

  @Test
  void a_trifle_is_leased_for_long_and_an_eighth_at_most_for_a_moment() {
    assertThat(lease(1, 1_000, NOON, "64000/minute").leaseMillis()).containsExactly(10_000);

    StepAnswer much = lease(1, 10_000_000, NOON, "64000/minute");
    assertThat(much.leased()).containsExactly(63_000 / 8);
    assertThat(much.leaseMillis()).containsExactly(250);
  }

  @Test
  void what_comes_back_when_the_longest_lease_is_over_is_still_taken() {
    StepAnswer answer = lease(1, 160, NOON, "64000/minute", "90000/hour");
    long over = NOON + answer.leaseMillis()[0] + 500;
    step(2, 0, List.of(Step.Part.of(demand("64000/minute", "90000/hour"))), 3, over);

    giveBack(1, 160, new long[] {NOON + 60_000, NOON + 3_600_000}, over + 100);

    assertThat(left(over + 100, "64000/minute", "90000/hour")).containsExactly(63_997, 89_997);
  }

  @Test
  void nodes_that_hold_leases_share_the_eighth() {
    lease(1, 1_000, NOON, "64000/minute");

    assertThat(lease(2, 10_000_000, NOON, "64000/minute").leased()).containsExactly(63_000 / 16);
  }

  @Test
  void sixty_a_minute_are_not_leased() {
    assertThat(lease(1, 1_000_000, NOON, "60/minute").leased()).containsExactly(0);
    assertThat(lease(1, 1_000_000, NOON, "60/minute", "90000/hour").leased()).containsExactly(0);
  }

  @Test
  void a_lease_ends_with_the_window_and_what_comes_back_later_is_not_of_the_next() { // I1
    long late = NOON + 59_900;
    StepAnswer answer = lease(1, 160, late, "64000/minute", "90000/hour");
    assertThat(answer.leaseMillis()).containsExactly(100);
    step(2, 0, List.of(Step.Part.of(demand("64000/minute"))), 3, NOON + 60_000);

    giveBack(1, 160, new long[] {NOON + 60_000, NOON + 3_600_000}, NOON + 60_050);

    assertThat(left(NOON + 60_050, "64000/minute", "90000/hour")).containsExactly(63_997, 90_000);
  }

  @Test
  void what_comes_back_twice_is_taken_once() {
    lease(1, 160, NOON, "64000/minute", "90000/hour");
    long[] ends = {NOON + 60_000, NOON + 3_600_000};
    Step back = back(1, 160, ends);

    assertThat(usage.step(back, NOON + 10).changed()).isTrue();
    assertThat(usage.step(back, NOON + 20).changed()).isFalse();
    giveBack(1, 160, ends, NOON + 30);

    assertThat(left(NOON + 30, "64000/minute", "90000/hour")).containsExactly(64_000, 90_000);
  }

  @Test
  void what_a_node_never_held_is_not_taken_back() {
    step(1, 0, List.of(Step.Part.of(demand("64000/minute", "90000/hour"))), 500, NOON);

    giveBack(2, 160, new long[] {NOON + 60_000, NOON + 3_600_000}, NOON + 10);
    giveBack(1, 160, new long[] {NOON + 60_000, NOON + 3_600_000}, NOON + 20);

    assertThat(left(NOON + 30, "64000/minute", "90000/hour")).containsExactly(63_500, 89_500);
  }

  @Test
  void a_window_that_starts_again_goes_on_until_leases_that_may_be_of_it_are_over() { // I1
    lease(1, 160, NOON + 3_600_000, "64000/minute");
    Step.Part part = Step.Part.of(demand("64000/minute"));
    step(2, 0, List.of(part), 0, NOON + 59_999); // whose clock is right
    step(2, 0, List.of(part), 1, NOON + 59_999);

    assertThat(left(NOON + 60_001, "64000/minute")).containsExactly(63_839);
    assertThat(left(NOON + 120_000, "64000/minute")).containsExactly(64_000);
  }

  @Test
  void what_others_asked_for_before_the_clock_was_right_counts_when_they_ask_again() { // I1
    String[] group = {"64000/minute", "90/hour"};
    step(1, 0, List.of(Step.Part.of(demand(group))), 90, NOON + 10_799_999);
    step(2, 0, List.of(Step.Part.of(demand("64000/minute"))), 1, NOON);

    assertThat(left(NOON + 60_000, group)).containsExactly(64_000, 0);
    StepAnswer refused = step(1, 0, List.of(Step.Part.of(demand(group))), 1, NOON + 60_000);
    assertThat(refused.granted()).containsExactly(0);
    assertThat(left(NOON + 3_600_000, group)).containsExactly(64_000, 90);
  }

  @Test
  void a_step_that_runs_twice_is_answered_from_memory() {
    Step step = new Step(7, 1, 0, List.of(Step.Part.of(demand("5/minute"))), run(0), counts(3));
    StepAnswer first = usage.step(step, NOON);
    StepAnswer second = usage.step(step, NOON);

    assertThat(second.granted()).isEqualTo(first.granted()).containsExactly(3);
    assertThat(second.changed()).isFalse();
    assertThat(left(NOON, "5/minute")).containsExactly(2);
  }

  @Test
  void a_step_that_runs_again_in_the_next_window_says_when_it_was_charged() { // I1
    Step.Part part = new Step.Part(demand("64000/minute"), 160, 0, NONE);
    Step step = new Step(7, 1, 0, List.of(part), run(0), counts(3));
    usage.step(step, NOON + 59_900);
    Usage stored = Usage.decode(usage.encode());

    StepAnswer second = stored.step(step, NOON + 60_020);

    assertThat(second.chargedMillis()).isEqualTo(NOON + 59_900);
    assertThat(StepAnswer.decode(second.encode(), step).chargedMillis()).isEqualTo(NOON + 59_900);
  }

  @Test
  void a_step_that_comes_after_a_later_one_does_nothing() {
    Step.Part part = Step.Part.of(demand("5/minute"));
    Step late = new Step(7, 1, 0, List.of(part), run(0), counts(1));
    usage.step(new Step(7, 2, 0, List.of(part), run(0), counts(1)), NOON);

    assertThat(usage.step(late, NOON).kind()).isEqualTo(StepAnswer.Kind.STALE);
    assertThat(left(NOON, "5/minute")).containsExactly(4);
  }

  @Test
  void runs_are_judged_in_order_each_request_all_or_nothing() { // R3
    List<Step.Part> parts =
        List.of(Step.Part.of(demand("5/minute")), Step.Part.of(Demand.of(policy(2, "5/minute"))));
    Step step = new Step(7, 1, 0, parts, run(1, 0, 1, 0), counts(1, 1, 2, 9));

    assertThat(usage.step(step, NOON).granted()).containsExactly(1, 1, 1, 0);
  }

  @Test
  void a_refusal_says_when_permits_leased_elsewhere_may_come_back() {
    lease(1, 160, NOON, "64000/minute");
    Step.Part part = Step.Part.of(demand("64000/minute"));
    assertThat(step(2, 0, List.of(part), 63_840, NOON).againMillis()).isZero();

    StepAnswer refused = step(2, 0, List.of(part), 1, NOON + 3_900);
    assertThat(refused.granted()).containsExactly(0);
    assertThat(refused.againMillis()).isEqualTo(1_000); // asks in between as well

    assertThat(step(2, 0, List.of(part), 1, NOON + 11_400).againMillis()).isEqualTo(600);
    assertThat(step(2, 0, List.of(part), 1, NOON + 12_100).againMillis()).isZero();
  }

  @Test
  void a_full_bucket_is_not_leased_one_in_use_until_it_would_be_full() { // M3
    String bucket = "60000/minute token-bucket";
    assertThat(lease(1, 16, NOON, bucket).leased()).containsExactly(0);
    step(1, 0, List.of(Step.Part.of(demand(bucket))), 300, NOON);

    StepAnswer answer = lease(1, 100, NOON, bucket);
    assertThat(answer.leased()).containsExactly(100);
    assertThat(answer.leaseMillis()).containsExactly(299); // 300 tokens come back in 300 ms
    // of another node's, what the first may hold is no debt
    assertThat(lease(2, 100, NOON + 200, bucket).leaseMillis()).containsExactly(99);
  }

  @Test
  void what_comes_back_to_a_bucket_leaves_the_room_that_others_hold_permits_for() {
    String bucket = "60000/minute token-bucket";
    step(3, 0, List.of(Step.Part.of(demand(bucket))), 400, NOON);
    assertThat(lease(1, 100, NOON, bucket).leased()).containsExactly(100);
    assertThat(lease(2, 100, NOON, bucket).leased()).containsExactly(100);

    // 600 used, 500 refilled since: of the 100 that are left all may still be with the other node
    Step back =
        new Step(
            1,
            ++sequence,
            0,
            List.of(new Step.Part(demand(bucket), 0, 100, new long[1])),
            run(),
            counts());
    usage.step(back, NOON + 500);

    assertThat(left(NOON + 500, bucket)).containsExactly(59_900);
  }

  @Test
  void a_log_is_not_leased() {
    assertThat(lease(1, 100, NOON, "64000/minute sliding-log").leased()).containsExactly(0);
    assertThat(lease(1, 100, NOON, "64000/minute", "90000/hour sliding-log").leased())
        .containsExactly(0);
  }

  @Test
  void what_is_remembered_of_nodes_is_stored_and_forgotten_in_time() {
    lease(1, 160, NOON, "64000/minute");
    Usage stored = Usage.decode(usage.encode());
    assertThat(stored.encode()).isEqualTo(usage.encode());

    Step.Part part = Step.Part.of(demand("64000/minute"));
    stored.step(new Step(0, 0, 0, List.of(part), run(0), counts(1)), NOON + 12_001);
    Usage anonymous = Usage.decode(null);
    anonymous.step(new Step(0, 0, 0, List.of(part), run(0), counts(161)), NOON + 12_001);
    assertThat(stored.encode()).isEqualTo(anonymous.encode());
  }

  @Test
  void a_call_that_runs_after_its_deadline_does_nothing() { // I4
    Step step =
        new Step(1, 1, 0, List.of(Step.Part.of(demand("5/minute"))), run(0), counts(1))
            .by(NOON + 9);

    StepAnswer late = usage.step(step, NOON + 9);
    assertThat(late.kind()).isEqualTo(StepAnswer.Kind.EXPIRED);
    assertThat(late.changed()).isFalse();
    assertThat(left(NOON, "5/minute")).containsExactly(5);
    assertThat(StepAnswer.decode(late.encode(), step).kind()).isEqualTo(late.kind());

    assertThat(usage.step(step, NOON + 8).granted()).containsExactly(1);
    StepAnswer repeated = usage.step(step, NOON + 10); // it was done in time, the first time
    assertThat(repeated.granted()).containsExactly(1);
    assertThat(left(NOON + 10, "5/minute")).containsExactly(4);
  }

  @Test
  void debts_are_charged_to_their_window_whatever_is_left_of_it() { // I5
    step(1, 0, List.of(Step.Part.of(demand("5/minute"))), 4, NOON);

    usage.step(debts(NOON + 60_000, "5/minute", 3), NOON + 10);
    assertThat(left(NOON + 10, "5/minute")).containsExactly(0);

    usage.step(debts(NOON + 60_000, "5/minute", 3), NOON + 60_000);
    assertThat(left(NOON + 60_000, "5/minute")).containsExactly(5); // that window is over
    usage.step(debts(NOON + 180_000, "5/minute", 3), NOON + 60_000);
    assertThat(left(NOON + 60_000, "5/minute")).containsExactly(2); // by a clock that is ahead
  }

  @Test
  void debts_make_a_bucket_and_a_log_no_more_than_full() { // I5
    for (String limit : List.of("5/minute token-bucket", "5/minute sliding-log")) {
      usage.step(debts(0, limit, 30), NOON);

      assertThat(left(NOON, limit)).containsExactly(0);
      assertThat(left(NOON + 60_000, limit)).containsExactly(5);
    }
  }

  private Step debts(long end, String limit, long permits) {
    Step.Debt debt = new Step.Debt(demand(limit).only(0, permits), end);
    return new Step(
        9,
        ++sequence,
        0,
        List.of(),
        run(),
        counts(),
        List.of(debt),
        List.of(),
        List.of(),
        Step.NO_DEADLINE);
  }

  @Test
  void a_call_that_is_undone_costs_nothing_whenever_it_arrives() { // C5, I2
    Demand paid = Demand.of(new Policy(List.of(), 1, OnFailure.LOCAL, 5, 0));
    usage.step(Step.of(CreditOrder.tell(new Balance(100, 0, 1, 0))), NOON);
    Step lost = paying(paid, 1, List.of());
    Step undoing = paying(paid, 2, List.of(Objects.requireNonNull(CreditOrder.undo(lost))));

    usage.step(undoing, NOON); // arrives first
    assertThat(usage.step(lost, NOON).kind()).isEqualTo(StepAnswer.Kind.STALE);
    assertThat(used()).isEqualTo(5);

    Step late = paying(paid, 3, List.of());
    usage.step(late, NOON);
    usage.step(late, NOON + 5_000); // runs twice
    assertThat(used()).isEqualTo(10);
    // 30 seconds later, after others have come in between
    usage.step(Step.of(paid), NOON + 30_000);
    CreditOrder undo = Objects.requireNonNull(CreditOrder.undo(late));
    usage.step(
        new Step(9, 4, 0, List.of(), run(), counts(), List.of(), List.of(), List.of(undo), 0),
        NOON + 31_000);
    assertThat(used()).isEqualTo(10);

    // nothing but the order, so that nothing is different afterwards; and then the call itself
    Step never = paying(paid, 5, List.of());
    CreditOrder again = Objects.requireNonNull(CreditOrder.undo(never));
    Step onlyUndoing =
        new Step(9, 6, 0, List.of(), run(), counts(), List.of(), List.of(), List.of(again), 0);
    Usage read = Usage.decode(usage.encode()); // each call finds what is stored
    byte[] stored =
        read.step(onlyUndoing, NOON + 32_000).changed() ? read.encode() : usage.encode();
    assertThat(Usage.decode(stored).step(never, NOON + 32_000).kind())
        .isEqualTo(StepAnswer.Kind.STALE);
  }

  @Test
  void a_refund_that_is_told_twice_is_paid_once_even_much_later() { // C5
    Demand paid = Demand.of(new Policy(List.of(), 1, OnFailure.LOCAL, 5, 0));
    usage.step(Step.of(CreditOrder.tell(new Balance(100, 50, 1, 0))), NOON);
    CreditOrder refund = CreditOrder.refund(5);
    usage.step(
        new Step(9, 1, 0, List.of(), run(), counts(), List.of(), List.of(), List.of(refund), 0),
        NOON);
    usage.step(Step.of(paid), NOON + 60_000);

    usage.step(
        new Step(
            9,
            2,
            0,
            List.of(),
            run(),
            counts(),
            List.of(),
            List.of(),
            List.of(refund.triedBy(1)),
            0),
        NOON + 120_000);

    assertThat(used()).isEqualTo(50);
  }

  private Step paying(Demand paid, long call, List<CreditOrder> credits) {
    return new Step(
        9,
        call,
        0,
        List.of(Step.Part.of(paid)),
        run(0),
        counts(1),
        List.of(),
        List.of(),
        credits,
        0);
  }

  private long used() {
    return Objects.requireNonNull(usage.credits().balance()).used();
  }

  @Test
  void a_step_and_its_answer_travel_whole() {
    List<Step.Part> parts =
        List.of(
            new Step.Part(demand("64000/minute", "a:9/day sliding-log"), 77, 0, NONE),
            new Step.Part(demand("70000/hour token-bucket"), 500, 3, new long[] {5}));
    List<Step.Debt> debts = List.of(new Step.Debt(demand("5/minute").only(0, 3), NOON + 60_000));
    List<SlotOrder> orders =
        List.of(
            SlotOrder.bind(4, -5, 9_000), SlotOrder.open(6, 1, 70).on(1), SlotOrder.release(-7));
    List<CreditOrder> credits =
        List.of(
            CreditOrder.tell(new Balance(100, 3, 1, 7)),
            CreditOrder.refund(2).triedBy(8),
            new CreditOrder(CreditOrder.Kind.UNDO, null, 0, 7, new long[] {10, 3}));
    Step step =
        new Step(
            -3, 9, 4, parts, run(0, 1, 0), counts(2, 1, 20), debts, orders, credits, NOON + 100);

    Step arrived = Step.decode(step.encode());
    assertThat(arrived).usingRecursiveComparison().isEqualTo(step);

    StepAnswer answer = usage.step(step, NOON);
    StepAnswer read = StepAnswer.decode(answer.encode(), step);
    assertThat(read).usingRecursiveComparison().ignoringFields("changed").isEqualTo(answer);
    assertThat(Step.decode(Arrays.copyOf(step.encode(), 300)))
        .usingRecursiveComparison()
        .isEqualTo(step);
  }

  private StepAnswer lease(long node, long wanted, long now, String... limits) {
    return step(node, 0, List.of(new Step.Part(demand(limits), wanted, 0, NONE)), 0, now);
  }

  private StepAnswer step(long node, long holding, List<Step.Part> parts, long count, long now) {
    return usage.step(
        new Step(
            node,
            ++sequence,
            holding,
            parts,
            count == 0 ? run() : run(0),
            count == 0 ? counts() : counts(count)),
        now);
  }

  private Step back(long node, long requests, long[] ends) {
    Step.Part part = new Step.Part(demand("64000/minute", "90000/hour"), 0, requests, ends);
    return new Step(node, ++sequence, 0, List.of(part), run(), counts());
  }

  private void giveBack(long node, long requests, long[] ends, long now) {
    usage.step(back(node, requests, ends), now);
  }

  private long[] left(long now, String... limits) {
    long[] answer = usage.peek(demand(limits), now);
    long[] left = new long[limits.length];
    for (int i = 0; i < left.length; i++) {
      left[i] = answer[2 + 3 * i];
    }
    return left;
  }

  private static Demand demand(String... limits) {
    return Demand.of(policy(limits));
  }

  private static int[] run(int... parts) {
    return parts;
  }

  private static long[] counts(long... counts) {
    return counts;
  }
}
