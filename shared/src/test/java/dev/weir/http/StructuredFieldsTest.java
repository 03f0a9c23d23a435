package dev.weir.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Decision;
import dev.weir.Outcome;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.quota.BudgetStatus;
import java.util.List;
import org.greenbytes.http.sfv.Parser;
import org.greenbytes.http.sfv.StringItem;
import org.junit.jupiter.api.Test;

/** The fields of draft-ietf-httpapi-ratelimit-headers-10 (contract R16). */
class StructuredFieldsTest {

  private static final long NOW = 1_711_454_430_001L;

  private static final BudgetStatus MINUTE = status("", "60/minute", 12, NOW + 29_999, 0);
  private static final BudgetStatus ANALYSIS =
      status("analysis", "30/hour sliding-log", 2, NOW + 1_001, 1_001);

  @Test
  void every_policy_is_listed_with_quota_and_window() {
    assertThat(StructuredFields.policies(List.of(MINUTE, ANALYSIS)))
        .isEqualTo("\"minute\";q=60;w=60, \"analysis-hour\";q=30;w=3600");
  }

  @Test
  void every_policy_is_listed_with_what_is_left_of_it() {
    Decision decision =
        new Decision(Outcome.QUOTA_EXCEEDED, "p", null, List.of(MINUTE, ANALYSIS), NOW, false);

    assertThat(StructuredFields.limits(decision))
        .isEqualTo("\"minute\";r=12;t=30, \"analysis-hour\";r=0;t=2");
  }

  @Test
  void what_is_reset_already_takes_no_time() {
    BudgetStatus unused = status("", "9/second sliding-log", 9, NOW - 5_000, 0);
    Decision decision = new Decision(Outcome.ALLOWED, "p", null, List.of(unused), NOW, false);

    assertThat(StructuredFields.limits(decision)).isEqualTo("\"second\";r=9;t=0");
  }

  @Test
  void a_name_that_needs_it_is_escaped() {
    String field =
        StructuredFields.policies(List.of(status("say ~\"ü\\\"", "1/second", 0, NOW, 0)));

    assertThat(field).isEqualTo("\"say ~\\\"%C3%BC\\\\\\\"-second\";q=1;w=1");
    assertThat(((StringItem) Parser.parseList(field).get().get(0)).get())
        .isEqualTo("say ~\"%C3%BC\\\"-second");
  }

  private static BudgetStatus status(
      String scope, String limit, long remaining, long resetMillis, long waitMillis) {
    return new BudgetStatus(
        Budget.of(scope, Limit.parse(limit)), remaining, resetMillis, waitMillis);
  }
}
