package dev.weir.config;

import dev.weir.plan.Algorithm;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads lists of limits, and finds in each of them what cannot be meant. */
final class LimitsReader {

  static final String UNLIMITED = "unlimited";

  private static final String EXAMPLE = "120/minute";

  /** A longer log may remember requests beyond its period, so nothing is sure about it. */
  private static final int LONGEST_EXACT_LOG = 1_024;

  private record Placed(Limit limit, Value value) {}

  private LimitsReader() {}

  /** Returns the limits; none if they are unlimited, or absent. */
  static List<Limit> read(Value value) {
    return read(value, null, EXAMPLE);
  }

  /**
   * Returns limits as above.
   *
   * @param parser how one is written as text, and in no other way, or null for the usual ways
   */
  static List<Limit> read(Value value, @Nullable Function<String, Limit> parser, String example) {
    if (UNLIMITED.equals(value.raw())) {
      return List.of();
    }
    List<Value> items =
        parser != null && value.raw() != null
            ? List.of(value)
            : value.items("[%s], or the word unlimited".formatted(example));
    if (items.isEmpty() && value.isEmptyList()) {
      value.problem("has no limit in it; write unlimited if that is meant");
    }
    List<Placed> read = new ArrayList<>();
    if (items.size() > Policy.MAX_BUDGETS) {
      value.problem(
          "must have at most %d limits, but has %d".formatted(Policy.MAX_BUDGETS, items.size()));
      return List.of();
    }
    for (Value item : items) {
      Limit limit = parser == null ? limit(item) : item.parsed(parser, example);
      if (limit != null) {
        checkAgainst(read, limit, item);
        read.add(new Placed(limit, item));
      }
    }
    return read.stream().map(Placed::limit).toList();
  }

  private static @Nullable Limit limit(Value value) {
    if (UNLIMITED.equals(value.raw())) {
      value.problem("must be a limit, or unlimited must stand alone, outside of a list");
      return null;
    }
    if (!value.isMapping()) {
      return value.parsed(Limit::parse, EXAMPLE);
    }
    Section section = value.section(Members.LIMIT);
    long permits = section.get("permits").required().number(1, Limit.MAX_PERMITS, 0);
    Duration period = section.get("period").required().parsed(Limit::parsePeriod, "minute");
    Algorithm algorithm = section.get("algorithm").parsed(Algorithm::of, "fixed");
    long burst = section.get("burst").number(1, Limit.MAX_PERMITS, 0);
    String name = section.get("name").text();
    if (permits == 0 || period == null) {
      return null;
    }
    try {
      return Limit.create(
          name,
          permits,
          period,
          algorithm == null ? Algorithm.FIXED : algorithm,
          burst == 0 ? null : (Long) burst);
    } catch (IllegalArgumentException malformed) {
      if (value.isSecret()) {
        value.problem("is malformed; it reads like '%s'".formatted(EXAMPLE));
      } else {
        value.complain(String.valueOf(malformed.getMessage()));
      }
      return null;
    }
  }

  private static void checkAgainst(List<Placed> earlier, Limit limit, Value value) {
    for (Placed other : earlier) {
      // one name means one display name; with the same period and algorithm even one counter
      if (other.limit.name().equals(limit.name())) {
        value.complain(
            "'%s' has the same name as '%s' in line %d; tell them apart with 'as NAME', or keep one"
                .formatted(limit, other.limit, other.value.place().line()));
      } else {
        complainIfIdle(limit, value, other.limit);
        complainIfIdle(other.limit, other.value, limit);
      }
    }
  }

  private static void complainIfIdle(Limit limit, Value value, Limit beside) {
    if (neverRefuses(limit, beside)) {
      value.complain(
          "'%s' can never refuse a request that '%s' of the same list admits; lower it or drop it"
              .formatted(limit, beside));
    }
  }

  /**
   * Returns whether a limit surely never refuses what another one admits. Equal strictness does not
   * count: it is of no use, but does no harm, and documents state limits that way.
   */
  static boolean neverRefuses(Limit limit, Limit beside) {
    if (limit.algorithm() == Algorithm.TOKEN_BUCKET) {
      // What `beside` admits in a time t is at most burst + rate * t. A bucket that holds more than
      // that burst and is filled at that rate or faster never runs dry.
      return burst(beside) < limit.capacity() && compareRates(beside, limit) <= 0;
    }
    if (limit.algorithm() == Algorithm.SLIDING_LOG && limit.permits() > LONGEST_EXACT_LOG) {
      return false;
    }
    return most(beside, limit) < limit.permits();
  }

  private static long burst(Limit limit) {
    return switch (limit.algorithm()) {
      case FIXED -> 2 * limit.permits();
      case SLIDING_LOG -> limit.permits();
      case TOKEN_BUCKET -> limit.capacity();
    };
  }

  private static int compareRates(Limit a, Limit b) {
    return Long.compare(a.permits() * b.period().toSeconds(), b.permits() * a.period().toSeconds());
  }

  /** Returns how much {@code limit} admits at most in any one window of {@code of}. */
  private static long most(Limit limit, Limit of) {
    long mine = limit.period().toSeconds();
    long theirs = of.period().toSeconds();
    long wholeWindows = -Math.floorDiv(-theirs, mine);
    boolean aligned =
        of.algorithm() == Algorithm.FIXED && (theirs % mine == 0 || mine % theirs == 0);
    return switch (limit.algorithm()) {
      // Windows of both begin together, or the one lies across a border of the other.
      case FIXED -> limit.permits() * (aligned ? wholeWindows : wholeWindows + 1);
      case SLIDING_LOG -> limit.permits() * wholeWindows;
      case TOKEN_BUCKET -> limit.capacity() + limit.permits() * theirs / mine;
    };
  }

  /** Returns the limits of endpoint groups, by group name. */
  static Map<String, List<Limit>> byGroup(Value value, Map<String, Value> groups) {
    Map<String, List<Limit>> limits = new LinkedHashMap<>();
    value
        .entries()
        .forEach(
            (name, entry) -> {
              if (!groups.containsKey(name)) {
                entry.complain(
                    (entry.isSecret() ? "unknown group" : "unknown group " + Value.quote(name))
                        + Spelling.hint(name, groups.keySet(), "groups"));
              }
              limits.put(name, read(entry));
            });
    return limits;
  }
}
