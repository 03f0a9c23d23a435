package dev.weir.config;

import dev.weir.plan.EndpointGroup;
import dev.weir.plan.EndpointPattern;
import dev.weir.plan.Limit;
import dev.weir.plan.PlanCatalog;
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
  private record Placed(Route route, String name, Value value) {}

  private final List<Placed> routes = new ArrayList<>();
  private final SessionRules rules;

  SessionsReader(Value value) {
    this.rules = value.isPresent() ? read(value.section(Members.SESSIONS)) : SessionRules.NONE;
  }

  SessionRules rules() {
    return rules;
  }

  /** Notes a problem where requests would have no session, since they are not looked at. */
  void check(PlanCatalog catalog) {
    for (Placed placed : routes) {
      EndpointGroup exempting = catalog.exempting(placed.route.pattern());
      if (exempting != null) {
        placed.value.complain(
            "'%s' belongs to group '%s', which is exempt, so that nobody knows whose session it is; take one of them away"
                .formatted(placed.route.pattern(), exempting.name()));
      }
    }
  }

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

  private SessionRules read(Section sessions) {
    Value idValue = sessions.get("id");
    SessionId id = idValue.parsed(SessionId::parse, "location");
    for (SessionAction.Kind kind : SessionAction.Kind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT);
      boolean opens = kind == SessionAction.Kind.OPEN;
      String usual = !opens ? null : id == null ? "location" : idValue.raw();
      Value requests = sessions.get(name);
      boolean one = requests.raw() != null || requests.isMapping();
      for (Value item : one ? List.of(requests) : requests.items(EXAMPLE)) {
        add(item, kind, name, usual);
      }
    }
    Value graceValue = sessions.get("grace");
    Duration grace = graceValue.parsed(Limit::parsePeriod, "5m");
    if (grace == null) {
      grace = SessionRules.DEFAULT_GRACE;
    } else if (grace.compareTo(SessionRules.MIN_GRACE) < 0
        || grace.compareTo(SessionRules.MAX_GRACE) > 0) {
      graceValue.problem(
          "must be 1s to %dd, but is %s"
              .formatted(SessionRules.MAX_GRACE.toDays(), Value.quote(graceValue.text(""))));
    }
    return new SessionRules(routes.stream().map(Placed::route).toList(), grace);
  }

  private void add(Value item, SessionAction.Kind kind, String name, @Nullable String usual) {
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
                .formatted(pattern, other.route.pattern(), other.value.place(), other.name));
        return;
      }
    }
    routes.add(new Placed(route, name, match));
  }
}
