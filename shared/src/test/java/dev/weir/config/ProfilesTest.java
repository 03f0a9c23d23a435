package dev.weir.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Decision;
import dev.weir.Outcome;
import dev.weir.Requests;
import dev.weir.http.Answer;
import dev.weir.key.ApiKeyResolver;
import dev.weir.plan.Account;
import dev.weir.plan.Budget;
import dev.weir.plan.Plan;
import dev.weir.plan.PlanCatalog;
import dev.weir.quota.BudgetStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The built-in profiles, against the numbers and texts of the contract. */
class ProfilesTest {

  private static final long NOW = 1_711_454_430_000L;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // K1, K4, C6
        "kallglot | free | POST /v1/sessions | 60/minute",
        "kallglot | starter | GET /v1/stream | 120/minute",
        "kallglot | starter | POST /v1/sessions | 120/minute, sessions-write 60/minute",
        "kallglot | starter | DELETE /v1/sessions/sess_1 | 120/minute, sessions-write 60/minute",
        "kallglot | starter | GET /v1/sessions/sess_1 | 120/minute, sessions-read 120/minute",
        "kallglot | starter | GET /v1/recordings/sess_1 | 120/minute, recordings 60/minute",
        "kallglot | starter | POST /v1/sessions/sess_1/analysis | 120/minute, analysis 30/minute",
        "kallglot | starter | POST /v1/webhooks | 120/minute, webhooks 60/minute",
        "kallglot | pro | POST /v1/sessions | 600/minute, sessions-write 300/minute",
        "kallglot | pro | GET /v1/sessions/sess_1 | 600/minute, sessions-read 600/minute",
        "kallglot | pro | GET /v1/recordings/sess_1 | 600/minute, recordings 300/minute",
        "kallglot | pro | POST /v1/sessions/sess_1/analysis | 600/minute, analysis 150/minute",
        "kallglot | pro | POST /v1/webhooks | 600/minute, webhooks 300/minute",
        "kallglot | enterprise | POST /v1/sessions | ''",
        "kallglot-credits | pro | POST /v1/webhooks | 600/minute, webhooks 300/minute",
        // T1
        "talkpilot | default | GET /agents/a1 | 60/minute, 1000/hour",
        // B1
        "boltcall | starter | GET /v1/agents | 60/minute",
        "boltcall | pro | GET /v1/agents | 300/minute",
        "boltcall | ultimate | GET /v1/leads | 1000/minute",
        // M1, M2, M3
        "burst-sustained | default | GET /v1/meetings | 10/second sliding-log, 60/minute token-bucket",
      })
  void each_request_is_judged_by_the_limits_of_the_contract(
      String profile, String planName, String request, String limits) {
    PlanCatalog catalog = configuration(profile).catalog();
    Plan plan = Objects.requireNonNull(catalog.plan(planName));
    String[] words = request.split(" ", -1);

    List<Budget> budgets =
        catalog
            .policy(plan, Account.of(planName), catalog.endpoint(Requests.of(words[0], words[1])))
            .budgets();

    assertThat(budgets.stream().map(budget -> (budget.scope() + " " + budget.limit()).strip()))
        .containsExactly(limits.isEmpty() ? new String[0] : limits.split(", ", -1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kallglot | free, starter, pro, enterprise",
        "kallglot-credits | free, starter, pro, enterprise",
        "talkpilot | default",
        "boltcall | starter, pro, ultimate",
        "burst-sustained | default",
      })
  void the_plans_are_those_of_the_contract(String profile, String plans) {
    assertThat(configuration(profile).catalog().plans())
        .extracting(Plan::name)
        .containsExactly(plans.split(", ", -1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // K7, C6
        "kallglot | {\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"You have exceeded the rate limit. Please retry after 30 seconds.\",\"type\":\"rate_limit_error\"}}",
        "kallglot-credits | {\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"You have exceeded the rate limit. Please retry after 30 seconds.\",\"type\":\"rate_limit_error\"}}",
        // T3
        "talkpilot | {\"error\":{\"code\":\"RATE_LIMITED\",\"message\":\"Rate limit exceeded. Try again in 30 seconds.\",\"request_id\":\"req_abc123\"}}",
        // B3
        "boltcall | {\"error\":{\"code\":\"rate_limited\",\"message\":\"Too many requests. Back off and retry with exponential delay.\",\"status\":429}}",
        // M5
        "burst-sustained | {\"error\":{\"code\":\"rate_limited\",\"message\":\"Rate limit exceeded. Try again later.\",\"request_id\":\"req_abc123\"}}",
        // R16
        "problem-json | {\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\",\"title\":\"Request cannot be satisfied as assigned quota has been exceeded\",\"status\":429,\"detail\":\"Limit 'minute' of 60 requests is used up; retry after 30 seconds.\",\"violated-policies\":[\"minute\"]}",
      })
  void a_refusal_reads_as_in_the_contract(String profile, String body) {
    Answer answer = answer(profile, Outcome.QUOTA_EXCEEDED);

    assertThat(answer.status()).isEqualTo(429);
    assertThat(text(answer)).isEqualTo(body);
  }

  static List<String> profiles() {
    return ConfigurationReader.PROFILES;
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void every_error_has_its_status_and_the_profiles_envelope(String profile) { // R9, R10
    boolean problem = profile.equals("problem-json");
    String shape = problem ? "\"type\":\"about:blank\",\"title\":" : "{\"error\":{\"code\":\"";
    for (Outcome outcome :
        List.of(
            Outcome.KEY_MISSING, Outcome.KEY_UNKNOWN, Outcome.KEY_CONFLICT, Outcome.UNDECIDED)) {
      Answer answer = answer(profile, outcome);

      assertThat(answer.status())
          .isEqualTo(
              switch (outcome) {
                case KEY_CONFLICT -> 400;
                case UNDECIDED -> 503;
                default -> 401;
              });
      assertThat(answer.contentType())
          .isEqualTo(problem ? "application/problem+json" : "application/json");
      assertThat(text(answer)).contains(shape);
      assertThat(text(answer).contains("\"request_id\":\"req_abc123\""))
          .isEqualTo(List.of("talkpilot", "burst-sustained").contains(profile)); // M5
      assertThat(text(answer).contains("\"status\":" + answer.status()))
          .isEqualTo(problem || profile.equals("boltcall")); // B3
      assertThat(text(answer).contains("\"type\":"))
          .isEqualTo(problem || profile.startsWith("kallglot")); // K7
    }
  }

  @Test
  void only_talkpilot_describes_one_window_and_only_problem_json_sends_structured_fields() {
    for (String profile : profiles()) {
      Answer answer = answer(profile, Outcome.ALLOWED);

      assertThat(answer.header("X-RateLimit-Limit")) // K6, T2, B2, M6: the trio is always sent
          .isEqualTo(profile.equals("talkpilot") ? "60" : "1000");
      assertThat(answer.header("RateLimit") != null).isEqualTo(profile.equals("problem-json"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "default, true, true",
    "kallglot, true, true",
    "kallglot-credits, true, true",
    "talkpilot, false, true", // T5
    "boltcall, true, true", // B4
    "burst-sustained, true, false", // M6
    "problem-json, true, true",
  })
  void the_key_is_where_the_contract_says(String profile, boolean bearer, boolean header) {
    ApiKeyResolver keys = withPlan(profile).keys();

    assertThat(keys.resolve(request().with("Authorization", "Bearer k1")) != null)
        .isEqualTo(bearer);
    assertThat(keys.resolve(request().with("X-API-Key", "k1")) != null).isEqualTo(header);
  }

  @Test
  void a_file_may_change_everything_a_profile_says() {
    Configuration configuration =
        Configuration.parse(
            "weir.yaml",
            """
            profile: talkpilot
            key-sources: [query key]
            headers: { limit: X-Limit, describes: tightest }
            errors:
              quota-exceeded:
                status: 503
                content-type: text/plain
                body: "Wait {{retry_after}} s"
            """);

    Answer answer = answer(configuration, Outcome.QUOTA_EXCEEDED);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.contentType()).isEqualTo("text/plain");
    assertThat(text(answer)).isEqualTo("Wait 30 s");
    assertThat(answer.header("X-Limit")).isEqualTo("60");
    assertThat(answer.header("X-RateLimit-Remaining")).isEqualTo("0");
  }

  private static Configuration configuration(String profile) {
    return Configuration.parse("weir.yaml", "profile: " + profile);
  }

  /** Some profiles leave the plans to the file. */
  private static Configuration withPlan(String profile) {
    return Configuration.parse(
        "weir.yaml",
        "profile: " + profile + "\nplans: { mine: { limits: [60/minute, 1000/hour] } }");
  }

  private static Answer answer(String profile, Outcome outcome) {
    return answer(withPlan(profile), outcome);
  }

  /** An answer with the minute half used, or used up, and the hour nearer to its end. */
  private static Answer answer(Configuration configuration, Outcome outcome) {
    boolean refused = outcome == Outcome.QUOTA_EXCEEDED;
    Plan plan = Objects.requireNonNull(withPlan("default").catalog().plan("mine"));
    Budget minute = Budget.of(Budget.PLAN_SCOPE, plan.limits().get(0));
    Budget hour = Budget.of(Budget.PLAN_SCOPE, plan.limits().get(1));
    List<BudgetStatus> budgets =
        List.of(
            new BudgetStatus(minute, refused ? 0 : 30, NOW + 30_000, refused ? 30_000 : 0),
            new BudgetStatus(hour, 20, NOW + 1_800_000, 0));
    boolean counted = outcome.isAllowed() || refused;
    return configuration
        .profile()
        .answer(
            new Decision(
                outcome, "mine", null, counted ? budgets : List.of(), counted ? NOW : 0, false),
            request().with("X-Request-Id", "req_abc123"));
  }

  private static Requests request() {
    return Requests.get("/v1/agents");
  }

  private static String text(Answer answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }
}
