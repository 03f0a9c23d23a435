package dev.weir.http;

import dev.weir.Decision;
import dev.weir.Decision.SessionStatus;
import dev.weir.Outcome;
import dev.weir.key.RequestView;
import dev.weir.quota.Balance;
import dev.weir.quota.BudgetStatus;
import dev.weir.quota.Consumption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How one API renders decisions: header set and error envelope. Immutable.
 *
 * <p>Beside what the two say, every 401 carries {@code WWW-Authenticate: Bearer}, since RFC 9110,
 * section 15.5.2, asks for a challenge; a refusal for a limit carries {@code Retry-After} (contract
 * R6) and {@code Cache-Control: no-store} (R9); where no decision was possible, {@code Retry-After:
 * 1} invites to ask again; and an error whose body names the request repeats that name as {@code
 * X-Request-Id} (R15).
 */
public final class Profile {

  /**
   * How decisions of one outcome look, prepared at start.
   *
   * @param body null where the application answers
   * @param headers the headers: of a decision that neither a budget nor a session nor credits had a
   *     part in, of one with a budget, with a session, with both, and the same with credits
   */
  private record Rendering(
      Outcome outcome,
      int status,
      String contentType,
      @Nullable BodyTemplate body,
      List<HeaderNames> headers) {

    HeaderNames headers(boolean budget, boolean session, boolean credits) {
      return headers.get((budget ? 1 : 0) + (session ? 2 : 0) + (credits ? 4 : 0));
    }

    boolean saysWhenToRetry() {
      return outcome == Outcome.QUOTA_EXCEEDED || outcome == Outcome.UNDECIDED;
    }

    boolean forbidsStoring() {
      return outcome == Outcome.QUOTA_EXCEEDED
          || outcome == Outcome.SESSIONS_EXCEEDED
          || outcome == Outcome.CREDITS_EXHAUSTED;
    }

    boolean challenges() {
      return status == 401;
    }

    boolean namesRequest() {
      return body != null && body.holds(Placeholder.REQUEST_ID);
    }
  }

  private static final byte[] NO_BODY = {};

  private final String name;
  private final HeaderSet headerSet;
  private final Map<Outcome, Rendering> renderings = new EnumMap<>(Outcome.class);

  /**
   * Creates a profile.
   *
   * @param name its name
   * @param headerSet which headers, and how they are called
   * @param errors what to answer for every outcome that is not allowed
   * @throws IllegalArgumentException if an outcome is missing, or a placeholder is unknown or has
   *     no value on its outcome: only {@code request_id} has one on all, {@code retry_after} also
   *     on {@link Outcome#UNDECIDED}, {@code sessions} only on {@link Outcome#SESSIONS_EXCEEDED},
   *     all others only on {@link Outcome#QUOTA_EXCEEDED}
   */
  public Profile(String name, HeaderSet headerSet, Map<Outcome, ErrorTemplate> errors) {
    this.name = name;
    this.headerSet = headerSet;
    for (Outcome outcome : Outcome.values()) {
      renderings.put(
          outcome,
          outcome.isAllowed()
              ? prepare(outcome, Answer.PROCEED, "", null)
              : prepare(outcome, errors.get(outcome)));
    }
  }

  private Rendering prepare(Outcome outcome, @Nullable ErrorTemplate template) {
    String where = "profile '%s', error '%s': ".formatted(name, outcome.label());
    if (template == null) {
      throw new IllegalArgumentException(where + "an answer is needed, but there is none");
    }
    try {
      BodyTemplate body = new BodyTemplate(template.body(), outcome);
      return prepare(outcome, template.status(), template.contentType(), body);
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(where + malformed.getMessage(), malformed);
    }
  }

  private Rendering prepare(
      Outcome outcome, int status, String contentType, @Nullable BodyTemplate body) {
    Rendering bare = new Rendering(outcome, status, contentType, body, List.of());
    List<HeaderNames> names = new ArrayList<>();
    for (boolean credits : new boolean[] {false, true}) {
      for (boolean session : new boolean[] {false, true}) {
        for (boolean budget : new boolean[] {false, true}) {
          names.add(names(bare, budget, session, credits));
        }
      }
    }
    return new Rendering(outcome, status, contentType, body, names);
  }

  /** Returns the names of the headers whose values {@link #values} returns. */
  private HeaderNames names(Rendering rendering, boolean budget, boolean session, boolean credits) {
    List<String> names = new ArrayList<>();
    if (budget && headerSet.trio()) {
      names.addAll(List.of(headerSet.limit(), headerSet.remaining(), headerSet.reset()));
    }
    if (budget && headerSet.structuredFields()) {
      names.addAll(List.of(StructuredFields.POLICY_HEADER, StructuredFields.LIMIT_HEADER));
    }
    if (session) {
      names.addAll(List.of(HeaderSet.SESSIONS_LIMIT, HeaderSet.SESSIONS_ACTIVE));
    }
    if (credits) {
      names.addAll(List.of(HeaderSet.CREDITS_REMAINING, HeaderSet.CREDITS_USED));
    }
    if (rendering.saysWhenToRetry()) {
      names.add("Retry-After");
    }
    if (rendering.forbidsStoring()) {
      names.add("Cache-Control");
    }
    if (rendering.challenges()) {
      names.add("WWW-Authenticate");
    }
    if (rendering.namesRequest()) {
      names.add(RequestId.HEADER);
    }
    return new HeaderNames(names);
  }

  /** {@return the name of the profile, as in the configuration} */
  public String name() {
    return name;
  }

  /**
   * Renders a decision about a request.
   *
   * @param decision what was decided
   * @param request the request
   * @return what goes over the wire
   */
  public Answer answer(Decision decision, RequestView request) {
    Rendering rendering = Objects.requireNonNull(renderings.get(decision.outcome()));
    BudgetStatus described = described(decision);
    HeaderNames names =
        rendering.headers(described != null, tellsSessions(decision), credits(decision) != null);
    String retryAfter = rendering.body == null ? "" : Decimal.of(decision.retryAfterSeconds());
    String requestId = rendering.namesRequest() ? RequestId.of(request) : "";
    byte[] body =
        rendering.body == null
            ? NO_BODY
            : rendering.body.fill(new Values(decision, described, retryAfter, requestId)::of);
    return new Answer(
        decision,
        null,
        null,
        names,
        values(rendering, names.size(), decision, described, retryAfter, requestId),
        request.header("Origin") != null,
        rendering.status,
        rendering.contentType,
        body);
  }

  /** Returns the values of the headers that {@link #names} names. */
  private String[] values(
      Rendering rendering,
      int size,
      Decision decision,
      @Nullable BudgetStatus described,
      String retryAfter,
      String requestId) {
    String[] values = new String[size];
    int at = 0;
    if (described != null && headerSet.trio()) {
      values[at++] = Decimal.recurring(described.budget().limit().capacity());
      values[at++] = Decimal.of(remaining(described));
      values[at++] = Decimal.recurring(described.resetSeconds());
    }
    if (described != null && headerSet.structuredFields()) {
      values[at++] = StructuredFields.policies(decision.budgets());
      values[at++] = StructuredFields.limits(decision);
    }
    SessionStatus sessions = decision.sessions();
    if (sessions != null && tellsSessions(decision)) {
      values[at++] = Decimal.of(sessions.limit());
      values[at++] = Decimal.of(sessions.active());
    }
    Balance credits = credits(decision);
    if (credits != null) {
      values[at++] = Decimal.of(credits.remaining());
      values[at++] = Decimal.of(credits.used());
    }
    if (rendering.saysWhenToRetry()) {
      values[at++] = retryAfter;
    }
    if (rendering.forbidsStoring()) {
      values[at++] = "no-store";
    }
    if (rendering.challenges()) {
      values[at++] = "Bearer";
    }
    if (rendering.namesRequest()) {
      values[at++] = requestId;
    }
    return values;
  }

  /**
   * Renders what {@link dev.weir.RateLimiter#usage} found: 200 with a JSON object of the plan and
   * its limits, or the error of a caller who is not known. {@code Cache-Control: no-store}, since
   * it changes with every request.
   *
   * @param usage what was found
   * @param request the request
   * @return what goes over the wire
   */
  public Answer usage(Decision usage, RequestView request) {
    Answer answer = answer(usage, request);
    if (!answer.proceeds()) {
      return answer;
    }
    Map<String, String> headers = new LinkedHashMap<>(answer.headers());
    headers.put("Cache-Control", "no-store");
    return new Answer(
        usage, headers, answer.isCrossOrigin(), 200, "application/json", UsageReport.of(usage));
  }

  /** What the placeholders of one answer stand for. */
  private record Values(
      Decision decision, @Nullable BudgetStatus described, String retryAfter, String requestId) {

    String of(Placeholder placeholder) {
      return switch (placeholder) {
        case RETRY_AFTER -> retryAfter;
        case SESSIONS -> {
          SessionStatus sessions = decision.sessions();
          yield sessions == null ? "" : Decimal.of(sessions.limit());
        }
        case REQUEST_ID -> requestId;
        case VIOLATED_POLICIES ->
            Json.array(
                decision.budgets().stream()
                    .filter(status -> status.waitMillis() > 0)
                    .map(status -> status.budget().displayName())
                    .toList());
        case LIMIT, REMAINING, RESET, LIMIT_NAME ->
            described == null ? "" : of(placeholder, described);
      };
    }

    private static String of(Placeholder placeholder, BudgetStatus described) {
      return switch (placeholder) {
        case LIMIT -> Long.toString(described.budget().limit().capacity());
        case REMAINING -> Long.toString(remaining(described));
        case RESET -> Long.toString(described.resetSeconds());
        default -> Json.escape(described.budget().displayName());
      };
    }
  }

  /**
   * Returns whether the headers say how many sessions are active: where nobody asked, nobody knows.
   */
  private boolean tellsSessions(Decision decision) {
    SessionStatus sessions = decision.sessions();
    return headerSet.sessions()
        && sessions != null
        && sessions.active() != Consumption.SLOTS_UNKNOWN;
  }

  /** Returns how the credits stand, if the headers are to say it. */
  private @Nullable Balance credits(Decision decision) {
    return headerSet.credits() ? decision.credits() : null;
  }

  /** Returns the budget that the headers speak of, or null if there is none (K6, R7, T2). */
  private @Nullable BudgetStatus described(Decision decision) {
    if (decision.outcome() == Outcome.UNDECIDED) {
      return null; // what an outer filter charged may stand there, but without a clock to go by
    }
    BudgetStatus refusing = decision.refusing();
    if (refusing != null) {
      return refusing;
    }
    String wanted = headerSet.describes();
    if (wanted != null) {
      for (BudgetStatus status : decision.budgets()) {
        if (status.budget().displayName().equals(wanted)) {
          return status;
        }
      }
    }
    return decision.tightest();
  }

  /**
   * Returns what clients are told is left: nothing where the budget refuses, though a request that
   * costs more than one permit is refused while there still are some (contract R7).
   */
  static long remaining(BudgetStatus status) {
    return status.waitMillis() > 0 ? 0 : status.remaining();
  }
}
