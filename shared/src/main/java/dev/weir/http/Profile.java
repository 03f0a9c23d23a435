package dev.weir.http;

import dev.weir.Decision;
import dev.weir.Outcome;
import dev.weir.key.RequestView;
import dev.weir.quota.BudgetStatus;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
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

  /** An error with its body prepared. */
  private record Envelope(ErrorTemplate template, BodyTemplate body) {}

  private static final byte[] NO_BODY = {};

  private final String name;
  private final HeaderSet headerSet;
  private final Map<Outcome, Envelope> errors = new EnumMap<>(Outcome.class);

  /**
   * Creates a profile.
   *
   * @param errors what to answer for every outcome that is not allowed
   * @throws IllegalArgumentException if an outcome is missing, or a placeholder is unknown or has
   *     no value on its outcome: only {@code request_id} has one on all, {@code retry_after} also
   *     on {@link Outcome#UNDECIDED}, all others only on {@link Outcome#QUOTA_EXCEEDED}
   */
  public Profile(String name, HeaderSet headerSet, Map<Outcome, ErrorTemplate> errors) {
    this.name = name;
    this.headerSet = headerSet;
    for (Outcome outcome : Outcome.values()) {
      if (!outcome.isAllowed()) {
        this.errors.put(outcome, prepare(outcome, errors.get(outcome)));
      }
    }
  }

  private Envelope prepare(Outcome outcome, @Nullable ErrorTemplate template) {
    String where = "profile '%s', error '%s': ".formatted(name, outcome.label());
    if (template == null) {
      throw new IllegalArgumentException(where + "an answer is needed, but there is none");
    }
    try {
      return new Envelope(template, new BodyTemplate(template.body(), outcome));
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(where + malformed.getMessage(), malformed);
    }
  }

  /** Returns the name of the profile, as in the configuration. */
  public String name() {
    return name;
  }

  /** Renders a decision about a request. */
  public Answer answer(Decision decision, RequestView request) {
    Map<String, String> headers = new LinkedHashMap<>();
    BudgetStatus described = described(decision);
    if (described != null) {
      describe(decision, described, headers);
    }
    boolean crossOrigin = request.header("Origin") != null;
    Envelope error = errors.get(decision.outcome());
    return error == null
        ? new Answer(decision, headers, crossOrigin, Answer.PROCEED, "", NO_BODY)
        : refusal(error, decision, described, request, headers, crossOrigin);
  }

  /**
   * Renders what {@link dev.weir.RateLimiter#usage} found: 200 with a JSON object of the plan and
   * its limits, or the error of a caller who is not known. {@code Cache-Control: no-store}, since
   * it changes with every request.
   */
  public Answer usage(Decision usage, RequestView request) {
    Answer answer = answer(usage, request);
    if (!answer.proceeds()) {
      return answer;
    }
    Map<String, String> headers = new LinkedHashMap<>(answer.headers());
    headers.put("Cache-Control", "no-store");
    boolean crossOrigin = request.header("Origin") != null;
    return new Answer(usage, headers, crossOrigin, 200, "application/json", UsageReport.of(usage));
  }

  private static Answer refusal(
      Envelope error,
      Decision decision,
      @Nullable BudgetStatus described,
      RequestView request,
      Map<String, String> headers,
      boolean crossOrigin) {
    Outcome outcome = decision.outcome();
    String retryAfter = Long.toString(decision.retryAfterSeconds());
    if (outcome == Outcome.QUOTA_EXCEEDED || outcome == Outcome.UNDECIDED) {
      headers.put("Retry-After", retryAfter);
    }
    if (outcome == Outcome.QUOTA_EXCEEDED) {
      headers.put("Cache-Control", "no-store");
    }
    if (error.template.status() == 401) {
      headers.put("WWW-Authenticate", "Bearer");
    }
    String requestId = "";
    if (error.body.holds(Placeholder.REQUEST_ID)) {
      requestId = RequestId.of(request);
      headers.put(RequestId.HEADER, requestId);
    }
    byte[] body = error.body.fill(new Values(decision, described, retryAfter, requestId)::of);
    return new Answer(
        decision,
        headers,
        crossOrigin,
        error.template.status(),
        error.template.contentType(),
        body);
  }

  /** What the placeholders of one answer stand for. */
  private record Values(
      Decision decision, @Nullable BudgetStatus described, String retryAfter, String requestId) {

    String of(Placeholder placeholder) {
      return switch (placeholder) {
        case RETRY_AFTER -> retryAfter;
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

  private void describe(Decision decision, BudgetStatus described, Map<String, String> headers) {
    if (headerSet.trio()) {
      headers.put(headerSet.limit(), Long.toString(described.budget().limit().capacity()));
      headers.put(headerSet.remaining(), Long.toString(remaining(described)));
      headers.put(headerSet.reset(), Long.toString(described.resetSeconds()));
    }
    if (headerSet.structuredFields()) {
      headers.put(StructuredFields.POLICY_HEADER, StructuredFields.policies(decision.budgets()));
      headers.put(StructuredFields.LIMIT_HEADER, StructuredFields.limits(decision));
    }
  }

  /**
   * Returns what clients are told is left: nothing where the budget refuses, though a request that
   * costs more than one permit is refused while there still are some (contract R7).
   */
  static long remaining(BudgetStatus status) {
    return status.waitMillis() > 0 ? 0 : status.remaining();
  }
}
