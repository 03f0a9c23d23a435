package dev.weir.http;

import dev.weir.Decision;
import dev.weir.quota.BudgetStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The fields of draft-ietf-httpapi-ratelimit-headers-10: Lists (RFC 9651) of the budgets' names,
 * each with what it allows or what is left of it (contract R16).
 */
final class StructuredFields {

  static final String POLICY_HEADER = "RateLimit-Policy";
  static final String LIMIT_HEADER = "RateLimit";

  private StructuredFields() {}

  /** Returns every budget's permits and period: {@code "minute";q=60;w=60}. */
  static String policies(List<BudgetStatus> budgets) {
    StringBuilder field = new StringBuilder();
    for (BudgetStatus status : budgets) {
      appendName(field, status.budget().displayName())
          .append(";q=")
          .append(status.budget().limit().permits())
          .append(";w=")
          .append(status.budget().limit().period().toSeconds());
    }
    return field.toString();
  }

  /**
   * Returns what is left of every budget and the seconds until there is more, rounded up: {@code
   * "minute";r=12;t=30}. Of the budget that refuses longest the seconds equal {@code Retry-After}.
   */
  static String limits(Decision decision) {
    StringBuilder field = new StringBuilder();
    for (BudgetStatus status : decision.budgets()) {
      long untilReset = Math.max(0, status.resetMillis() - decision.nowMillis());
      appendName(field, status.budget().displayName())
          .append(";r=")
          .append(Profile.remaining(status))
          .append(";t=")
          .append(-Math.floorDiv(-untilReset, 1000L));
    }
    return field.toString();
  }

  /** A String (RFC 9651, section 3.3.3) is ASCII; the rest stands there percent-encoded. */
  private static StringBuilder appendName(StringBuilder field, String name) {
    field.append(field.isEmpty() ? "\"" : ", \"");
    for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
      if (octet < ' ' || octet > '~') {
        field.append('%').append(String.format("%02X", octet));
      } else if (octet == '"' || octet == '\\') {
        field.append('\\').append((char) octet);
      } else {
        field.append((char) octet);
      }
    }
    return field.append('"');
  }
}
