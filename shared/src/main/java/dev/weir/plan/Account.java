package dev.weir.plan;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the directory knows of the owner of a key.
 *
 * @param plan the name of the plan
 * @param subject whose budget the key draws on; keys that name the same subject share it. Null
 *     gives the key a budget of its own. {@code partition:} and 32 hexadecimal digits stand for the
 *     budget that a rotated key had of its own
 * @param limits replaces the plan's limits for this account; empty means unlimited, null keeps them
 * @param groups replaces the plan's limits of single endpoint groups, by group name
 * @param sessions replaces the plan's number of sessions, 0 to {@link SessionRules#MOST} or {@link
 *     SessionRules#UNLIMITED}; null keeps it
 * @param sockets replaces what the plan says of WebSockets, as far as something is said here
 * @param credits how many credits it is given when it is first met, 0 to {@link Plan#MOST_CREDITS};
 *     null leaves that to the plan
 */
public record Account(
    String plan,
    @Nullable String subject,
    @Nullable List<Limit> limits,
    Map<String, List<Limit>> groups,
    @Nullable Long sessions,
    SocketLimits sockets,
    @Nullable Long credits) {

  /**
   * Copies the collections.
   *
   * @param plan the name of the plan
   * @param subject whose budget the key draws on; keys that name the same subject share it. Null
   *     gives the key a budget of its own. {@code partition:} and 32 hexadecimal digits stand for
   *     the budget that a rotated key had of its own
   * @param limits replaces the plan's limits for this account; empty means unlimited, null keeps
   *     them
   * @param groups replaces the plan's limits of single endpoint groups, by group name
   * @param sessions replaces the plan's number of sessions, 0 to {@link SessionRules#MOST} or
   *     {@link SessionRules#UNLIMITED}; null keeps it
   * @param sockets replaces what the plan says of WebSockets, as far as something is said here
   * @param credits how many credits it is given when it is first met, 0 to {@link
   *     Plan#MOST_CREDITS}; null leaves that to the plan
   * @throws IllegalArgumentException if the subject is blank: all such accounts would share one
   *     budget; or if there cannot be that many sessions, or credits
   */
  public Account {
    if (subject != null && subject.isBlank()) {
      throw new IllegalArgumentException(
          "a subject must not be blank; null gives the key a budget of its own");
    }
    if (sessions != null) {
      SessionRules.check(sessions);
    }
    if (credits != null) {
      Plan.checkCredits(credits);
    }
    limits = limits == null ? null : List.copyOf(limits);
    groups = Map.copyOf(groups);
  }

  /**
   * Creates an account with the plan's number of sessions and budgets of WebSockets.
   *
   * @param plan the name of the plan
   * @param subject whose budget the key draws on; keys that name the same subject share it. Null
   *     gives the key a budget of its own. {@code partition:} and 32 hexadecimal digits stand for
   *     the budget that a rotated key had of its own
   * @param limits replaces the plan's limits for this account; empty means unlimited, null keeps
   *     them
   * @param groups replaces the plan's limits of single endpoint groups, by group name
   */
  public Account(
      String plan,
      @Nullable String subject,
      @Nullable List<Limit> limits,
      Map<String, List<Limit>> groups) {
    this(plan, subject, limits, groups, null, SocketLimits.NONE, null);
  }

  /**
   * {@return an account with just the plan's limits and a budget for each of its keys}
   *
   * @param plan the name of its plan
   */
  public static Account of(String plan) {
    return new Account(plan, null, null, Map.of());
  }

  /**
   * {@return this account with its keys sharing the budget of a subject}
   *
   * @param newSubject whose budget
   */
  public Account withSubject(String newSubject) {
    return new Account(plan, newSubject, limits, groups, sessions, sockets, credits);
  }

  /**
   * {@return this account with limits of its own; none means unlimited}
   *
   * @param newLimits the limits; empty means unlimited
   */
  public Account withLimits(Limit... newLimits) {
    return new Account(plan, subject, List.of(newLimits), groups, sessions, sockets, credits);
  }

  /**
   * {@return this account with a number of sessions of its own}
   *
   * @param newSessions how many may be active at once
   */
  public Account withSessions(long newSessions) {
    return new Account(plan, subject, limits, groups, newSessions, sockets, credits);
  }

  /**
   * {@return this account with budgets of WebSockets of its own}
   *
   * @param newSockets the budgets
   */
  public Account withSockets(SocketLimits newSockets) {
    return new Account(plan, subject, limits, groups, sessions, newSockets, credits);
  }

  /**
   * {@return this account with credits of its own to begin with}
   *
   * @param newCredits how many, 0 or more
   */
  public Account withCredits(long newCredits) {
    return new Account(plan, subject, limits, groups, sessions, sockets, newCredits);
  }
}
