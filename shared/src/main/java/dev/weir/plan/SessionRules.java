package dev.weir.plan;

import dev.weir.key.RequestView;
import dev.weir.plan.SessionAction.SessionRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which requests open, use and end sessions.
 *
 * @param routes the requests, the most specific pattern first
 * @param grace for how long a session keeps its slot after its last use (contract K9), {@link
 *     #MIN_GRACE} to {@link #MAX_GRACE}
 */
public record SessionRules(List<Route> routes, Duration grace) {

  /** How many sessions of one customer can have a slot. */
  public static final long MOST = 10_000;

  /** In place of a number of sessions: they take no slots, and are not counted. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /** For how long a session keeps its slot at least. */
  public static final Duration MIN_GRACE = Duration.ofSeconds(1);

  /** For how long a session can keep its slot. */
  public static final Duration MAX_GRACE = Duration.ofDays(7);

  /** How long a slot is kept where nothing else is said (contract K9). */
  public static final Duration DEFAULT_GRACE = Duration.ofMinutes(5);

  /** No request has to do with sessions. */
  public static final SessionRules NONE = new SessionRules(List.of(), DEFAULT_GRACE);

  /** Refuses a number of sessions that no plan and no account can have. */
  static void check(long sessions) {
    if (sessions != UNLIMITED && (sessions < 0 || sessions > MOST)) {
      throw new IllegalArgumentException(
          "sessions must be 0 to %d, but are %d".formatted(MOST, sessions));
    }
  }

  /** {@return the requests that open sessions} */
  public List<EndpointPattern> opening() {
    return routes.stream()
        .filter(route -> route.action.kind() == SessionAction.Kind.OPEN)
        .map(Route::pattern)
        .toList();
  }

  /**
   * Sorts the routes.
   *
   * @param routes the requests, the most specific pattern first
   * @param grace for how long a session keeps its slot after its last use (contract K9), {@link
   *     #MIN_GRACE} to {@link #MAX_GRACE}
   */
  public SessionRules {
    List<Route> sorted = new ArrayList<>(routes);
    sorted.sort(Comparator.comparing(Route::pattern, EndpointPattern.MOST_SPECIFIC_FIRST));
    routes = List.copyOf(sorted);
  }

  /**
   * Requests that do the same.
   *
   * @param pattern which
   * @param action what they do
   */
  public record Route(EndpointPattern pattern, SessionAction action) {

    /**
     * Reads a route.
     *
     * @param kind what becomes of the session
     * @param pattern as {@link EndpointPattern#parse} reads it
     * @param id where the id stands, or null if it is the placeholder of the pattern
     * @return the route
     * @throws IllegalArgumentException if one of them is malformed, or the pattern has no
     *     placeholder that the id could be; the message says what would be right
     */
    public static Route parse(SessionAction.Kind kind, String pattern, @Nullable String id) {
      SessionId found = id == null ? placeholder(pattern) : SessionId.parse(id);
      if (found.place() == SessionId.Place.PATH && found.segment() == SessionId.BY_NAME) {
        found = placeholder(pattern, found.name());
      }
      return new Route(EndpointPattern.parse(pattern), new SessionAction(kind, found));
    }

    /**
     * {@return whether the pattern has a placeholder that can only be the id}
     *
     * @param pattern of a request
     */
    public static boolean namesSession(String pattern) {
      return pattern.matches("[^{}]*\\{[^{}]+}[^{}]*") || pattern.contains("{id}");
    }

    private static SessionId placeholder(String pattern) {
      if (!namesSession(pattern)) {
        throw new IllegalArgumentException(
            "'%s' does not say which session it is about: give it a placeholder {id}, or say with 'id' where the id stands"
                .formatted(pattern));
      }
      return placeholder(
          pattern,
          pattern.contains("{id}")
              ? "id"
              : pattern.substring(pattern.indexOf('{') + 1, pattern.indexOf('}')));
    }

    private static SessionId placeholder(String pattern, String name) {
      String path = pattern.substring(Math.max(0, pattern.indexOf('/')));
      int segment = 0;
      for (String part : path.split("/", -1)) {
        if (part.equals("{" + name + "}")) {
          return new SessionId(SessionId.Place.PATH, name, segment);
        }
        if (part.equals("**")) {
          break;
        }
        segment += part.isEmpty() ? 0 : 1;
      }
      throw new IllegalArgumentException(
          "'%s' has no placeholder {%s}, or has it behind '**', where nobody knows which segment it is"
              .formatted(pattern, name));
    }
  }

  /**
   * {@return what a request does to a session, or null if nothing} Of a path that can be read in
   * several ways, the reading that opens a session counts.
   *
   * @param request the request
   */
  public @Nullable SessionRequest of(RequestView request) {
    if (routes.isEmpty()) {
      return null;
    }
    String rawPath = request.rawPath();
    if (RequestPath.isPlain(rawPath)) {
      for (int i = 0; i < routes.size(); i++) { // for every request: no iterator
        Route route = routes.get(i);
        if (route.pattern.matchesPlain(request.method(), rawPath)) {
          return route.action.of(request, RequestPath.segments(rawPath));
        }
      }
      return null;
    }
    SessionRequest found = null;
    for (List<String> reading : RequestPath.readings(rawPath, request.dispatchPath())) {
      SessionRequest other = of(request, reading);
      if (found == null || (other != null && other.action().kind() == SessionAction.Kind.OPEN)) {
        found = other;
      }
    }
    return found;
  }

  /**
   * {@return the id of the session that a {@code Location} leads to, decoded: what stands there
   * where the patterns have their placeholder, or else the last segment, unless a query says more
   * than the path} Null if there is none.
   *
   * @param location the value of the header
   */
  public @Nullable String idIn(String location) {
    URI uri;
    try {
      uri = new URI(location.strip());
    } catch (URISyntaxException malformed) {
      return null;
    }
    List<String> path = RequestPath.segments(uri.getRawPath() == null ? "" : uri.getRawPath());
    for (Route route : routes) {
      SessionId id = route.action.id();
      if (id.place() == SessionId.Place.PATH) {
        List<String> before = route.pattern.segments().subList(0, id.segment());
        for (int from = path.size() - before.size() - 1; from >= 0; from--) {
          if (route.pattern.isAt(path, from, before.size())) {
            return path.get(from + before.size());
          }
        }
      }
    }
    return path.isEmpty() || uri.getRawQuery() != null ? null : path.get(path.size() - 1);
  }

  private @Nullable SessionRequest of(RequestView request, List<String> path) {
    for (Route route : routes) {
      if (route.pattern.matches(request.method(), path)) {
        return route.action.of(request, path);
      }
    }
    return null;
  }
}
