package dev.weir.http;

import dev.weir.Decision;
import dev.weir.Decision.SessionStatus;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.quota.Balance;
import dev.weir.quota.BudgetStatus;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/**
 * A caller's own usage as JSON: {@code {"plan":"starter","limits":[{"name":"minute","group":null,
 * "limit":120,"remaining":118,"reset":1711454460,"period":60,"algorithm":"fixed"}],
 * "sessions":{"limit":10,"active":3},"credits":{"granted":1000,"used":588,"remaining":412}}}; no
 * limits where the plan is unlimited, null in place of the sessions where these are, and of the
 * credits where they are not counted. Reset is epoch seconds, period is seconds.
 */
final class UsageReport {

  private UsageReport() {}

  static byte[] of(Decision usage) {
    String plan = usage.plan();
    String limits =
        usage.budgets().stream().map(UsageReport::limit).collect(Collectors.joining(","));
    SessionStatus sessions = usage.sessions();
    Balance credits = usage.credits();
    return "{\"plan\":%s,\"limits\":[%s],\"sessions\":%s,\"credits\":%s}"
        .formatted(
            plan == null ? "null" : string(plan),
            limits,
            sessions == null
                ? "null"
                : "{\"limit\":%d,\"active\":%d}".formatted(sessions.limit(), sessions.active()),
            credits == null
                ? "null"
                : "{\"granted\":%d,\"used\":%d,\"remaining\":%d}"
                    .formatted(credits.granted(), credits.used(), credits.remaining()))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String limit(BudgetStatus status) {
    Budget budget = status.budget();
    Limit limit = budget.limit();
    String group = budget.scope().equals(Budget.PLAN_SCOPE) ? "null" : string(budget.scope());
    return ("{\"name\":%s,\"group\":%s,\"limit\":%d,\"remaining\":%d,\"reset\":%d,\"period\":%d,"
            + "\"algorithm\":%s}")
        .formatted(
            string(limit.name()),
            group,
            limit.capacity(),
            status.remaining(),
            status.resetSeconds(),
            limit.period().toSeconds(),
            string(limit.algorithm().label()));
  }

  private static String string(String text) {
    return '"' + Json.escape(text) + '"';
  }
}
