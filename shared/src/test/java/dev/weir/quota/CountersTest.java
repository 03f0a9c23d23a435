package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CountersTest {

  private Usage usage = Usage.decode(null);

  @Test
  void a_minute_window_ends_at_the_full_minute() { // R11
    Consumption first = consume(90_500, "2/minute");

    assertThat(first.verdict()).isEqualTo(Consumption.Verdict.GRANTED);
    assertThat(first.budgets().get(0).resetMillis()).isEqualTo(120_000);
    assertThat(first.budgets().get(0).remaining()).isEqualTo(1);
  }

  @Test
  void a_window_refuses_until_its_end_and_not_a_millisecond_longer() { // R7
    consume(90_500, "1/minute");

    assertThat(consume(119_999, "1/minute").budgets().get(0).waitMillis()).isEqualTo(1);
    assertThat(consume(120_000, "1/minute").verdict()).isEqualTo(Consumption.Verdict.GRANTED);
  }

  @Test
  void a_token_bucket_gives_a_full_burst_and_then_the_rate() { // M3
    for (int i = 0; i < 60; i++) {
      assertThat(granted(0, "60/minute token-bucket")).isTrue();
    }

    assertThat(consume(0, "60/minute token-bucket").budgets().get(0).waitMillis()).isEqualTo(1000);
    assertThat(granted(999, "60/minute token-bucket")).isFalse();
    assertThat(granted(1000, "60/minute token-bucket")).isTrue();
    assertThat(granted(1000, "60/minute token-bucket")).isFalse();
  }

  @Test
  void the_reset_of_a_token_bucket_is_when_it_is_full_or_when_the_refused_request_fits() {
    assertThat(consume(5_000, "60/minute token-bucket").budgets().get(0).resetMillis())
        .isEqualTo(6_000);
    for (int i = 0; i < 59; i++) {
      consume(5_000, "60/minute token-bucket");
    }

    assertThat(consume(5_400, "60/minute token-bucket").budgets().get(0).resetMillis())
        .isEqualTo(6_000);
  }

  @Test
  void a_burst_smaller_or_larger_than_the_rate_bounds_the_bucket() {
    assertThat(granted(0, "60/minute token-bucket burst 1")).isTrue();
    assertThat(granted(0, "60/minute token-bucket burst 1")).isFalse();
    assertThat(consume(1_000, "60/minute token-bucket burst 90").budgets().get(0).remaining())
        .isEqualTo(89);
  }

  @Test
  void after_a_burst_refusal_a_retry_one_second_later_is_admitted_at_every_phase() { // M1, M2
    for (int phase = 0; phase < 1000; phase++) {
      usage = Usage.decode(null);
      long start = 1_711_000_000_000L + phase;
      for (int i = 0; i < 10; i++) {
        assertThat(granted(start + 7L * i, "10/second sliding-log", "60/minute token-bucket"))
            .isTrue();
      }
      long refused = start + 70;
      assertThat(granted(refused, "10/second sliding-log", "60/minute token-bucket")).isFalse();
      assertThat(granted(refused + 1000, "10/second sliding-log", "60/minute token-bucket"))
          .isTrue();
    }
  }

  @Test
  void a_sliding_log_says_exactly_when_the_request_fits() {
    consume(100, "2/second sliding-log");
    consume(600, "2/second sliding-log");

    Consumption refused = consume(700, "2/second sliding-log");

    assertThat(refused.budgets().get(0).waitMillis()).isEqualTo(400);
    assertThat(refused.budgets().get(0).resetMillis()).isEqualTo(1100);
    assertThat(granted(1099, "2/second sliding-log")).isFalse();
    assertThat(granted(1100, "2/second sliding-log")).isTrue();
  }

  @Test
  void a_huge_sliding_log_stays_small_and_never_admits_more_than_its_limit() {
    String limit = "5000/minute sliding-log";
    int admitted = 0;
    for (int i = 0; i < 6_000; i++) {
      admitted += granted(i * 9L, limit) ? 1 : 0;
    }

    assertThat(admitted).isEqualTo(5_000);
    assertThat(usage.encode().length).isLessThan(6_000);
    long wait = consume(54_000, limit).budgets().get(0).waitMillis();
    assertThat(wait).isBetween(6_000L, 6_000L + 60_000 / 512);
  }

  @Test
  void raising_and_lowering_a_limit_keeps_what_was_used() { // R12
    consume(0, "100/minute");
    consume(0, "100/minute");

    assertThat(peek(0, "10/minute").remaining()).isEqualTo(8);
    assertThat(peek(0, "1/minute").remaining()).isEqualTo(0);
    assertThat(peek(0, "200/minute").remaining()).isEqualTo(198);
    assertThat(granted(0, "1/minute")).isFalse();
    assertThat(consume(0, "200/minute").budgets().get(0).remaining()).isEqualTo(197);
  }

  @Test
  void raising_and_lowering_works_for_every_algorithm() { // R12, M7
    for (String algorithm : List.of("fixed", "sliding-log", "token-bucket")) {
      usage = Usage.decode(null);
      consume(0, "100/hour " + algorithm);
      consume(0, "100/hour " + algorithm);

      assertThat(peek(0, "10/hour " + algorithm).remaining()).as(algorithm).isEqualTo(8);
      assertThat(peek(0, "1/hour " + algorithm).remaining()).as(algorithm).isEqualTo(0);
      assertThat(peek(0, "200/hour " + algorithm).remaining()).as(algorithm).isEqualTo(198);
    }
  }

  @Test
  void all_windows_are_charged_or_none() { // R3
    consume(0, "1/second", "10/minute");

    Consumption refused = consume(10, "1/second", "10/minute");

    assertThat(refused.verdict()).isEqualTo(Consumption.Verdict.REFUSED);
    assertThat(refused.budgets()).extracting(BudgetStatus::remaining).containsExactly(0L, 9L);
    assertThat(refused.budgets().get(1).waitMillis()).isZero();
  }

  @Test
  void a_cost_above_the_limit_never_fits_but_is_told_a_finite_wait() {
    for (String algorithm : List.of("fixed", "sliding-log", "token-bucket")) {
      Consumption refused =
          Consumption.decode(
              usage.consume(Demand.of(policy(5, "3/minute " + algorithm)), 1_000),
              policy(5, "3/minute " + algorithm));

      assertThat(refused.verdict()).isEqualTo(Consumption.Verdict.REFUSED);
      assertThat(refused.budgets().get(0).waitMillis()).isBetween(1L, 60_000L);
    }
  }

  @Test
  void usage_that_nobody_asks_for_is_carried_along_until_its_period_is_over() {
    consume(0, "5/minute", "5/hour");
    consume(1_000, "5/minute");

    assertThat(peek(1_000, "5/hour").remaining()).isEqualTo(4);
    int withHour = usage.encode().length;
    consume(3_600_000, "5/minute");

    assertThat(usage.encode().length).isLessThan(withHour);
    assertThat(peek(3_600_000, "5/hour").remaining()).isEqualTo(5);
  }

  @Test
  void an_entry_lives_as_long_as_its_longest_window() {
    consume(30_000, "5/minute", "5/hour");

    assertThat(usage.lifeMillis(30_000)).isEqualTo(3_570_000);
  }

  /** Entries of this form may be in a running cluster: what is read here must stay readable. */
  @Test
  void the_stored_form_does_not_change() {
    consume(1_711_454_400_123L, "60/minute", "10/second sliding-log", "60/minute token-bucket");
    String stored = HexFormat.of().formatHex(usage.encode());

    assertThat(stored).isEqualTo(GOLDEN);
    usage = Usage.decode(HexFormat.of().parseHex(GOLDEN));
    assertThat(consume(1_711_454_400_123L, "60/minute").budgets().get(0).remaining()).isEqualTo(58);
  }

  private static final String GOLDEN =
      "010000018e7aa1ae7b03ac29665061c623ba00e5d3030119f542b9527e8e0901e8070100"
          + "0151fbcb0c0b84471502e0d40300e807";

  @Test
  void an_entry_of_a_later_version_is_not_guessed_at() {
    assertThatThrownBy(() -> Usage.decode(new byte[] {9, 0, 0}))
        .hasMessage("a usage entry has form 9, but this node knows form 1 only");
  }

  @Test
  void the_entry_of_a_minute_and_an_hour_window_is_small() {
    consume(1_711_454_400_123L, "60/minute", "1000/hour");

    assertThat(usage.encode().length).isLessThanOrEqualTo(64);
  }

  private boolean granted(long now, String... limits) {
    return consume(now, limits).verdict() == Consumption.Verdict.GRANTED;
  }

  /** Every step goes through the stored form, as it does in a store. */
  private Consumption consume(long now, String... limits) {
    Policy policy = policy(1, limits);
    Consumption answer = Consumption.decode(usage.consume(Demand.of(policy), now), policy);
    if (answer.verdict() == Consumption.Verdict.GRANTED) {
      usage = Usage.decode(usage.encode());
    }
    return answer;
  }

  private BudgetStatus peek(long now, String limit) {
    Policy policy = policy(1, limit);
    return Consumption.decode(usage.peek(Demand.of(policy), now), policy).budgets().get(0);
  }

  private static Policy policy(long cost, String... limits) {
    return new Policy(
        Stream.of(limits).map(text -> Budget.of(Budget.PLAN_SCOPE, Limit.parse(text))).toList(),
        cost);
  }
}
