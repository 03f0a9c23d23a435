package dev.weir.http;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which headers describe a decision.
 *
 * @param trio whether limit, remaining and reset are sent
 * @param limit the name of the limit header. Its value is the capacity, so the permits of every
 *     limit but a token bucket with a burst of its own; remaining never exceeds it
 * @param remaining the name of the remaining header
 * @param reset the name of the reset header
 * @param describes the display name of the budget they describe while nothing is refused (contract
 *     T2); null for the tightest (K6), which also stands in where that budget does not apply
 * @param structuredFields whether the IETF {@code RateLimit} and {@code RateLimit-Policy} fields
 *     are sent (draft-ietf-httpapi-ratelimit-headers-10; contract R16)
 * @param sessions whether {@value #SESSIONS_LIMIT} and {@value #SESSIONS_ACTIVE} are sent on
 *     answers to requests that open a session
 * @param credits whether {@value #CREDITS_REMAINING} and {@value #CREDITS_USED} are sent where
 *     credits are counted (contract C2)
 */
public record HeaderSet(
    boolean trio,
    String limit,
    String remaining,
    String reset,
    @Nullable String describes,
    boolean structuredFields,
    boolean sessions,
    boolean credits) {

  /** The header with the number of prepaid credits that are left. */
  public static final String CREDITS_REMAINING = "X-API-Credits-Remaining";

  /** The header with the number of prepaid credits that are spent. */
  public static final String CREDITS_USED = "X-API-Credits-Used";

  /** The header with the number of sessions that may be active at once. */
  public static final String SESSIONS_LIMIT = "X-Sessions-Limit";

  /** The header with the number of sessions that are active. */
  public static final String SESSIONS_ACTIVE = "X-Sessions-Active";

  /** What Weir or the container sets otherwise, in lower case. */
  private static final Set<String> TAKEN =
      Set.of(
          "retry-after",
          "cache-control",
          "www-authenticate",
          "x-request-id",
          "ratelimit",
          "ratelimit-policy",
          SESSIONS_LIMIT.toLowerCase(Locale.ROOT),
          SESSIONS_ACTIVE.toLowerCase(Locale.ROOT),
          CREDITS_REMAINING.toLowerCase(Locale.ROOT),
          CREDITS_USED.toLowerCase(Locale.ROOT),
          "access-control-expose-headers",
          "content-type",
          "content-length",
          "transfer-encoding",
          "connection");

  /** The usual names, the tightest budget, no structured fields, no sessions, and credits. */
  public static final HeaderSet DEFAULT =
      new HeaderSet(
          true,
          "X-RateLimit-Limit",
          "X-RateLimit-Remaining",
          "X-RateLimit-Reset",
          null,
          false,
          false,
          true);

  /**
   * Creates a header set without sessions.
   *
   * @param trio whether limit, remaining and reset are sent
   * @param limit the name of the limit header. Its value is the capacity, so the permits of every
   *     limit but a token bucket with a burst of its own; remaining never exceeds it
   * @param remaining the name of the remaining header
   * @param reset the name of the reset header
   * @param describes the display name of the budget they describe while nothing is refused
   *     (contract T2); null for the tightest (K6), which also stands in where that budget does not
   *     apply
   * @param structuredFields whether the IETF {@code RateLimit} and {@code RateLimit-Policy} fields
   *     are sent (draft-ietf-httpapi-ratelimit-headers-10; contract R16)
   */
  public HeaderSet(
      boolean trio,
      String limit,
      String remaining,
      String reset,
      @Nullable String describes,
      boolean structuredFields) {
    this(trio, limit, remaining, reset, describes, structuredFields, false, true);
  }

  /**
   * Checks the names.
   *
   * @param trio whether limit, remaining and reset are sent
   * @param limit the name of the limit header. Its value is the capacity, so the permits of every
   *     limit but a token bucket with a burst of its own; remaining never exceeds it
   * @param remaining the name of the remaining header
   * @param reset the name of the reset header
   * @param describes the display name of the budget they describe while nothing is refused
   *     (contract T2); null for the tightest (K6), which also stands in where that budget does not
   *     apply
   * @param structuredFields whether the IETF {@code RateLimit} and {@code RateLimit-Policy} fields
   *     are sent (draft-ietf-httpapi-ratelimit-headers-10; contract R16)
   * @param sessions whether {@value #SESSIONS_LIMIT} and {@value #SESSIONS_ACTIVE} are sent on
   *     answers to requests that open a session
   * @param credits whether {@value #CREDITS_REMAINING} and {@value #CREDITS_USED} are sent where
   *     credits are counted (contract C2)
   * @throws IllegalArgumentException if one cannot name a header or has another meaning, or two are
   *     the same
   */
  public HeaderSet {
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (String name : new String[] {limit, remaining, reset}) {
      // a token, RFC 9110, section 5.6.2
      if (!name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+")) {
        throw new IllegalArgumentException(
            "a header name is letters, digits and '-', but is '%s'".formatted(name));
      }
      if (TAKEN.contains(name.toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException(
            "'%s' has a meaning of its own; name another header, such as X-RateLimit-Limit"
                .formatted(name));
      }
      if (!names.add(name)) {
        throw new IllegalArgumentException(
            "limit, remaining and reset need a header each, but '%s' is named twice"
                .formatted(name));
      }
    }
  }
}
