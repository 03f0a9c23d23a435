package dev.weir.config;

import dev.weir.plan.EndpointPattern;
import dev.weir.plan.SessionAction;
import dev.weir.plan.SessionId;
import dev.weir.plan.SessionRules;
import dev.weir.plan.SessionRules.Route;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads which requests have to do with sessions, and how many sessions there may be. */
final class SessionsReader {

  private static final String EXAMPLE = "[POST /v1/sessions]";

  /** A route, and where it stands. */
  private record Placed(Route route, String name, Place place) {}

  private SessionsReader() {}

  /** Returns how many sessions may be active at once. */
  static long allowed(Value value) {
    String text = value.raw();
    if (text == null) {
      return value.number(0, SessionRules.MOST, SessionRules.UNLIMITED); // says what is wrong
    }
    if (text.equals("unlimited")) {
      return SessionRules.UNLIMITED;
    }
    if (text.matches("[0-9]{1,9}") && Long.parseLong(text) <= SessionRules.MOST) {
      return Long.parseLong(text);
    }
    value.problem(
        "must be 0 to %d or unlimited%s"
            .formatted(SessionRules.MOST, value.isSecret() ? "" : ", but is " + Value.quote(text)));
    return SessionRules.UNLIMITED;
  }

  static SessionRules rules(Value value) {
    if (!value.isPresent()) {
      return SessionRules.NONE;
    }
    Section sessions = value.section(Members.SESSIONS);
    Value idValue = sessions.get("id");
    SessionId id = idValue.parsed(SessionId::parse, "location");
    List<Placed> routes = new ArrayList<>();
    for (SessionAction.Kind kind : SessionAction.Kind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT);
      boolean opens = kind == SessionAction.Kind.OPEN;
      String usual = !opens ? null : id == null ? "location" : idValue.raw();
      Value requests = sessions.get(name);
      boolean one = requests.raw() != null || requests.isMapping();
      for (Value item : one ? List.of(requests) : requests.items(EXAMPLE)) {
        add(routes, item, kind, name, usual);
      }
    }
    Duration grace =
        sessions.get("grace").duration(SessionRules.MAX_GRACE, SessionRules.DEFAULT_GRACE);
    if (grace.isZero()) {
      sessions.get("grace").problem("must be at least 1s");
      grace = SessionRules.DEFAULT_GRACE;
    }
    return new SessionRules(routes.stream().map(Placed::route).toList(), grace);
  }

  private static void add(
      List<Placed> routes,
      Value item,
      SessionAction.Kind kind,
      String name,
      @Nullable String usual) {
    Value match = item;
    String id = usual;
    if (item.isMapping()) {
      Section written = item.section(Members.SESSION_REQUEST);
      match = written.get("match").required();
      String own = written.get("id").required().text();
      if (own == null) {
        return;
      }
      id = own;
    } else if (item.raw() != null && Route.namesSession(item.raw())) {
      id = null;
    }
    String where = id;
    Route route = match.parsed(text -> Route.parse(kind, text, where), "POST /v1/sessions");
    if (route == null) {
      return;
    }
    for (Placed other : routes) {
      EndpointPattern pattern = route.pattern();
      if (pattern.segments().equals(other.route.pattern().segments())
          && PlansReader.overlaps(pattern, other.route.pattern())) {
        match.complain(
            "'%s' is what '%s' in %s says already, below '%s'; name each request once"
                .formatted(pattern, other.route.pattern(), other.place, other.name));
        return;
      }
    }
    routes.add(new Placed(route, name, match.place()));
  }
}
