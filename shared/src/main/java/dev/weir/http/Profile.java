package dev.weir.http;

import dev.weir.Decision;
import dev.weir.Outcome;
import dev.weir.key.RequestView;
import java.util.EnumMap;
import java.util.Map;

/** How one API renders decisions: header set and error envelope. Immutable. */
public final class Profile {

  private final String name;
  private final HeaderSet headerSet;
  private final Map<Outcome, ErrorTemplate> errors;

  /**
   * Creates a profile.
   *
   * @param errors what to answer for every outcome that is not allowed
   * @throws IllegalArgumentException if an outcome is missing or a placeholder is unknown
   */
  public Profile(String name, HeaderSet headerSet, Map<Outcome, ErrorTemplate> errors) {
    this.name = name;
    this.headerSet = headerSet;
    this.errors = new EnumMap<>(errors);
  }

  /** Returns the name of the profile, as in the configuration. */
  public String name() {
    return name;
  }

  /** Renders a decision about a request. */
  public Answer answer(Decision decision, RequestView request) {
    throw new IllegalStateException("to be written: " + headerSet + errors);
  }
}
