package dev.weir.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weir.Decision;
import dev.weir.Decision.SessionStatus;
import dev.weir.Outcome;
import dev.weir.Requests;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.quota.BudgetStatus;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every outcome looks like on the wire. */
class ProfileTest {

  private static final String JSON = "application/json";

  private static final ErrorTemplate RATE_LIMIT_EXCEEDED =
      new ErrorTemplate(
          429,
          JSON,
          "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"You have exceeded the rate"
              + " limit. Please retry after {{retry_after}} seconds.\","
              + "\"type\":\"rate_limit_error\"}}");

  private static final ErrorTemplate NO_CREDITS =
      new ErrorTemplate(
          402,
          JSON,
          "{\"error\":{\"code\":\"insufficient_api_credits\",\"message\":\"API credits exhausted."
              + " Purchase more credits to continue.\",\"type\":\"permission_error\"}}");

  private static final ErrorTemplate TOO_MANY_SESSIONS =
      new ErrorTemplate(
          429,
          JSON,
          "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"You have reached the limit of"
              + " {{sessions}} concurrent sessions.\",\"type\":\"rate_limit_error\"}}");

  /** Half a minute before the minute's end that the kallglot document shows. */
  private static final long NOW = 1_711_454_430_000L;

  private static final long MINUTE_END = 1_711_454_460_000L;
  private static final long HOUR_END = 1_711_458_000_000L;

  private static final Requests REQUEST = Requests.get("/v1/sessions/sess_1");

  @Test
  void an_allowed_request_gets_the_trio_of_the_tightest_budget() {
    Answer answer =
        profile()
            .answer(
                allowed(left("", "120/minute", 118, MINUTE_END), left("", "9/hour", 119, HOUR_END)),
                REQUEST);

    assertThat(answer.proceeds()).isTrue();
    assertThat(answer.body()).isEmpty();
    assertThat(headers(answer)) // K6, R4
        .isEqualTo(
            """
            X-RateLimit-Limit: 120
            X-RateLimit-Remaining: 118
            X-RateLimit-Reset: 1711454460
            """);
  }

  @Test
  void of_two_budgets_with_as_many_permits_left_the_one_that_takes_longer_is_described() {
    Decision decision =
        allowed(left("", "120/minute", 5, MINUTE_END), left("", "1000/hour", 5, HOUR_END));

    assertThat(profile().answer(decision, REQUEST).header("X-RateLimit-Limit")) // K6
        .isEqualTo("1000");
  }

  @Test
  void a_session_too_many_is_refused_without_saying_when_to_come_back() { // K10, R6, R9
    Decision decision = sessions(Outcome.SESSIONS_EXCEEDED, left("", "60/minute", 51, MINUTE_END));

    assertThat(wire(profile().answer(decision, REQUEST)))
        .isEqualTo(
            """
            429
            X-RateLimit-Limit: 60
            X-RateLimit-Remaining: 51
            X-RateLimit-Reset: 1711454460
            Cache-Control: no-store
            Content-Type: application/json

            {"error":{"code":"rate_limit_exceeded","message":"You have reached the limit of 2 concurrent\
             sessions.","type":"rate_limit_error"}}""");
  }

  @Test
  void how_many_sessions_are_active_is_said_where_they_were_looked_at_if_that_is_switched_on() {
    Profile telling = profile(new HeaderSet(false, "L", "M", "R", null, false, true, true));

    assertThat(headers(telling.answer(sessions(Outcome.ALLOWED), REQUEST)))
        .isEqualTo("X-Sessions-Limit: 2\nX-Sessions-Active: 1\n");
    assertThat(headers(telling.answer(allowed(), REQUEST))).isEmpty();
    assertThat(headers(profile().answer(sessions(Outcome.ALLOWED), REQUEST))).isEmpty();
  }

  @Test
  void a_profile_may_always_describe_one_budget_of_an_allowed_request() {
    Profile minute = profile(describing("minute"));
    Decision hourTighter =
        allowed(left("", "60/minute", 59, MINUTE_END), left("", "1000/hour", 3, HOUR_END));

    assertThat(minute.answer(hourTighter, REQUEST).header("X-RateLimit-Limit")) // T2
        .isEqualTo("60");
    assertThat(
            profile(describing("analysis-minute"))
                .answer(
                    allowed(
                        left("", "60/minute", 1, MINUTE_END),
                        left("analysis", "30/minute", 9, MINUTE_END)),
                    REQUEST)
                .header("X-RateLimit-Limit"))
        .isEqualTo("30");
  }

  @Test
  void without_the_budget_that_a_profile_describes_the_tightest_is() {
    Decision decision =
        allowed(left("", "1000/hour", 30, HOUR_END), left("", "9000/day", 20, HOUR_END));

    assertThat(profile(describing("minute")).answer(decision, REQUEST).header("X-RateLimit-Limit"))
        .isEqualTo("9000");
  }

  @Test
  void a_refusal_reads_as_documented_by_kallglot() {
    Answer answer =
        profile()
            .answer(
                refused(
                    left("", "120/minute", 90, MINUTE_END),
                    full("analysis", "30/minute", MINUTE_END)),
                REQUEST);

    assertThat(wire(answer)) // K7, R6, R7, R8, R9
        .isEqualTo(
            """
            429
            X-RateLimit-Limit: 30
            X-RateLimit-Remaining: 0
            X-RateLimit-Reset: 1711454460
            Retry-After: 30
            Cache-Control: no-store
            Content-Type: application/json

            {"error":{"code":"rate_limit_exceeded","message":"You have exceeded the rate limit. \
            Please retry after 30 seconds.","type":"rate_limit_error"}}""");
  }

  @Test
  void a_refusal_reads_as_documented_by_talkpilot() {
    Profile talkpilot =
        profile(
            describing("minute"),
            429,
            JSON,
            "{\"error\":{\"code\":\"RATE_LIMITED\",\"message\":\"Rate limit exceeded. Try again in"
                + " {{retry_after}} seconds.\",\"request_id\":\"{{request_id}}\"}}");
    Decision decision =
        new Decision(
            Outcome.QUOTA_EXCEEDED,
            "default",
            null,
            List.of(
                status("", "60/minute", 0, 1_711_108_920_000L, 18_000),
                left("", "1000/hour", 600, 1_711_110_000_000L)),
            1_711_108_902_000L,
            false);

    assertThat(wire(talkpilot.answer(decision, REQUEST.with("X-Request-Id", "req_abc123")))) // T3
        .isEqualTo(
            """
            429
            X-RateLimit-Limit: 60
            X-RateLimit-Remaining: 0
            X-RateLimit-Reset: 1711108920
            Retry-After: 18
            Cache-Control: no-store
            X-Request-Id: req_abc123
            Content-Type: application/json

            {"error":{"code":"RATE_LIMITED","message":"Rate limit exceeded. Try again in 18 \
            seconds.","request_id":"req_abc123"}}""");
  }

  @Test
  void a_refusal_describes_the_budget_with_the_longest_wait_whatever_the_profile_describes() {
    Decision bothRefuse =
        refused(full("", "60/minute", MINUTE_END), full("", "1000/hour", HOUR_END));

    Answer answer = profile(describing("minute")).answer(bothRefuse, REQUEST);

    assertThat(headers(answer)) // T4, R7
        .isEqualTo(
            """
            X-RateLimit-Limit: 1000
            X-RateLimit-Remaining: 0
            X-RateLimit-Reset: 1711458000
            Retry-After: 3570
            Cache-Control: no-store
            """);
  }

  @Test
  void a_constant_body_is_sent_as_it_is() {
    String body =
        "{\"error\":{\"code\":\"rate_limited\",\"message\":\"Zu viele Anfragen – langsamer!\","
            + "\"status\":429}}";
    Profile boltcall = profile(HeaderSet.DEFAULT, 429, JSON, body);

    Answer answer = boltcall.answer(refused(full("", "60/minute", MINUTE_END)), REQUEST); // B3

    assertThat(answer.body()).isEqualTo(body.getBytes(StandardCharsets.UTF_8));
    assertThat(answer.header("X-Request-Id")).isNull();
  }

  @Test
  void a_problem_names_every_budget_that_refuses() {
    Profile problemJson =
        profile(
            HeaderSet.DEFAULT,
            429,
            "application/problem+json",
            "{\"violated-policies\":{{violated_policies}},\"first\":\"{{limit_name}}\","
                + "\"limit\":{{ limit }},\"remaining\":{{remaining}},\"reset\":{{reset}},"
                + "\"in\":{{retry_after}}}");

    Answer answer =
        problemJson.answer(
            refused(
                full("", "60/minute", MINUTE_END),
                left("", "1000/hour", 7, HOUR_END),
                full("analysis", "30/hour", HOUR_END)),
            REQUEST);

    assertThat(answer.contentType()).isEqualTo("application/problem+json");
    assertThat(body(answer)) // R16
        .isEqualTo(
            "{\"violated-policies\":[\"minute\",\"analysis-hour\"],\"first\":\"analysis-hour\","
                + "\"limit\":30,\"remaining\":0,\"reset\":1711458000,\"in\":3570}");
  }

  @Test
  void names_are_escaped_within_json() {
    Profile naming =
        profile(HeaderSet.DEFAULT, 429, JSON, "[\"{{limit_name}}\",{{violated_policies}}]");

    Answer answer = naming.answer(refused(full("a\"b\\c\nd–", "60/minute", MINUTE_END)), REQUEST);

    assertThat(body(answer))
        .isEqualTo("[\"a\\\"b\\\\c\\u000ad–-minute\",[\"a\\\"b\\\\c\\u000ad–-minute\"]]");
  }

  @Test
  void a_refusal_says_that_nothing_is_left_though_a_cheaper_request_would_fit() {
    Decision costsFive = refused(status("", "60/minute", 3, MINUTE_END, 30_000));

    assertThat(profile().answer(costsFive, REQUEST).header("X-RateLimit-Remaining")) // R7
        .isEqualTo("0");
  }

  @Test
  void in_a_dry_run_a_request_over_the_limit_shows_what_would_have_refused_it() {
    Decision decision =
        new Decision(
            Outcome.ALLOWED,
            "starter",
            null,
            List.of(left("", "1000/hour", 0, HOUR_END), full("", "60/minute", MINUTE_END)),
            NOW,
            true);

    Answer answer = profile(describing("hour")).answer(decision, REQUEST);

    assertThat(answer.proceeds()).isTrue();
    assertThat(headers(answer))
        .isEqualTo(
            """
            X-RateLimit-Limit: 60
            X-RateLimit-Remaining: 0
            X-RateLimit-Reset: 1711454460
            """);
  }

  @ParameterizedTest
  @EnumSource(
      value = Outcome.class,
      names = {"ALLOWED", "EXEMPT"})
  void without_a_budget_there_is_nothing_to_describe(Outcome outcome) {
    Answer answer = structured().answer(without(outcome), REQUEST);

    assertThat(answer.proceeds()).isTrue();
    assertThat(answer.headers()).isEmpty();
  }

  @Test
  void a_missing_key_is_answered_with_a_challenge() {
    assertThat(wire(profile().answer(without(Outcome.KEY_MISSING), REQUEST))) // R10, RFC 9110
        .isEqualTo(
            """
            401
            WWW-Authenticate: Bearer
            Content-Type: application/json

            {"error":"key-missing"}""");
  }

  @Test
  void an_unknown_key_is_answered_with_a_challenge() {
    assertThat(wire(profile().answer(without(Outcome.KEY_UNKNOWN), REQUEST))) // R10, RFC 9110
        .isEqualTo(
            """
            401
            WWW-Authenticate: Bearer
            Content-Type: application/json

            {"error":"key-unknown"}""");
  }

  @Test
  void keys_that_contradict_each_other_are_answered_with_just_the_error() {
    assertThat(wire(profile().answer(without(Outcome.KEY_CONFLICT), REQUEST))) // R10
        .isEqualTo(
            """
            400
            Content-Type: application/json

            {"error":"key-conflict"}""");
  }

  @Test
  void no_decision_invites_to_ask_again() {
    assertThat(wire(profile().answer(without(Outcome.UNDECIDED), REQUEST)))
        .isEqualTo(
            """
            503
            Retry-After: 1
            Content-Type: application/json

            {"error":"undecided","retry":1}""");
  }

  @Test
  void no_decision_describes_nothing_even_if_an_outer_filter_has_charged_a_budget() {
    Decision decision =
        new Decision(
            Outcome.UNDECIDED,
            "starter",
            null,
            List.of(left("", "60/minute", 3, MINUTE_END)),
            0,
            false);

    assertThat(structured().answer(decision, REQUEST).headers()).containsOnlyKeys("Retry-After");
  }

  @Test
  void a_key_error_with_another_status_carries_no_challenge() {
    Map<Outcome, ErrorTemplate> errors = errors();
    errors.put(Outcome.KEY_UNKNOWN, new ErrorTemplate(403, JSON, "{}"));

    Answer answer =
        new Profile("custom", HeaderSet.DEFAULT, errors)
            .answer(without(Outcome.KEY_UNKNOWN), REQUEST);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.headers()).isEmpty();
  }

  @Test
  void the_trio_can_be_switched_off() {
    HeaderSet off = new HeaderSet(false, "L", "M", "R", null, false);

    Answer allowed =
        profile(off).answer(allowed(left("", "60/minute", 9, MINUTE_END)), REQUEST); // M6
    Answer refused = profile(off).answer(refused(full("", "60/minute", MINUTE_END)), REQUEST);

    assertThat(allowed.headers()).isEmpty();
    assertThat(headers(refused))
        .isEqualTo(
            """
            Retry-After: 30
            Cache-Control: no-store
            """);
  }

  @Test
  void the_trio_goes_by_the_names_of_the_header_set() {
    HeaderSet named = new HeaderSet(true, "X-Limit", "X-Left", "X-Until", null, false);

    assertThat(
            headers(profile(named).answer(allowed(left("", "60/minute", 9, MINUTE_END)), REQUEST)))
        .isEqualTo(
            """
            X-Limit: 60
            X-Left: 9
            X-Until: 1711454460
            """);
  }

  @Test
  void the_limit_of_a_token_bucket_is_its_capacity_so_that_remaining_never_exceeds_it() {
    Decision decision = allowed(left("", "60/minute token-bucket burst 90", 89, NOW + 1_000));

    assertThat(headers(profile().answer(decision, REQUEST)))
        .isEqualTo(
            """
            X-RateLimit-Limit: 90
            X-RateLimit-Remaining: 89
            X-RateLimit-Reset: 1711454431
            """);
  }

  @Test
  void the_reset_is_rounded_up() {
    assertThat(
            profile()
                .answer(allowed(left("", "60/minute token-bucket", 1, NOW + 1)), REQUEST)
                .header("X-RateLimit-Reset")) // R4
        .isEqualTo("1711454431");
  }

  @ParameterizedTest
  @ValueSource(strings = {"r", "Ab9._-", "req_abc123"})
  void a_well_formed_request_id_is_kept(String id) {
    Answer answer = withRequestId().answer(without(Outcome.KEY_MISSING), inbound(id));

    assertThat(answer.header("X-Request-Id")).isEqualTo(id); // R15
    assertThat(body(answer)).isEqualTo("{\"request_id\":\"" + id + "\"}");
  }

  @Test
  void a_request_id_may_be_128_characters_long_but_no_longer() {
    String longest = "x".repeat(128);

    assertThat(
            withRequestId()
                .answer(without(Outcome.KEY_MISSING), inbound(longest))
                .header("X-Request-Id"))
        .isEqualTo(longest);
    assertThat(
            withRequestId()
                .answer(without(Outcome.KEY_MISSING), inbound(longest + "x"))
                .header("X-Request-Id"))
        .startsWith("req_");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\"b", "<script>", "ümlaut", "a\r\nSet-Cookie: x=y"})
  void a_malformed_request_id_is_replaced(String id) {
    Answer answer = withRequestId().answer(without(Outcome.KEY_MISSING), inbound(id));

    String fresh = answer.header("X-Request-Id");
    assertThat(fresh).matches("req_[A-Za-z0-9]{16}"); // R15
    assertThat(body(answer)).isEqualTo("{\"request_id\":\"" + fresh + "\"}");
  }

  @Test
  void every_fresh_request_id_is_another() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      ids.add(
          withRequestId()
              .answer(without(Outcome.KEY_MISSING), Requests.get("/"))
              .header("X-Request-Id"));
    }
    assertThat(ids).hasSize(1_000);
  }

  @ParameterizedTest
  @EnumSource(
      value = Outcome.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ALLOWED", "EXEMPT"})
  void an_answer_for_every_refusal_is_needed(Outcome outcome) {
    Map<Outcome, ErrorTemplate> errors = errors();
    errors.remove(outcome);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Profile("custom", HeaderSet.DEFAULT, errors))
        .withMessage(
            "profile 'custom', error '%s': an answer is needed, but there is none"
                .formatted(outcome.label()));
  }

  @Test
  void an_unknown_placeholder_is_refused_with_those_that_are_known() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> profile(HeaderSet.DEFAULT, 429, JSON, "wait {{seconds}}"))
        .withMessage(
            "profile 'test', error 'quota-exceeded': the body may hold {{retry_after}}, {{limit}},"
                + " {{remaining}}, {{reset}}, {{limit_name}}, {{violated_policies}},"
                + " {{request_id}}, but holds {{seconds}}");
  }

  @Test
  void a_placeholder_without_a_value_on_its_outcome_is_refused() {
    Map<Outcome, ErrorTemplate> errors = errors();
    errors.put(Outcome.KEY_MISSING, new ErrorTemplate(401, JSON, "{{retry_after}}"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Profile("test", HeaderSet.DEFAULT, errors))
        .withMessage(
            "profile 'test', error 'key-missing': the body may hold {{request_id}}, but holds"
                + " {{retry_after}}");
  }

  @Test
  void a_placeholder_that_does_not_end_is_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> profile(HeaderSet.DEFAULT, 429, JSON, "{{limit}} {{reset}"))
        .withMessage(
            "profile 'test', error 'quota-exceeded': a placeholder ends with '}}', but the body"
                + " holds '{{reset}'");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 399, 600})
  void an_error_has_the_status_of_an_error(int status) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ErrorTemplate(status, JSON, ""))
        .withMessage("the status of an error must be 400 to 599, but is " + status);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "json", "text/plain\r\nSet-Cookie: a=b"})
  void an_error_has_a_media_type(String type) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ErrorTemplate(429, type, ""))
        .withMessage("a content type reads like 'application/json', but is '%s'".formatted(type));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "X Limit", "X-Limit:", "X-Límit", "X\r\nY"})
  void a_header_name_is_a_token(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HeaderSet(true, "A", "B", name, null, false))
        .withMessage("a header name is letters, digits and '-', but is '%s'".formatted(name));
  }

  @Test
  void two_values_cannot_share_a_header() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HeaderSet(true, "X-Limit", "x-limit", "X-Reset", null, false))
        .withMessage("limit, remaining and reset need a header each, but 'x-limit' is named twice");
  }

  @Test
  void a_profile_knows_its_name() {
    assertThat(profile().name()).isEqualTo("test");
  }

  private static Profile profile() {
    return profile(HeaderSet.DEFAULT);
  }

  private static Profile profile(HeaderSet headers) {
    return new Profile("test", headers, errors());
  }

  private static Profile profile(HeaderSet headers, int status, String type, String body) {
    Map<Outcome, ErrorTemplate> errors = errors();
    errors.put(Outcome.QUOTA_EXCEEDED, new ErrorTemplate(status, type, body));
    return new Profile("test", headers, errors);
  }

  private static Profile structured() {
    return profile(new HeaderSet(true, "L", "M", "R", null, true));
  }

  private static Profile withRequestId() {
    Map<Outcome, ErrorTemplate> errors = errors();
    errors.put(
        Outcome.KEY_MISSING, new ErrorTemplate(401, JSON, "{\"request_id\":\"{{request_id}}\"}"));
    return new Profile("test", HeaderSet.DEFAULT, errors);
  }

  private static Map<Outcome, ErrorTemplate> errors() {
    Map<Outcome, ErrorTemplate> errors = new EnumMap<>(Outcome.class);
    errors.put(Outcome.KEY_MISSING, new ErrorTemplate(401, JSON, "{\"error\":\"key-missing\"}"));
    errors.put(Outcome.KEY_UNKNOWN, new ErrorTemplate(401, JSON, "{\"error\":\"key-unknown\"}"));
    errors.put(Outcome.KEY_CONFLICT, new ErrorTemplate(400, JSON, "{\"error\":\"key-conflict\"}"));
    errors.put(
        Outcome.UNDECIDED,
        new ErrorTemplate(503, JSON, "{\"error\":\"undecided\",\"retry\":{{retry_after}}}"));
    errors.put(Outcome.QUOTA_EXCEEDED, RATE_LIMIT_EXCEEDED);
    errors.put(Outcome.SESSIONS_EXCEEDED, TOO_MANY_SESSIONS);
    errors.put(Outcome.CREDITS_EXHAUSTED, NO_CREDITS);
    return errors;
  }

  private static HeaderSet describing(String budget) {
    return new HeaderSet(
        true, "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", budget, false);
  }

  private static Requests inbound(String requestId) {
    return Requests.get("/").with("X-Request-Id", requestId);
  }

  private static Decision allowed(BudgetStatus... budgets) {
    return new Decision(Outcome.ALLOWED, "starter", null, List.of(budgets), NOW, false);
  }

  private static Decision refused(BudgetStatus... budgets) {
    return new Decision(Outcome.QUOTA_EXCEEDED, "starter", null, List.of(budgets), NOW, false);
  }

  private static Decision sessions(Outcome outcome, BudgetStatus... budgets) {
    return new Decision(
        outcome,
        "starter",
        null,
        List.of(budgets),
        NOW,
        false,
        new SessionStatus(1, 2),
        false,
        null);
  }

  private static Decision without(Outcome outcome) {
    return new Decision(outcome, null, null, List.of(), 0, false);
  }

  private static BudgetStatus left(String scope, String limit, long remaining, long resetMillis) {
    return status(scope, limit, remaining, resetMillis, 0);
  }

  private static BudgetStatus full(String scope, String limit, long resetMillis) {
    return status(scope, limit, 0, resetMillis, resetMillis - NOW);
  }

  private static BudgetStatus status(
      String scope, String limit, long remaining, long resetMillis, long waitMillis) {
    return new BudgetStatus(
        Budget.of(scope, Limit.parse(limit)), remaining, resetMillis, waitMillis);
  }

  private static String headers(Answer answer) {
    StringBuilder lines = new StringBuilder();
    answer
        .headers()
        .forEach((name, value) -> lines.append(name).append(": ").append(value).append('\n'));
    return lines.toString();
  }

  private static String body(Answer answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  private static String wire(Answer answer) {
    assertThat(answer.proceeds()).isFalse();
    return "%d\n%sContent-Type: %s\n\n%s"
        .formatted(answer.status(), headers(answer), answer.contentType(), body(answer));
  }
}
