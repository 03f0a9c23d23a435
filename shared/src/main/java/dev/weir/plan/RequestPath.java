package dev.weir.plan;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The path of a request as the code behind it will see it, so that no spelling of a path leaves its
 * endpoint group: path parameters are dropped, each segment is percent-decoded once, empty segments
 * and {@code .} vanish, {@code ..} takes the segment before it away.
 */
final class RequestPath {

  private RequestPath() {}

  /** Returns the segments; an encoded slash stays inside its segment, as in JAX-RS. */
  static List<String> segments(String rawPath) {
    List<String> segments = new ArrayList<>();
    int start = 0;
    while (start <= rawPath.length()) {
      int slash = rawPath.indexOf('/', start);
      int end = slash < 0 ? rawPath.length() : slash;
      append(segments, rawPath.substring(start, end));
      start = end + 1;
    }
    return segments;
  }

  /** Returns whether a container may take an encoded slash in this path for a separator. */
  static boolean hidesSlash(String rawPath) {
    return rawPath.contains("%2F") || rawPath.contains("%2f");
  }

  /** Returns the segments with encoded slashes taken as separators. */
  static List<String> segmentsAtHiddenSlashes(String rawPath) {
    return segments(rawPath.replace("%2F", "/").replace("%2f", "/"));
  }

  private static void append(List<String> segments, String raw) {
    int parameters = raw.indexOf(';');
    String segment = decode(parameters < 0 ? raw : raw.substring(0, parameters));
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
