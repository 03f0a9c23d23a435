package dev.weir.http;

import dev.weir.Outcome;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What an {@link ErrorTemplate} may leave open. */
enum Placeholder {
  /** Whole seconds until a retry, as in {@code Retry-After}. */
  RETRY_AFTER,
  /** As in the limit header. */
  LIMIT,
  /** As in the remaining header, so 0. */
  REMAINING,
  /** As in the reset header. */
  RESET,
  /** The display name of the budget that refuses. */
  LIMIT_NAME,
  /** The display names of all budgets that refuse, as a JSON array (RFC 9457 profile, R16). */
  VIOLATED_POLICIES,
  /** How many sessions may be active at once. */
  SESSIONS,
  /** As in {@code X-Request-Id} (contract R15). */
  REQUEST_ID;

  /** Returns whether a response with this outcome has a value to fill in. */
  boolean isKnownOn(Outcome outcome) {
    return switch (this) {
      case REQUEST_ID -> true;
      case SESSIONS -> outcome == Outcome.SESSIONS_EXCEEDED;
      case RETRY_AFTER -> outcome == Outcome.QUOTA_EXCEEDED || outcome == Outcome.UNDECIDED;
      default -> outcome == Outcome.QUOTA_EXCEEDED;
    };
  }

  static Placeholder of(String label, Outcome outcome) {
    for (Placeholder placeholder : values()) {
      if (placeholder.label().equals(label) && placeholder.isKnownOn(outcome)) {
        return placeholder;
      }
    }
    throw new IllegalArgumentException(
        "the body may hold %s, but holds {{%s}}"
            .formatted(
                Arrays.stream(values())
                    .filter(placeholder -> placeholder.isKnownOn(outcome))
                    .map(placeholder -> "{{" + placeholder.label() + "}}")
                    .collect(Collectors.joining(", ")),
                label));
  }

  /** Returns a value as it may be filled in. */
  String sample() {
    return switch (this) {
      case RETRY_AFTER -> "30";
      case LIMIT -> "60";
      case REMAINING -> "0";
      case RESET -> "1711454460";
      case LIMIT_NAME -> "minute";
      case VIOLATED_POLICIES -> "[\"minute\"]";
      case SESSIONS -> "2";
      case REQUEST_ID -> "req_0123456789ab";
    };
  }

  private String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
