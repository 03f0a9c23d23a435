package dev.weir.plan;

import dev.weir.key.RequestView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What requests to an endpoint do to a session.
 *
 * @param kind what
 * @param id where the id of the session stands
 */
public record SessionAction(Kind kind, SessionId id) {

  /** What becomes of the slot of a session (contract K9). */
  public enum Kind {
    /** Takes one, if the application creates the session. */
    OPEN,
    /** Keeps it. */
    USE,
    /** Frees it. */
    END
  }

  /**
   * Checks that the id can be found.
   *
   * @param kind what
   * @param id where the id of the session stands
   * @throws IllegalArgumentException if it stands in the response to a request that creates nothing
   */
  public SessionAction {
    if (kind != Kind.OPEN && id.isAnswered(kind)) {
      throw new IllegalArgumentException(
          "the id of a session that is %s stands in the request: 'path NAME', 'header NAME' or 'query NAME'"
              .formatted(kind == Kind.USE ? "used" : "ended"));
    }
  }

  /**
   * {@return this as what a request does, with the id as far as the request names it}
   *
   * @param request the request
   */
  public SessionRequest of(RequestView request) {
    return of(request, List.of());
  }

  SessionRequest of(RequestView request, List<String> path) {
    return new SessionRequest(this, id.isAnswered(kind) ? null : id.in(request, path));
  }

  /**
   * One request that has to do with a session.
   *
   * @param action what it does
   * @param id the session, or null if only the response names it, or nothing
   */
  public record SessionRequest(SessionAction action, @Nullable String id) {}
}
