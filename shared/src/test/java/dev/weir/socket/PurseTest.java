package dev.weir.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.quota.BudgetStatus;
import dev.weir.quota.Consumption;
import dev.weir.quota.Consumption.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;

class PurseTest {

  private static final long MILLI = 1_000_000;
  private static final Budget BUDGET = Budget.of("a", Limit.parse("160/second"));

  private final Purse purse = new Purse(List.of(BUDGET), OnFailure.LOCAL);

  @Test
  void what_was_charged_to_one_window_is_not_spent_in_the_next() { // I1
    granted(10, 1_000, 500, 500);
    assertThat(purse.waitFor(10, 510 * MILLI)).isZero();

    granted(10, 2_000, 1_001, 990); // asked for in the old window, charged to the new one

    assertThat(purse.waitFor(10, 1_010 * MILLI)).isZero();
    assertThat(purse.waitFor(11, 1_010 * MILLI)).isEqualTo(Purse.UNKNOWN);
  }

  @Test
  void what_was_charged_to_the_same_window_adds_up() {
    granted(10, 1_000, 500, 500);
    granted(10, 1_000, 600, 600);

    assertThat(purse.waitFor(20, 700 * MILLI)).isZero();
  }

  @Test
  void it_is_worth_nothing_from_the_millisecond_before_the_end_of_its_window() { // I1
    granted(10, 1_000, 500, 480);

    assertThat(purse.waitFor(1, 979 * MILLI - 1)).isZero();
    assertThat(purse.waitFor(1, 979 * MILLI)).isEqualTo(Purse.UNKNOWN);
  }

  @Test
  void a_slice_is_a_sixteenth_of_a_window_or_what_a_message_needs() {
    assertThat(purse.request(1).cost()).isEqualTo(10);
    assertThat(purse.request(25).cost()).isEqualTo(25);
  }

  @Test
  void what_is_left_of_a_window_is_asked_for_and_then_nothing_until_its_end() {
    Policy asked = purse.request(1);
    refused(asked, 4, 300);

    assertThat(purse.waitFor(5, 0)).isEqualTo(300 * MILLI);
    assertThat(purse.waitFor(4, 0)).isEqualTo(Purse.UNKNOWN);
    assertThat(purse.request(1).cost()).isEqualTo(4);

    granted(4, 1_000, 700, 0);

    assertThat(purse.waitFor(4, 0)).isZero();
    assertThat(purse.waitFor(5, 0)).isEqualTo(300 * MILLI);
    assertThat(purse.waitFor(5, 300 * MILLI)).isEqualTo(Purse.UNKNOWN);
  }

  @Test
  void of_two_windows_the_wait_is_that_of_the_one_with_less_left_not_the_longer_one() {
    Budget minute = Budget.of("a", Limit.parse("1000/minute"));
    Purse both = new Purse(List.of(BUDGET, minute), OnFailure.LOCAL);
    Policy asked = both.request(10);

    both.answered(
        asked,
        new Consumption(
            Verdict.REFUSED,
            List.of(
                new BudgetStatus(BUDGET, 4, 1_000, 300),
                new BudgetStatus(minute, 9, 60_000, 59_300)),
            700),
        0,
        0);

    assertThat(both.waitFor(5, 0)).isEqualTo(300 * MILLI);
  }

  private void granted(long permits, long endMillis, long nowMillis, long askedMillis) {
    purse.answered(
        new Policy(List.of(BUDGET), permits),
        new Consumption(
            Verdict.GRANTED, List.of(new BudgetStatus(BUDGET, 0, endMillis, 0)), nowMillis),
        askedMillis * MILLI,
        askedMillis * MILLI);
  }

  private void refused(Policy asked, long left, long waitMillis) {
    purse.answered(
        asked,
        new Consumption(
            Verdict.REFUSED, List.of(new BudgetStatus(BUDGET, left, 1_000, waitMillis)), 700),
        0,
        0);
  }
}
