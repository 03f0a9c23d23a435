package dev.weir.plan;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The path of a request as the code behind it will see it, so that no spelling of a path leaves its
 * endpoint group: path parameters are dropped, each segment is percent-decoded once, empty segments
 * and {@code .} vanish, {@code ..} takes the segment before it away (Jakarta Servlet 6.0, section
 * 3.5.2).
 *
 * <p>Whether an encoded slash or a backslash separates is the container's choice, so that a path
 * with one can be read two ways.
 */
final class RequestPath {

  private static final Pattern HIDDEN_SEPARATOR = Pattern.compile("%2[Ff]|%5[Cc]|\\\\");

  /** What containers may take differently from {@link #segments}; each is rarely meant well. */
  private static final Pattern DISGUISE =
      Pattern.compile("%2[EeFf]|%5[Cc]|\\\\|//|/\\.\\.?(?:[;/]|$)");

  private RequestPath() {}

  /** Returns the segments; an encoded slash stays inside its segment, as in JAX-RS. */
  static List<String> segments(String rawPath) {
    List<String> segments = new ArrayList<>();
    int start = 0;
    while (start <= rawPath.length()) {
      int slash = rawPath.indexOf('/', start);
      int end = slash < 0 ? rawPath.length() : slash;
      append(segments, withoutParameters(rawPath.substring(start, end)));
      start = end + 1;
    }
    return segments;
  }

  /** Returns the segments of a path that a container has resolved: nothing is left to decode. */
  static List<String> resolvedSegments(String path) {
    return Stream.of(path.split("/")).filter(segment -> !segment.isEmpty()).toList();
  }

  /**
   * Returns whether there is one way only to read this path: it starts with {@code /}, and what
   * stands between slashes are its segments, none of them empty but perhaps the last.
   */
  static boolean isPlain(String rawPath) {
    if (!rawPath.startsWith("/")) {
      return false;
    }
    for (int i = 0; i < rawPath.length(); i++) {
      char c = rawPath.charAt(i);
      if (c == '%' || c == ';' || c == '\\' || c < ' ' || c > '~') {
        return false;
      }
      if (c == '/' && i + 1 < rawPath.length()) {
        char next = rawPath.charAt(i + 1);
        if (next == '/' || next == '.') {
          return false;
        }
      }
    }
    return true;
  }

  /** Returns whether a container may take a part of a segment of this path for a separator. */
  static boolean hidesSeparator(String rawPath) {
    return (rawPath.indexOf('%') >= 0 || rawPath.indexOf('\\') >= 0)
        && HIDDEN_SEPARATOR.matcher(rawPath).find();
  }

  /** Returns the segments with encoded slashes and backslashes taken as separators. */
  static List<String> segmentsAtHiddenSeparators(String rawPath) {
    List<String> segments = new ArrayList<>();
    for (String raw : rawPath.split("/", -1)) {
      for (String part : HIDDEN_SEPARATOR.split(withoutParameters(raw), -1)) {
        append(segments, part);
      }
    }
    return segments;
  }

  /**
   * Returns every way in which a path may be read.
   *
   * @param dispatchPath what the container made of it, or null if that is not known
   */
  static List<List<String>> readings(String rawPath, @Nullable String dispatchPath) {
    List<List<String>> readings = new ArrayList<>(List.of(segments(rawPath)));
    if (dispatchPath != null) {
      readings.add(resolvedSegments(dispatchPath));
    }
    if (hidesSeparator(rawPath)) {
      readings.add(segmentsAtHiddenSeparators(rawPath));
    }
    return readings;
  }

  /** Returns whether it depends on the container where this path leads. */
  static boolean isDisguised(String rawPath) {
    return DISGUISE.matcher(rawPath).find();
  }

  private static String withoutParameters(String raw) {
    int parameters = raw.indexOf(';');
    return parameters < 0 ? raw : raw.substring(0, parameters);
  }

  private static void append(List<String> segments, String raw) {
    String segment = decode(raw);
    if (segment.isEmpty() || segment.equals(".")) {
      return;
    }
    if (!segment.equals("..")) {
      segments.add(segment);
    } else if (!segments.isEmpty()) {
      segments.remove(segments.size() - 1);
    }
  }

  private static String decode(String segment) {
    if (segment.indexOf('%') < 0) {
      return segment;
    }
    try {
      // URLDecoder is made for forms, where + means a space; in a path it is itself
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformedEscape) {
      return segment;
    }
  }
}
