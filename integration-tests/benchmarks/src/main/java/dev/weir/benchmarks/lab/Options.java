package dev.weir.benchmarks.lab;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How to run a load.
 *
 * @param rounds how often each subject is measured; 0 for what the load finds enough
 * @param loads what to run; empty for everything
 * @param subjects what to measure; empty for everything
 * @param size how long to take
 */
public record Options(int rounds, List<String> loads, List<String> subjects, Size size) {

  /** How long to take. */
  public enum Size {
    /** Seconds: shows that everything runs, and nothing about speed. */
    SHORT,
    /** Minutes: what the targets are about. */
    NORMAL,
    /** Longer: every load in every layout. */
    FULL
  }

  /** The defaults. */
  public static final Options DEFAULT = new Options(0, List.of(), List.of(), Size.NORMAL);

  /** The shortest form. */
  public static final Options SHORT = new Options(1, List.of(), List.of(), Size.SHORT);

  /** What {@code --help} says of them. */
  public static final String HELP =
      """
      --rounds=NUMBER     how often each subject is measured, alternating with the others
      --loads=NAME,...    only what is so called (decisions: hot, exhausted, steps, many, \
      or with members and callers, as in hot-1-8; http: jetty, tomcat, jersey)
      --subjects=NAME,... only these (decisions: weir, bucket4j, delaying, ...; http: none, headers, counter, weir, bucket4j)
      --size=SIZE         short: seconds, and says nothing of speed; normal; full: also what no target is about
      --short             --size=short""";

  private static final Pattern ARGUMENT = Pattern.compile("--(rounds|loads|subjects|size)=(.*)");

  /** Copies the lists. */
  public Options {
    loads = List.copyOf(loads);
    subjects = List.copyOf(subjects);
  }

  /**
   * Reads options; one without a value counts as not given.
   *
   * @throws IllegalArgumentException if there is something wrong; the message says what would be
   *     right
   */
  public static Options parse(List<String> arguments) {
    Map<String, String> values = new TreeMap<>();
    for (String argument : arguments) {
      Matcher matcher = ARGUMENT.matcher(argument.equals("--short") ? "--size=short" : argument);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("unknown option '%s'".formatted(argument));
      }
      if (!matcher.group(2).isBlank()) {
        values.put(matcher.group(1), matcher.group(2));
      }
    }
    Size size = size(values.getOrDefault("size", "normal"));
    return new Options(
        rounds(values.getOrDefault("rounds", size == Size.SHORT ? "1" : "0")),
        names(values.getOrDefault("loads", "")),
        names(values.getOrDefault("subjects", "")),
        size);
  }

  private static int rounds(String text) {
    try {
      int rounds = Integer.parseInt(text);
      if (rounds >= 0 && rounds <= 1000) {
        return rounds;
      }
    } catch (NumberFormatException malformed) {
      // the message below says what would be right
    }
    throw new IllegalArgumentException("rounds must be 1 to 1000, but is '%s'".formatted(text));
  }

  private static Size size(String text) {
    for (Size size : Size.values()) {
      if (size.name().toLowerCase(Locale.ROOT).equals(text)) {
        return size;
      }
    }
    throw new IllegalArgumentException(
        "size must be short, normal or full, but is '%s'".formatted(text));
  }

  private static List<String> names(String text) {
    return text.isBlank()
        ? List.of()
        : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
  }

  /** Returns whether this is the shortest form. */
  public boolean isShort() {
    return size == Size.SHORT;
  }

  /** Returns how many rounds to make where the load finds so many enough. */
  public int roundsOr(int enough) {
    return rounds == 0 ? enough : rounds;
  }

  /** Returns whether to run what is so called, or begins with such a name and a hyphen. */
  public boolean wantsLoad(String name) {
    return loads.isEmpty()
        || loads.stream().anyMatch(load -> name.equals(load) || name.startsWith(load + "-"));
  }

  /** Returns whether to measure what is so called. */
  public boolean wantsSubject(String name) {
    return subjects.isEmpty() || subjects.contains(name);
  }
}
