package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.quota.BudgetStatus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateLimitMetricsTest {

  @Test
  void decisions_are_counted_by_outcome_plan_group_and_refusing_limit() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    RateLimitMetrics metrics = new RateLimitMetrics(registry);
    BudgetStatus spent =
        new BudgetStatus(Budget.of("analysis", Limit.parse("30/minute")), 0, 60_000, 30_000);

    metrics.onDecision(Decision.of(Outcome.KEY_MISSING, null, null));
    for (int i = 0; i < 3; i++) {
      metrics.onDecision(
          new Decision(Outcome.QUOTA_EXCEEDED, "starter", "analysis", List.of(spent), 1, false));
    }

    assertThat(
            registry
                .get("weir.decisions")
                .tag("outcome", "quota-exceeded")
                .tag("plan", "starter")
                .tag("group", "analysis")
                .tag("limit", "analysis-minute")
                .counter()
                .count())
        .isEqualTo(3);
    assertThat(
            registry
                .get("weir.decisions")
                .tags("outcome", "key-missing", "plan", "none", "limit", "none")
                .counter()
                .count())
        .isEqualTo(1);
  }
}
