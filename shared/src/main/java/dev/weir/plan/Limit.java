package dev.weir.plan;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How many permits one subject has per period, and how they are counted.
 *
 * @param name tells the limits of one scope apart; by default the period's name, such as {@code
 *     minute} or {@code 15m}
 * @param permits requests per period, 1 to 100,000,000
 * @param period whole seconds, 1 second to 366 days
 * @param algorithm how permits are counted
 * @param capacity how many permits a full token bucket holds, 1 to 100,000,000; always {@code
 *     permits} for the other algorithms
 */
public record Limit(
    String name, long permits, Duration period, Algorithm algorithm, long capacity) {

  /** With {@link #MAX_PERIOD} this keeps every product of the bucket arithmetic below 2^63. */
  public static final long MAX_PERMITS = 100_000_000;

  /** The longest period. */
  public static final Duration MAX_PERIOD = Duration.ofDays(366);

  private static final Map<String, Duration> PERIOD_NAMES =
      Map.of(
          "second", Duration.ofSeconds(1),
          "minute", Duration.ofMinutes(1),
          "hour", Duration.ofHours(1),
          "day", Duration.ofDays(1));

  private static final Pattern TEXT =
      Pattern.compile(
          "(?<permits>[^\\s/]+)\\s*/\\s*(?<period>\\S+)(?:\\s+(?<algorithm>(?!burst\\b|as\\b)\\S+))?"
              + "(?:\\s+burst\\s+(?<burst>\\S+))?(?:\\s+as\\s+(?<name>\\S+))?");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /**
   * Checks every bound, so that no later arithmetic needs to.
   *
   * @param name tells the limits of one scope apart; by default the period's name, such as {@code
   *     minute} or {@code 15m}
   * @param permits requests per period, 1 to 100,000,000
   * @param period whole seconds, 1 second to 366 days
   * @param algorithm how permits are counted
   * @param capacity how many permits a full token bucket holds, 1 to 100,000,000; always {@code
   *     permits} for the other algorithms
   */
  public Limit {
    if (period.compareTo(Duration.ofSeconds(1)) < 0 || period.compareTo(MAX_PERIOD) > 0) {
      throw new IllegalArgumentException(
          "period of limit '%s' must be 1 second to 366 days, but is %s".formatted(name, period));
    }
    if (!period.equals(Duration.ofSeconds(period.toSeconds()))) {
      throw new IllegalArgumentException(
          "period of limit '%s' must be whole seconds, but is %s".formatted(name, period));
    }
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "limit name must be 1 to 64 letters, digits, '.', '_' or '-', but is '%s'"
              .formatted(name));
    }
    requirePermits("permits", name, permits);
    requirePermits("burst", name, capacity);
    if (algorithm != Algorithm.TOKEN_BUCKET && capacity != permits) {
      throw new IllegalArgumentException(
          "burst of limit '%s' is for token-bucket only, but the limit is %s"
              .formatted(name, algorithm.label()));
    }
  }

  /**
   * {@return an epoch-aligned limit named after its period}
   *
   * @param permits how many, 1 to 100,000,000
   * @param period 1 second to 366 days
   */
  public static Limit fixed(long permits, Duration period) {
    return of(permits, period, Algorithm.FIXED);
  }

  /**
   * {@return a limit named after its period whose capacity is its permits}
   *
   * @param permits how many, 1 to 100,000,000
   * @param period 1 second to 366 days
   * @param algorithm how it counts
   */
  public static Limit of(long permits, Duration period, Algorithm algorithm) {
    return new Limit(nameOf(period), permits, period, algorithm, permits);
  }

  /**
   * Reads {@code <permits>/<period> [<algorithm>] [burst <permits>] [as <name>]}, such as {@code
   * 120/minute}, {@code 10/second sliding-log} or {@code 60/minute token-bucket burst 90 as
   * sustained}. A period is {@code second}, {@code minute}, {@code hour}, {@code day}, a number
   * with {@code s}, {@code m}, {@code h} or {@code d}, or an ISO-8601 duration.
   *
   * @param text what to read
   * @return the limit
   * @throws IllegalArgumentException if the text is not of that form or out of range; the message
   *     says what would be right
   */
  public static Limit parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "a limit reads like '120/minute' or '10/second sliding-log', but is '%s'"
              .formatted(text));
    }
    long permits = parsePermits("permits", matcher.group("permits"));
    Duration period = parsePeriod(matcher.group("period"));
    String algorithm = matcher.group("algorithm");
    return create(
        matcher.group("name"),
        permits,
        period,
        algorithm == null ? Algorithm.FIXED : Algorithm.of(algorithm),
        matcher.group("burst") == null ? null : parsePermits("burst", matcher.group("burst")));
  }

  /**
   * {@return a limit with the defaults filled in: its name from the period, its burst from permits}
   *
   * @param name or null for that of the period
   * @param permits how many, 1 to 100,000,000
   * @param period 1 second to 366 days
   * @param algorithm or null for fixed windows
   * @param burst how many at once, or null for as many as the permits
   */
  public static Limit create(
      @Nullable String name,
      long permits,
      Duration period,
      Algorithm algorithm,
      @Nullable Long burst) {
    return new Limit(
        name == null ? nameOf(period) : name,
        permits,
        period,
        algorithm,
        burst == null ? permits : burst);
  }

  /**
   * Reads a period on its own, in the forms of {@link #parse}.
   *
   * @param text what to read
   * @return the period
   * @throws IllegalArgumentException if it is none
   */
  public static Duration parsePeriod(String text) {
    Duration named = PERIOD_NAMES.get(text);
    if (named != null) {
      return named;
    }
    try {
      if (text.matches("[0-9]{1,9}[smhd]")) {
        long count = Long.parseLong(text.substring(0, text.length() - 1));
        return switch (text.charAt(text.length() - 1)) {
          case 's' -> Duration.ofSeconds(count);
          case 'm' -> Duration.ofMinutes(count);
          case 'h' -> Duration.ofHours(count);
          default -> Duration.ofDays(count);
        };
      }
      if (text.startsWith("P")) {
        return Duration.parse(text);
      }
    } catch (DateTimeParseException | ArithmeticException malformed) {
      // falls through to the message below, which says what would be right
    }
    throw new IllegalArgumentException(
        "a period is second, minute, hour, day, a number with s, m, h or d such as 15m, or an"
            + " ISO-8601 duration such as PT15M, but is '%s'".formatted(text));
  }

  private static long parsePermits(String what, String text) {
    if (!text.matches("-?[0-9]{1,18}")) {
      throw new IllegalArgumentException(
          "%s must be a whole number from 1 to %d, but is '%s'".formatted(what, MAX_PERMITS, text));
    }
    return Long.parseLong(text);
  }

  private static void requirePermits(String what, String name, long permits) {
    if (permits < 1 || permits > MAX_PERMITS) {
      throw new IllegalArgumentException(
          "%s of limit '%s' must be 1 to %d, but is %d"
              .formatted(what, name, MAX_PERMITS, permits));
    }
  }

  /**
   * Returns the name a limit of this period has by default, such as {@code minute} or {@code 15m}.
   */
  static String nameOf(Duration period) {
    for (Map.Entry<String, Duration> named : PERIOD_NAMES.entrySet()) {
      if (named.getValue().equals(period)) {
        return named.getKey();
      }
    }
    long seconds = period.toSeconds();
    if (seconds == 0 || seconds % 60 != 0) {
      return seconds + "s";
    }
    if (seconds % 86_400 == 0) {
      return seconds / 86_400 + "d";
    }
    return seconds % 3_600 == 0 ? seconds / 3_600 + "h" : seconds / 60 + "m";
  }

  /** {@return the period in milliseconds} */
  public long periodMillis() {
    return period.toMillis();
  }

  /** Returns the text that {@link #parse} reads back to this limit. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder().append(permits).append('/').append(nameOf(period));
    if (algorithm != Algorithm.FIXED) {
      text.append(' ').append(algorithm.label());
    }
    if (capacity != permits) {
      text.append(" burst ").append(capacity);
    }
    if (!name.equals(nameOf(period))) {
      text.append(" as ").append(name);
    }
    return text.toString();
  }
}
