package dev.weir.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Decision;
import dev.weir.Outcome;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.quota.BudgetStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class UsageReportTest {

  @Test
  void every_limit_of_the_caller_is_reported() {
    assertThat(
            report(
                "starter",
                new BudgetStatus(
                    Budget.of("", Limit.parse("120/minute")), 118, 1_711_454_459_001L, 0),
                new BudgetStatus(
                    Budget.of("analysis", Limit.parse("60/hour token-bucket burst 90")),
                    90,
                    1_711_454_460_000L,
                    0)))
        .isEqualTo(
            """
            {"plan":"starter","limits":[\
            {"name":"minute","group":null,"limit":120,"remaining":118,"reset":1711454460,\
            "period":60,"algorithm":"fixed"},\
            {"name":"hour","group":"analysis","limit":90,"remaining":90,"reset":1711454460,\
            "period":3600,"algorithm":"token-bucket"}],"sessions":null,"credits":null}""");
  }

  @Test
  void names_are_escaped_and_no_limits_are_an_empty_list() {
    assertThat(report("the \"free\" one"))
        .isEqualTo(
            "{\"plan\":\"the \\\"free\\\" one\",\"limits\":[],\"sessions\":null,\"credits\":null}");
    assertThat(report(null))
        .isEqualTo("{\"plan\":null,\"limits\":[],\"sessions\":null,\"credits\":null}");
  }

  private static String report(String plan, BudgetStatus... budgets) {
    Decision usage = new Decision(Outcome.ALLOWED, plan, null, List.of(budgets), 1, false);
    return new String(UsageReport.of(usage), StandardCharsets.UTF_8);
  }
}
