package dev.weir.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with a configuration, so that all of it can be told at once. */
final class Problems {

  /** A file that is wrong throughout, such as one of a thousand keys, is told by its first ones. */
  private static final int MOST_TOLD = 100;

  private static final int MOST_KEPT = 10_000;

  /** Of one problem: a value it quotes may be of any length. */
  private static final int MOST_CHARACTERS = 1_000;

  private record Problem(Place place, String text) {}

  /**
   * Those of the user's own file first; a profile can be at odds with it, but is rarely to blame.
   */
  private final Comparator<Problem> order;

  private final List<Problem> problems = new ArrayList<>();
  private int found;

  Problems(String source) {
    order =
        Comparator.comparing((Problem problem) -> !problem.place.file().equals(source))
            .thenComparing(Problem::place);
  }

  void add(Place place, String text) {
    found++;
    if (problems.size() < MOST_KEPT) {
      String line = text.replaceAll("\\p{Cntrl}+", " ");
      problems.add(new Problem(place, line.substring(0, Math.min(line.length(), MOST_CHARACTERS))));
    }
  }

  /** Returns the exception that tells everything found so far. */
  ConfigurationException toException() {
    List<String> told = new ArrayList<>();
    problems.stream()
        .sorted(order)
        .limit(MOST_TOLD)
        .forEach(problem -> told.add(problem.place + ": " + problem.text));
    if (found > told.size()) {
      told.add("and %d more".formatted(found - told.size()));
    }
    return new ConfigurationException(told);
  }

  /** Throws if anything was found. */
  void throwIfAny() {
    if (found > 0) {
      throw toException();
    }
  }
}
