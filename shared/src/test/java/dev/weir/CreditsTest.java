package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.account.Accounts;
import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
import dev.weir.http.Answer;
import dev.weir.plan.Account;
import dev.weir.plan.Endpoint;
import dev.weir.session.SessionUse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Prepaid credits from the configuration to the answer. */
class CreditsTest {

  private static final String YAML =
      """
      profile: kallglot-credits
      keys:
        poor: { plan: pro, credits: 12 }
        free: { plan: enterprise, limits: [5/minute] }
      usage: { path: /v1/usage, limits: [3/minute] }
      accounts: {}
      cluster: { store: memory }
      %s
      """;

  private final JdbcDataSource database = new JdbcDataSource();
  private Weir weir = weir("");

  private Weir weir(String more) {
    database.setURL("jdbc:h2:mem:%s;DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID()));
    Configuration configuration = Configuration.parse("weir.yaml", YAML.formatted(more));
    return Weir.builder()
        .configuration(
            configuration.withCluster(
                configuration.cluster().withDeadline(Duration.ofSeconds(20)))) // on busy machines
        .dataSource(database)
        .clock(new ManualClock("2024-03-26T12:00:30Z"))
        .build();
  }

  @AfterEach
  void close() {
    weir.close();
  }

  @Test
  void requests_cost_what_their_group_says_until_too_little_is_left() { // C2, C3, C4
    assertThat(judge("POST", "/v1/sessions/s/analysis", "poor").headers())
        .containsEntry("X-API-Credits-Remaining", "7")
        .containsEntry("X-API-Credits-Used", "5");
    judge("POST", "/v1/sessions/s/analysis", "poor");

    Answer refused = judge("POST", "/v1/sessions/s/analysis", "poor");

    assertThat(refused.status()).isEqualTo(402);
    assertThat(new String(refused.body(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"error\":{\"code\":\"insufficient_api_credits\",\"message\":\"API credits exhausted."
                + " Purchase more credits to continue.\",\"type\":\"permission_error\"}}");
    assertThat(refused.headers())
        .containsEntry("X-API-Credits-Remaining", "2")
        .containsEntry("X-API-Credits-Used", "10")
        .containsEntry("X-RateLimit-Remaining", "148")
        .containsEntry("Cache-Control", "no-store")
        .doesNotContainKey("Retry-After");
    assertThat(judge("GET", "/v1/recordings/r", "poor").proceeds()).isTrue();
  }

  @Test
  void who_has_no_credits_to_pay_with_is_told_of_none() {
    assertThat(judge("GET", "/v1/recordings/r", "free").headers())
        .doesNotContainKeys("X-API-Credits-Remaining", "X-API-Credits-Used");
  }

  @Test
  void what_a_request_is_refused_for_that_lacks_both_can_be_chosen() { // C1
    weir.close();
    weir =
        weir(
            """
            plans: { pro: { limits: [1/minute] } }
            credits: { order: credits }
            """);
    judge("POST", "/v1/sessions/s/analysis", "poor");
    assertThat(judge("GET", "/v1/recordings/r", "poor").status()).isEqualTo(429);
    weir.credits();
    Account none = weir.accounts().get(id("poor")).account();
    assertThat(none.credits()).isEqualTo(12);

    assertThat(judge("POST", "/v1/sessions/s/analysis", "poor").status()).isEqualTo(429); // 7 left
    Endpoint dear = new Endpoint(null, "dear", List.of(), 1, false).at(8);
    Answer lackingBoth = weir.judge(request("GET", "/v1/recordings/r", "poor"), dear, null);

    assertThat(lackingBoth.status()).isEqualTo(402);
  }

  @Test
  void credits_come_back_after_answers_that_are_named() { // C4
    weir.close();
    weir = weir("credits: { refund-on: [5xx, 404] }");

    answered(judge("GET", "/v1/recordings/r", "poor"), 200);
    answered(judge("GET", "/v1/recordings/r", "poor"), 404);
    answered(judge("GET", "/v1/recordings/r", "poor"), 503);
    Objects.requireNonNull(judge("GET", "/v1/recordings/r", "poor").session()).failed(false);
    Objects.requireNonNull(judge("GET", "/v1/recordings/r", "poor").session()).abandoned();
    answered(judge("GET", "/v1/recordings/r", "poor"), 400);

    await().until(() -> used("poor") == 2);
  }

  private static void answered(Answer answer, int status) {
    SessionUse follows = Objects.requireNonNull(answer.session());
    follows.answered(status, name -> null, null, false);
    follows.answered(500, name -> null, null, true); // and again at the end
  }

  @Test
  void an_application_gives_credits_back_while_the_request_runs() {
    Answer answer = judge("POST", "/v1/sessions/s/analysis", "poor");

    Objects.requireNonNull(answer.charge()).refund(2);

    await().until(() -> used("poor") == 3);
    assertThat(judge("GET", "/v1/recordings/r", "free").charge()).isNull();
  }

  @Test
  void what_an_outer_filter_has_charged_is_not_charged_again() { // R13
    Answer outer = judge("GET", "/v1/recordings/r", "poor");
    assertThat(outer.header("X-API-Credits-Used")).isEqualTo("1");

    Answer inner = weir.judge(request("GET", "/v1/recordings/r", "poor"), null, outer);
    assertThat(inner).isSameAs(outer);

    Endpoint annotated =
        weir.endpoint(Paid.class.getAnnotation(RateLimited.class), "Paid"); // costs 5
    Answer more = weir.judge(request("GET", "/v1/recordings/r", "poor"), annotated, outer);
    assertThat(more.header("X-API-Credits-Used")).isEqualTo("5");
    assertThat(Objects.requireNonNull(more.charge()).credits()).isEqualTo(5);

    Endpoint dear = annotated.at(50);
    Answer next = judge("GET", "/v1/recordings/r", "poor");
    assertThat(weir.judge(request("GET", "/v1/recordings/r", "poor"), dear, next).status())
        .isEqualTo(402);
    await().until(() -> used("poor") == 5); // what the outer one took is back
  }

  @RateLimited(credits = 5)
  private static final class Paid {}

  @Test
  void a_top_up_counts_for_the_next_request() { // C5
    judge("POST", "/v1/sessions/s/analysis", "poor");
    judge("POST", "/v1/sessions/s/analysis", "poor");
    assertThat(judge("POST", "/v1/sessions/s/analysis", "poor").status()).isEqualTo(402);

    Objects.requireNonNull(weir.credits()).topUp(id("poor"), 5, "order-1");

    assertThat(judge("POST", "/v1/sessions/s/analysis", "poor").headers())
        .containsEntry("X-API-Credits-Remaining", "2")
        .containsEntry("X-API-Credits-Used", "15");
  }

  @Test
  void a_key_that_is_rotated_keeps_its_credits_and_what_it_used() {
    judge("POST", "/v1/sessions/s/analysis", "poor");

    Accounts.Created created = weir.accounts().rotate(id("poor"), Duration.ofDays(1));

    assertThat(judge("GET", "/v1/recordings/r", created.secret()).headers())
        .containsEntry("X-API-Credits-Remaining", "6");
    assertThat(judge("GET", "/v1/recordings/r", "poor").headers())
        .containsEntry("X-API-Credits-Remaining", "5")
        .containsEntry("X-RateLimit-Remaining", "298");
  }

  @Test
  void a_look_at_the_own_usage_costs_nothing_but_has_a_limit_of_its_own() {
    judge("POST", "/v1/sessions/s/analysis", "poor");
    for (int i = 0; i < 3; i++) {
      Answer usage = judge("GET", "/v1/usage", "poor");
      assertThat(usage.status()).isEqualTo(200);
      assertThat(new String(usage.body(), StandardCharsets.UTF_8))
          .contains("\"credits\":{\"granted\":12,\"used\":5,\"remaining\":7}");
    }

    Answer tooOften = judge("GET", "/v1/usage", "poor");

    assertThat(tooOften.status()).isEqualTo(429);
    assertThat(tooOften.headers())
        .containsEntry("X-RateLimit-Limit", "3")
        .containsEntry("Retry-After", "30");
    assertThat(judge("GET", "/v1/recordings/r", "poor").headers())
        .containsEntry("X-RateLimit-Remaining", "299")
        .containsEntry("X-API-Credits-Remaining", "6");
  }

  @Test
  void a_price_or_a_database_that_cannot_be_stops_the_start() {
    assertThatThrownBy(() -> weir.endpoint(Negative.class.getAnnotation(RateLimited.class), "N"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("@RateLimited on N: credits must be 0 to 1000000, but are -2");
    assertThatThrownBy(
            () ->
                Weir.builder()
                    .configuration(
                        Configuration.parse(
                            "weir.yaml", YAML.formatted("database: { url: 'jdbc:nosuch:x' }")))
                    .build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("weir.yaml: database: no JDBC driver on the class path");
    JdbcDataSource absent = new JdbcDataSource();
    absent.setURL("jdbc:h2:mem:absent;IFEXISTS=TRUE");
    assertThatThrownBy(
            () ->
                Weir.builder()
                    .configuration(Configuration.parse("weir.yaml", YAML.formatted("")))
                    .dataSource(absent)
                    .build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(
            "weir.yaml: database: the database that keeps credits cannot be used");
  }

  @Test
  void credits_that_nobody_keeps_are_not_spent() {
    try (Weir other =
        Weir.builder()
            .configuration(
                Configuration.parse(
                    "weir.yaml", "plans: { p: { limits: [9/day] } }\ncluster: { store: memory }"))
            .directory(key -> Account.of("p").withCredits(5))
            .build()) {
      assertThat(other.judge(request("GET", "/", "k"), null, null).status()).isEqualTo(503);
    }
  }

  @RateLimited(credits = -2)
  private static final class Negative {}

  private String id(String secret) {
    return Objects.requireNonNull(weir.accounts().find(secret)).id();
  }

  private long used(String key) {
    return Objects.requireNonNull(weir.credits()).balance(id(key)).used();
  }

  private static Requests request(String method, String path, String key) {
    return Requests.of(method, path).with("X-API-Key", key);
  }

  private Answer judge(String method, String path, String key) {
    return weir.judge(request(method, path, key), null, null);
  }
}
