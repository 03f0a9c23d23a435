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
 */
public record Plan(
    String name,
    List<Limit> limits,
    Map<String, List<Limit>> groups,
    boolean dryRun,
    long sessions,
    SocketLimits sockets,
    @Nullable OnFailure onFailure) {

  /** Copies the collections. */
  public Plan {
    SessionRules.check(sessions);
    limits = List.copyOf(limits);
    groups = Map.copyOf(groups);
  }

  /**
   * Creates a plan without limits of sessions and sockets that fails as the configuration says in
   * general.
   */
  public Plan(String name, List<Limit> limits, Map<String, List<Limit>> groups, boolean dryRun) {
    this(name, limits, groups, dryRun, SessionRules.UNLIMITED, SocketLimits.NONE, null);
  }
}
