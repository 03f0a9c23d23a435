package dev.weir.http;

import org.jspecify.annotations.Nullable;

/**
 * Which headers describe a decision.
 *
 * @param trio whether limit, remaining and reset are sent
 * @param limit the name of the limit header
 * @param remaining the name of the remaining header
 * @param reset the name of the reset header
 * @param describes the display name of the budget they describe while nothing is refused (contract
 *     T2); null for the tightest (K6)
 * @param structuredFields whether the IETF {@code RateLimit} and {@code RateLimit-Policy} fields
 *     are sent (draft-ietf-httpapi-ratelimit-headers; contract R16)
 */
public record HeaderSet(
    boolean trio,
    String limit,
    String remaining,
    String reset,
    @Nullable String describes,
    boolean structuredFields) {

  /** The usual names, the tightest budget, no structured fields. */
  public static final HeaderSet DEFAULT =
      new HeaderSet(
          true, "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", null, false);
}
