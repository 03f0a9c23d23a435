package dev.weir.plan;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a group of customers is entitled to.
 *
 * @param name as accounts name it
 * @param limits the limits of every request; empty means unlimited
 * @param groups limits of single endpoint groups, by group name; an empty list lifts the limits
 *     that the group itself brings
 * @param dryRun whether a refusal of this plan is counted and reported, but let through
 * @param sessions how many sessions may be active at once, 0 to {@link SessionRules#MOST}, or
 *     {@link SessionRules#UNLIMITED}
 * @param sockets how much may be sent over WebSockets
 * @param onFailure what becomes of requests that the cluster gives no answer to, or null for what
 *     the configuration says in general
 * @param credits how many prepaid credits an account is given when it is first met, 0 to {@link
 *     #MOST_CREDITS}; null where requests cost none
 */
public record Plan(
    String name,
    List<Limit> limits,
    Map<String, List<Limit>> groups,
    boolean dryRun,
    long sessions,
    SocketLimits sockets,
    @Nullable OnFailure onFailure,
    @Nullable Long credits) {

  /** The most credits that can be given. */
  public static final long MOST_CREDITS = 1_000_000_000_000_000L;

  /**
   * Copies the collections.
   *
   * @param name as accounts name it
   * @param limits the limits of every request; empty means unlimited
   * @param groups limits of single endpoint groups, by group name; an empty list lifts the limits
   *     that the group itself brings
   * @param dryRun whether a refusal of this plan is counted and reported, but let through
   * @param sessions how many sessions may be active at once, 0 to {@link SessionRules#MOST}, or
   *     {@link SessionRules#UNLIMITED}
   * @param sockets how much may be sent over WebSockets
   * @param onFailure what becomes of requests that the cluster gives no answer to, or null for what
   *     the configuration says in general
   * @param credits how many prepaid credits an account is given when it is first met, 0 to {@link
   *     #MOST_CREDITS}; null where requests cost none
   */
  public Plan {
    SessionRules.check(sessions);
    if (credits != null) {
      checkCredits(credits);
    }
    limits = List.copyOf(limits);
    groups = Map.copyOf(groups);
  }

  /**
   * Creates a plan without limits of sessions and sockets that fails as the configuration says in
   * general.
   *
   * @param name as accounts name it
   * @param limits the limits of every request; empty means unlimited
   * @param groups limits of single endpoint groups, by group name; an empty list lifts the limits
   *     that the group itself brings
   * @param dryRun whether a refusal of this plan is counted and reported, but let through
   */
  public Plan(String name, List<Limit> limits, Map<String, List<Limit>> groups, boolean dryRun) {
    this(name, limits, groups, dryRun, SessionRules.UNLIMITED, SocketLimits.NONE, null, null);
  }

  static void checkCredits(long credits) {
    if (credits < 0 || credits > MOST_CREDITS) {
      throw new IllegalArgumentException(
          "credits must be 0 to %d, but are %d".formatted(MOST_CREDITS, credits));
    }
  }
}
