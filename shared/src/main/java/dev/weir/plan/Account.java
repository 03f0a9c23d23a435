package dev.weir.plan;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the directory knows of the owner of a key.
 *
 * @param plan the name of the plan
 * @param subject whose budget the key draws on; keys that name the same subject share it. Null
 *     gives the key a budget of its own
 * @param limits replaces the plan's limits for this account; empty means unlimited, null keeps them
 * @param groups replaces the plan's limits of single endpoint groups, by group name
 */
public record Account(
    String plan,
    @Nullable String subject,
    @Nullable List<Limit> limits,
    Map<String, List<Limit>> groups) {

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if the subject is blank: all such accounts would share one
   *     budget
   */
  public Account {
    if (subject != null && subject.isBlank()) {
      throw new IllegalArgumentException(
          "a subject must not be blank; null gives the key a budget of its own");
    }
    limits = limits == null ? null : List.copyOf(limits);
    groups = Map.copyOf(groups);
  }

  /** Returns an account with just the plan's limits and a budget for each of its keys. */
  public static Account of(String plan) {
    return new Account(plan, null, null, Map.of());
  }

  /** Returns this account with its keys sharing the budget of a subject. */
  public Account withSubject(String newSubject) {
    return new Account(plan, newSubject, limits, groups);
  }

  /** Returns this account with limits of its own; none means unlimited. */
  public Account withLimits(Limit... newLimits) {
    return new Account(plan, subject, List.of(newLimits), groups);
  }
}
