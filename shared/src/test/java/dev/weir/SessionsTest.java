package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
import dev.weir.http.Answer;
import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import dev.weir.plan.Endpoint;
import dev.weir.plan.Limit;
import dev.weir.plan.SessionAction;
import dev.weir.session.SessionUse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sessions from the configuration to the answer. */
class SessionsTest {

  private final ManualClock clock = new ManualClock("2024-03-26T12:00:30Z");
  private final Map<String, Account> accounts = new HashMap<>();
  private final Weir weir =
      Weir.builder()
          .configuration(
              Configuration.parse(
                  "weir.yaml",
                  """
                  profile: kallglot
                  plans:
                    free: { limits: [5/minute] }
                    tryout: { limits: [5/minute], sessions: 1, dry-run: true }
                    bare: { limits: unlimited, sessions: 1 }
                  usage: { path: /v1/usage }
                  headers: { sessions: true }
                  sessions: { end: 'DELETE /v1/sessions/{id}' }
                  cluster: { store: memory }
                  """))
          .directory(key -> accounts.get(key.value()))
          .clock(clock)
          .build();

  SessionsTest() {
    accounts.put("k", Account.of("free"));
  }

  @AfterEach
  void close() {
    weir.close();
  }

  @Test
  void as_many_sessions_are_active_as_the_plan_says_and_no_more() { // K2, K10
    assertThat(open("sess_1")).isEqualTo(0);
    assertThat(open("sess_2")).isEqualTo(0);

    Answer refused = judge("POST", "/v1/sessions");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(new String(refused.body(), StandardCharsets.UTF_8))
        .contains("You have reached the limit of 2 concurrent sessions.");
    assertThat(refused.headers())
        .containsEntry("X-RateLimit-Remaining", "3") // R3: it cost nothing
        .containsEntry("X-Sessions-Limit", "2")
        .containsEntry("X-Sessions-Active", "2")
        .doesNotContainKey("Retry-After");
    assertThat(refused.session()).isNull();
  }

  @Test
  void a_creation_refused_for_its_rate_takes_no_slot() { // R3, I2
    for (int i = 0; i < 5; i++) {
      judge("GET", "/v1/recordings/rec_1");
    }
    assertThat(judge("POST", "/v1/sessions").header("Retry-After")).isEqualTo("30");

    assertThat(usage()).contains("\"sessions\":{\"limit\":2,\"active\":0}");
  }

  @Test
  void a_session_that_ends_makes_room() { // K9
    open("sess_1");
    open("sess_2");

    answered(judge("DELETE", "/v1/sessions/sess_1"), 200, null);
    answered(judge("DELETE", "/v1/sessions/sess_1"), 204, null); // twice frees nobody else's

    assertThat(usage()).contains("\"active\":1");
    assertThat(open("sess_3")).isEqualTo(0);
    assertThat(open("sess_4")).isEqualTo(429);
  }

  @Test
  void a_session_that_nobody_uses_is_free_after_the_grace_time() { // K9
    open("sess_1");
    open("sess_2");
    clock.advance(Duration.ofMinutes(4));
    answered(judge("GET", "/v1/sessions/sess_2"), 200, null);

    clock.advance(Duration.ofMinutes(1).minusMillis(1));
    assertThat(open("sess_3")).isEqualTo(429);
    clock.advance(Duration.ofMillis(1));
    assertThat(open("sess_3")).isEqualTo(0);
    assertThat(open("sess_4")).isEqualTo(429);
  }

  @Test
  void the_number_may_change_while_sessions_run() { // R12
    open("sess_1");
    open("sess_2");
    accounts.put("k", Account.of("free").withSessions(3));
    assertThat(open("sess_3")).isEqualTo(0);

    accounts.put("k", Account.of("free").withSessions(1));
    assertThat(judge("POST", "/v1/sessions").headers())
        .containsEntry("X-Sessions-Limit", "1")
        .containsEntry("X-Sessions-Active", "3");
  }

  @Test
  void unlimited_sessions_take_no_slots() { // K2
    accounts.put("k", Account.of("enterprise"));
    for (int i = 0; i < 100; i++) {
      assertThat(open("sess_" + i)).isEqualTo(0);
    }

    assertThat(usage())
        .isEqualTo("{\"plan\":\"enterprise\",\"limits\":[],\"sessions\":null,\"credits\":null}");
  }

  @Test
  void a_plan_without_limits_may_limit_sessions() {
    accounts.put("k", Account.of("bare"));
    assertThat(open("sess_1")).isEqualTo(0);

    assertThat(open("sess_2")).isEqualTo(429);
    assertThat(usage())
        .isEqualTo(
            "{\"plan\":\"bare\",\"limits\":[],\"sessions\":{\"limit\":1,\"active\":1},\"credits\":null}");
  }

  @Test
  void a_refusal_that_nobody_was_asked_about_says_nothing_of_sessions() { // I5
    for (int i = 0; i < 5; i++) {
      judge("GET", "/v1/recordings/rec_1");
    }

    assertThat(judge("GET", "/v1/recordings/rec_1").headers())
        .containsEntry("Retry-After", "30")
        .doesNotContainKey("X-Sessions-Active");
  }

  @Test
  void what_an_inner_adapter_answers_keeps_the_session_in_hand() { // R13
    Answer outer = judge("POST", "/v1/sessions");
    Endpoint stricter = new Endpoint(null, "Stricter", List.of(Limit.parse("5/day")), 1, false);

    Answer inner = weir.judge(request("POST", "/v1/sessions"), stricter, outer);

    assertThat(inner).isNotSameAs(outer);
    assertThat(inner.session()).isSameAs(outer.session());
  }

  @Test
  void in_a_dry_run_a_session_too_many_is_let_through() {
    accounts.put("k", Account.of("tryout"));
    assertThat(open("sess_1")).isEqualTo(0);

    Answer over = judge("POST", "/v1/sessions");

    assertThat(over.proceeds()).isTrue();
    assertThat(over.session()).isNull();
    assertThat(usage()).contains("\"active\":1");
  }

  @Test
  void a_further_adapter_takes_no_second_slot() { // R13
    Answer outer = judge("POST", "/v1/sessions");

    Answer inner = weir.judge(request("POST", "/v1/sessions"), null, outer);

    assertThat(inner).isSameAs(outer);
    assertThat(usage()).contains("\"active\":1");
  }

  @Test
  void an_annotation_says_what_the_file_does_not() {
    SessionAction opens = weir.session(SessionAction.Kind.OPEN, "json $.id", "dev.acme.A#create");
    Endpoint endpoint = Endpoint.UNGROUPED.with(opens);
    for (int i = 0; i < 2; i++) {
      Answer outer = judge("POST", "/v1/calls");
      Answer inner = weir.judge(request("POST", "/v1/calls"), endpoint, outer);
      assertThat(inner.proceeds()).isTrue();
      Objects.requireNonNull(inner.session())
          .answered(200, name -> null, "{\"id\":7}".getBytes(StandardCharsets.UTF_8), false);
    }
    assertThat(usage()).contains("\"active\":1"); // the same session twice

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> weir.session(SessionAction.Kind.END, "location", "dev.acme.A#end"))
        .withMessageContaining("dev.acme.A#end: the id of a session that is ended stands in");
  }

  @Test
  void code_may_open_use_and_end_sessions_of_its_own() {
    ApiKey key = Objects.requireNonNull(ApiKey.parse("k"));
    SessionSlots slots = weir.sessionSlots();
    assertThat(slots.open(key, "call_1")).isEqualTo(Outcome.ALLOWED);
    assertThat(slots.open(key, "call_1")).isEqualTo(Outcome.ALLOWED);
    assertThat(slots.open(key, "call_2")).isEqualTo(Outcome.ALLOWED);
    assertThat(slots.open(key, "call_3")).isEqualTo(Outcome.SESSIONS_EXCEEDED);
    assertThat(judge("GET", "/").header("X-RateLimit-Remaining")).isEqualTo("4"); // no permit

    clock.advance(Duration.ofMinutes(4));
    slots.keep(key, "call_1");
    slots.end(key, "call_2");
    assertThat(slots.open(key, "call_3")).isEqualTo(Outcome.ALLOWED);

    clock.advance(Duration.ofMinutes(4));
    assertThat(usage()).contains("\"active\":2");
    assertThat(slots.open(Objects.requireNonNull(ApiKey.parse("nobody")), "call_1"))
        .isEqualTo(Outcome.KEY_UNKNOWN);
  }

  /** Returns the status of a refusal, 0 for none. */
  private int open(String id) {
    Answer answer = judge("POST", "/v1/sessions");
    answered(answer, 201, "/v1/sessions/" + id);
    return answer.proceeds() ? 0 : answer.status();
  }

  private static void answered(Answer answer, int status, @Nullable String location) {
    SessionUse session = answer.session();
    if (session != null) {
      session.answered(status, name -> location, null, false);
    }
  }

  private Answer judge(String method, String path) {
    return weir.judge(request(method, path), null, null);
  }

  private static Requests request(String method, String path) {
    return Requests.of(method, path).with("X-API-Key", "k");
  }

  private String usage() {
    return new String(judge("GET", "/v1/usage").body(), StandardCharsets.UTF_8);
  }
}
