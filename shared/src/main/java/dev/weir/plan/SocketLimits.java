package dev.weir.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much a customer may send over WebSockets, all of them together (contract K3, K5). Only what
 * clients send is counted.
 *
 * @param messages limits of messages; an empty list means unlimited; null means unlimited in a plan
 *     and the plan's in an account
 * @param bytes limits of payload bytes, likewise
 */
public record SocketLimits(@Nullable List<Limit> messages, @Nullable List<Limit> bytes) {

  /** Nothing is said. */
  public static final SocketLimits NONE = new SocketLimits(null, null);

  /**
   * Copies the lists.
   *
   * @param messages limits of messages; an empty list means unlimited; null means unlimited in a
   *     plan and the plan's in an account
   * @param bytes limits of payload bytes, likewise
   * @throws IllegalArgumentException if a limit is not {@link Algorithm#FIXED}: what a node takes
   *     ahead of the messages it is for, only a window with an end keeps exact
   */
  public SocketLimits {
    messages = messages == null ? null : List.copyOf(messages);
    bytes = bytes == null ? null : List.copyOf(bytes);
    check(messages);
    check(bytes);
  }

  private static void check(@Nullable List<Limit> limits) {
    if (limits != null) {
      limits.forEach(SocketLimits::check);
    }
  }

  /**
   * {@return a limit that sockets can have}
   *
   * @param limit what to check
   */
  public static Limit check(Limit limit) {
    if (limit.algorithm() != Algorithm.FIXED) {
      throw new IllegalArgumentException(
          "what sockets may send is counted in fixed windows, but the limit is '%s'"
              .formatted(limit));
    }
    return limit;
  }

  /** Returns these limits, and a plan's where nothing is said here. */
  SocketLimits over(SocketLimits plan) {
    return new SocketLimits(
        messages == null ? plan.messages : messages, bytes == null ? plan.bytes : bytes);
  }
}
