package dev.weir.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {

  /** Usage is stored under these: a change here would forget what every customer has used. */
  @ParameterizedTest
  @CsvSource({
    "'', 120/minute, -6041184929717017670",
    "'', 1000/hour, 3294076758135818286",
    "'', 10/second sliding-log as burst, 1160460972208255031",
    "'', 60/minute token-bucket burst 90 as sustained, -7835824232717248504",
    "analysis, 30/minute, 5110206971111115973",
    "dev.acme.Analysis#start, 2/second, 3118366216199312452",
  })
  void the_stored_id_of_a_budget_never_changes(String scope, String limit, long id) {
    assertThat(Budget.of(scope, Limit.parse(limit)).id()).isEqualTo(id);
  }

  @Test
  void usage_survives_a_change_of_permits_and_burst() {
    assertThat(id("", "120/minute")).isEqualTo(id("", "1/minute")); // R12
    assertThat(id("a", "60/minute token-bucket burst 90"))
        .isEqualTo(id("a", "6/minute token-bucket"));
    assertThat(id("", "120/60s")).isEqualTo(id("", "120/minute"));
  }

  @Test
  void budgets_that_differ_in_scope_name_period_or_algorithm_are_counted_apart() {
    List<Long> ids =
        Stream.of(
                id("", "1/minute"),
                id("minute", "1/minute"),
                id("a", "1/minute"),
                id("", "1/minute as a"),
                id("a", "1/minute as a"),
                id("", "1/hour as minute"),
                id("", "1/hour"),
                id("", "1/minute sliding-log"),
                id("", "1/minute token-bucket"))
            .toList();

    assertThat(ids).doesNotHaveDuplicates();
  }

  @Test
  void clients_see_the_name_of_the_limit_after_that_of_its_scope() {
    assertThat(Budget.of("", Limit.parse("1/minute")).displayName()).isEqualTo("minute");
    assertThat(Budget.of("analysis", Limit.parse("1/15m")).displayName()).isEqualTo("analysis-15m");
  }

  private static long id(String scope, String limit) {
    return Budget.of(scope, Limit.parse(limit)).id();
  }
}
