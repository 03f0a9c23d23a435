package dev.weir.conversations;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The response a conversation states for one request. */
final class Expectation {

  private static final Pattern PLACEHOLDER = Pattern.compile("<<(?:([a-z]*)=)?(.*?)>>");
  private static final Pattern RANGE = Pattern.compile("(.*: )([0-9]+)\\.\\.([0-9]+)");

  private final List<String> headers;
  private final String status;
  private final String body;

  /**
   * Creates an expectation.
   *
   * @param lines as in the file
   * @param time which of several times it is, from 0
   * @param times how often the exchange takes place
   */
  Expectation(List<String> lines, int time, int times) {
    int empty = lines.indexOf("");
    int end = empty < 0 ? lines.size() : empty;
    status = lines.get(0);
    headers =
        lines.subList(1, end).stream().map(header -> within(header, time, times)).sorted().toList();
    body = empty < 0 ? "" : String.join("\n", lines.subList(end + 1, lines.size()));
  }

  /** Replaces a range by its number for this time. */
  private static String within(String header, int time, int times) {
    Matcher range = RANGE.matcher(header);
    if (!range.matches()) {
      return header;
    }
    long from = Long.parseLong(range.group(2));
    long to = Long.parseLong(range.group(3));
    if (Math.abs(to - from) != times - 1) {
      throw new IllegalArgumentException(
          "'%s' does not move by one in each of %d exchanges".formatted(header, times));
    }
    return range.group(1) + (from + Long.signum(to - from) * (long) time);
  }

  /**
   * Returns the expected text, with every line that may differ and does so rightly replaced by what
   * has come, so that it can be compared with {@link #text(Http.Response)}.
   *
   * @param names the texts named so far; new ones are added
   */
  String against(Http.Response response, Map<String, String> names) {
    List<String> came = told(response);
    List<String> lines = new ArrayList<>();
    lines.add(status);
    for (int i = 0; i < headers.size(); i++) {
      lines.add(resolve(headers.get(i), i < came.size() ? came.get(i) : "", names));
    }
    lines.add("");
    lines.add(resolve(body, response.body(), names));
    return String.join("\n", lines);
  }

  /** Returns a response in the form that {@link #against} returns. */
  static String text(Http.Response response) {
    List<String> lines = new ArrayList<>();
    lines.add(Integer.toString(response.status()));
    lines.addAll(told(response));
    lines.add("");
    lines.add(response.body());
    return String.join("\n", lines);
  }

  private static List<String> told(Http.Response response) {
    return response.headers().stream()
        .filter(
            header ->
                !Conversation.UNTOLD.contains(
                    header.substring(0, header.indexOf(':')).toLowerCase(Locale.ROOT)))
        .sorted()
        .toList();
  }

  /** Replaces {@code <<name>>} by the text of that name. */
  static String filled(String text, Map<String, String> names) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(
            found -> Matcher.quoteReplacement(names.getOrDefault(found.group(2), found.group())));
  }

  private static String resolve(String expected, String came, Map<String, String> names) {
    String known = filled(expected, names);
    Matcher placeholder = PLACEHOLDER.matcher(known);
    StringBuilder regex = new StringBuilder();
    List<String> newNames = new ArrayList<>();
    int end = 0;
    while (placeholder.find()) {
      if (placeholder.group(1) == null) {
        throw new IllegalArgumentException(
            "nothing before '%s' is named %s".formatted(expected, placeholder.group()));
      }
      regex.append(Pattern.quote(known.substring(end, placeholder.start())));
      regex.append('(').append(placeholder.group(2)).append(')');
      newNames.add(placeholder.group(1));
      end = placeholder.end();
    }
    if (newNames.isEmpty()) {
      return known;
    }
    regex.append(Pattern.quote(known.substring(end)));
    Matcher matcher = Pattern.compile(regex.toString()).matcher(came);
    if (!matcher.matches()) {
      return known;
    }
    for (int i = 0; i < newNames.size(); i++) {
      names.put(newNames.get(i), matcher.group(i + 1));
    }
    return came;
  }
}
