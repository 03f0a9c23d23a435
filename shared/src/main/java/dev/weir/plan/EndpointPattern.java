package dev.weir.plan;

import dev.weir.key.RequestView;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which requests belong to an endpoint group: {@code POST /v1/sessions/{id}/analysis}, {@code
 * GET,PUT /v1/calls/*}, {@code /v1/reports/**}.
 *
 * <p>A method, or several with commas, comes first; without one every method matches. {@code {id}}
 * and {@code *} match one segment, {@code **} any number of them, also none. {@code HEAD} belongs
 * where {@code GET} does, since containers answer it with the same code.
 *
 * @param methods upper-case methods; empty means all
 * @param segments the path, split at {@code /}; a {@code *} stands for every kind of placeholder of
 *     one segment
 */
public record EndpointPattern(Set<String> methods, List<String> segments) {

  private static final String ONE = "*";
  private static final String MANY = "**";

  /**
   * Orders the more specific pattern first: segment by segment a literal before a placeholder
   * before {@code **}; then the one that names methods, {@code HEAD} itself among them, and fewer.
   */
  static final Comparator<EndpointPattern> MOST_SPECIFIC_FIRST =
      (a, b) -> {
        for (int i = 0; i < Math.max(a.segments.size(), b.segments.size()); i++) {
          int order = Integer.compare(a.vagueness(i), b.vagueness(i));
          if (order != 0) {
            return order;
          }
        }
        return a.methodVagueness() - b.methodVagueness();
      };

  /**
   * Copies the collections.
   *
   * @param methods upper-case methods; empty means all
   * @param segments the path, split at {@code /}; a {@code *} stands for every kind of placeholder
   *     of one segment
   */
  public EndpointPattern {
    methods = Set.copyOf(methods);
    segments = List.copyOf(segments);
  }

  /**
   * Reads a pattern.
   *
   * @param text methods, if not all, and a path
   * @return the pattern
   * @throws IllegalArgumentException if it is malformed; the message says what would be right
   */
  public static EndpointPattern parse(String text) {
    String[] words = text.strip().split("\\s+", -1);
    String path = words[words.length - 1];
    if (words.length > 2 || !path.startsWith("/")) {
      throw new IllegalArgumentException(
          "a pattern reads like 'GET /v1/sessions/{id}' or '/v1/reports/**', but is '%s'"
              .formatted(text));
    }
    Set<String> methods = new TreeSet<>();
    if (words.length == 2 && !words[0].equals(ONE)) {
      for (String method : words[0].split(",", -1)) {
        if (!method.matches("[A-Z][A-Z-]*")) {
          throw new IllegalArgumentException(
              "a method is upper-case letters, but is '%s' in '%s'".formatted(method, text));
        }
        methods.add(method);
      }
    }
    List<String> segments =
        Arrays.stream(path.split("/"))
            .filter(segment -> !segment.isEmpty())
            .map(segment -> segment.matches("\\{[A-Za-z0-9._-]+}") ? ONE : segment)
            .toList();
    for (String segment : segments) {
      boolean placeholder = segment.equals(ONE) || segment.equals(MANY);
      if (!placeholder && segment.matches(".*[*{}?;%#\\\\].*|\\.\\.?")) {
        throw new IllegalArgumentException(
            ("a segment is plain text, {name}, * or **, but is '%s' in '%s'"
                    + " (write characters as they are, not percent-encoded)")
                .formatted(segment, text));
      }
    }
    return new EndpointPattern(methods, segments);
  }

  /**
   * {@return whether a request belongs here, however its path is spelt}
   *
   * @param request the request
   */
  public boolean matches(RequestView request) {
    String rawPath = request.rawPath();
    return RequestPath.isPlain(rawPath)
        ? matchesPlain(request.method(), rawPath)
        : matches(request.method(), RequestPath.segments(rawPath));
  }

  /** Returns whether a request with this method and these decoded path segments belongs here. */
  boolean matches(String method, List<String> path) {
    return matchesMethod(method) && matches(path);
  }

  /**
   * Returns what {@link #matches(String, List)} does of a path that {@link RequestPath#isPlain},
   * which nearly all are: segments are compared where they stand, so that a request takes no path
   * apart.
   */
  boolean matchesPlain(String method, String path) {
    return matchesMethod(method) && matchesPlain(path);
  }

  private boolean matchesMethod(String method) {
    return methods.isEmpty()
        || methods.contains(method)
        || (method.equals("HEAD") && methods.contains("GET"));
  }

  /**
   * Compares segment by segment. A {@code **} takes none at first, and one more each time what
   * follows it does not fit; only the last one met has to, so that the work stays within the
   * product of both lengths, whatever path a caller makes up.
   */
  private boolean matches(List<String> path) {
    int segment = 0;
    int at = 0;
    int many = -1;
    int manyEnd = 0;
    while (at < path.size()) {
      String expected = segment < segments.size() ? segments.get(segment) : null;
      if (MANY.equals(expected)) {
        many = segment++;
        manyEnd = at;
      } else if (expected != null && (expected.equals(ONE) || expected.equals(path.get(at)))) {
        segment++;
        at++;
      } else if (many >= 0) {
        segment = many + 1;
        at = ++manyEnd;
      } else {
        return false;
      }
    }
    return onlyManyFrom(segment);
  }

  /** The same over the text of the path, where an index is that of a segment's first character. */
  private boolean matchesPlain(String path) {
    int segment = 0;
    int at = 1;
    int many = -1;
    int manyEnd = 0;
    while (at < path.length()) {
      String expected = segment < segments.size() ? segments.get(segment) : null;
      if (MANY.equals(expected)) {
        many = segment++;
        manyEnd = at;
        continue;
      }
      int end = endOfSegment(path, at);
      if (expected != null
          && (expected.equals(ONE)
              || (expected.length() == end - at && path.startsWith(expected, at)))) {
        segment++;
        at = end + 1;
      } else if (many >= 0) {
        segment = many + 1;
        manyEnd = endOfSegment(path, manyEnd) + 1;
        at = manyEnd;
      } else {
        return false;
      }
    }
    return onlyManyFrom(segment);
  }

  /**
   * Returns whether the first segments of this pattern, one of them at least plain text, stand in a
   * path from some segment on.
   */
  boolean isAt(List<String> path, int from, int count) {
    boolean plain = false;
    for (int i = 0; i < count; i++) {
      boolean any = segments.get(i).equals(ONE);
      plain |= !any;
      if (!any && !segments.get(i).equals(path.get(from + i))) {
        return false;
      }
    }
    return plain;
  }

  private static int endOfSegment(String path, int start) {
    int slash = path.indexOf('/', start);
    return slash < 0 ? path.length() : slash;
  }

  private boolean onlyManyFrom(int first) {
    for (int segment = first; segment < segments.size(); segment++) {
      if (!segments.get(segment).equals(MANY)) {
        return false;
      }
    }
    return true;
  }

  private int vagueness(int index) {
    if (index >= segments.size()) {
      return 2;
    }
    return switch (segments.get(index)) {
      case ONE -> 1;
      case MANY -> 3;
      default -> 0;
    };
  }

  private int methodVagueness() {
    if (methods.isEmpty()) {
      return Integer.MAX_VALUE;
    }
    return methods.contains("HEAD") ? 0 : methods.size();
  }

  /** Returns the pattern in the form that {@link #parse} reads. */
  @Override
  public String toString() {
    String path = "/" + String.join("/", segments);
    return methods.isEmpty() ? path : String.join(",", new TreeSet<>(methods)) + " " + path;
  }
}
