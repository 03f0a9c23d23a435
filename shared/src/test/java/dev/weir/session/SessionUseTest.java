package dev.weir.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.Policy;
import dev.weir.plan.SessionAction;
import dev.weir.plan.SessionAction.Kind;
import dev.weir.plan.SessionId;
import dev.weir.plan.SessionRules;
import dev.weir.plan.SessionRules.Route;
import dev.weir.quota.Consumption.Verdict;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a slot when a request is over (contract K9, design invariant I10). */
class SessionUseTest {

  private static final Policy NOTHING = new Policy(List.of(), 1);
  private static final PartitionKey KEY = PartitionKey.ofSubject("acme");
  private static final long GRACE = 300_000;

  private final AtomicLong now = new AtomicLong(1_711_454_430_000L);
  private final QuotaStore store = QuotaStore.inMemory(() -> Instant.ofEpochMilli(now.get()));
  private final Sessions sessions =
      new Sessions(
          store,
          new SessionRules(
              List.of(Route.parse(Kind.END, "DELETE /v1/sessions/{id}", null)),
              Duration.ofMillis(GRACE)),
          () -> Instant.ofEpochMilli(now.get()));

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void a_session_that_was_created_keeps_its_slot_for_the_grace_time() {
    opening("location").answered(201, Map.of("Location", "/v1/sessions/sess_1")::get, null, false);

    now.addAndGet(GRACE - 1);
    assertThat(active()).isOne();
    now.addAndGet(1);
    assertThat(active()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 409, 429, 500, 503})
  void one_that_was_not_created_frees_its_slot(int status) {
    SessionUse use = opening("location");
    assertThat(active()).isOne();

    use.answered(status, Map.of("Location", "/v1/sessions/sess_1")::get, null, false);

    assertThat(active()).isZero();
  }

  @Test
  void the_end_of_a_request_is_told_once() {
    SessionUse use = opening("location");
    use.answered(201, Map.of("Location", "/sess_1")::get, null, false);
    use.answered(500, name -> null, null, false);
    assertThat(active()).isOne();

    use.failed(false); // it could not be sent
    use.failed(false);
    assertThat(active()).isZero();
  }

  @Test
  void a_failure_frees_the_slot() {
    opening("location").failed(false);

    assertThat(active()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "location | /v1/sessions/sess_1 | ",
        "location | https://api.example/app/v1/sessions/sess%5F1/?a=b#c | ",
        "location | /v1/sessions/sess_1/status | ",
        "location | /v1/sessions/sess_1;jsessionid=7 | ",
        "location | /other/sess_1 | ",
        "location | sess_1 | ",
        "header X-Session | sess_1 | ",
        "json $.id |  | {\"status\":[{\"id\":\"other\"}],\"id\":\"sess_1\",\"more\":",
        "json $.data.session.id |  | {\"id\":\"other\",\"data\":{\"session\":{\"id\":\"sess_1\"}}}",
      })
  void the_id_is_found_where_the_application_puts_it(
      String where, @Nullable String header, @Nullable String body) {
    SessionUse use = opening(where);
    assertThat(use.needsBody(201)).isEqualTo(body != null);
    assertThat(use.needsBody(500)).isFalse();

    use.answered(201, name -> header, bytes(body), false);
    sessions.end(KEY, "sess_1", 0);

    assertThat(active()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "location |  | ",
        "location | http://[ | ",
        "location | mailto:a@example | ",
        "location | / | ",
        "location | /v1/sessions?id=7 | ",
        "json $.id |  | {\"id\":null}",
        "json $.id |  | {\"id\":{\"id\":\"sess_1\"}}",
        "json $.a.id |  | {\"a\":1}",
        "json $.id |  | [1]",
        "json $.id |  | {",
        "json $.id |  | ",
      })
  void without_an_id_a_session_takes_its_slot_for_the_grace_time(
      String where, @Nullable String header, @Nullable String body) {
    opening(where).answered(201, name -> header, bytes(body), false);

    assertThat(active()).isOne();
    now.addAndGet(GRACE);
    assertThat(active()).isZero();
  }

  @Test
  void opening_a_session_again_takes_no_second_slot_and_its_failure_frees_none() {
    SessionAction put = new SessionAction(Kind.OPEN, SessionId.parse("path id"));
    reserve(put, "sess_1", 1).answered(201, name -> null, null, false);

    reserve(put, "sess_1", 1).failed(false);
    assertThat(active()).isOne();
    reserve(put, "sess_1", 1).answered(200, name -> null, null, false);
    assertThat(active()).isOne();
  }

  @Test
  void a_session_that_is_used_keeps_its_slot_from_then_on() {
    opening("location").answered(201, Map.of("Location", "/sess_1")::get, null, false);

    for (int i = 0; i < 10; i++) {
      now.addAndGet(GRACE - 1);
      with(Kind.USE, "sess_1").answered(i % 2 == 0 ? 200 : 503, name -> null, null, false);
    }
    now.addAndGet(GRACE - 1);
    assertThat(active()).isOne();
    now.addAndGet(GRACE / 50);
    assertThat(active()).isZero();
  }

  @Test
  void many_uses_of_a_moment_are_one_order() {
    opening("location").answered(201, Map.of("Location", "/sess_1")::get, null, false);
    for (int i = 0; i < 100; i++) { // every second one; the last within a moment of the end
      now.addAndGet(1_000);
      with(Kind.USE, "sess_1").answered(200, name -> null, null, false);
    }

    now.addAndGet(GRACE - 1);
    assertThat(active()).isOne();
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 410})
  void a_session_that_is_not_there_is_not_kept(int status) {
    opening("location").answered(201, Map.of("Location", "/sess_1")::get, null, false);
    now.addAndGet(GRACE - 1);
    with(Kind.USE, "sess_1").answered(status, name -> null, null, false);

    now.addAndGet(1);
    assertThat(active()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"200, 0", "204, 0", "302, 1", "404, 1", "410, 1", "409, 1", "500, 1"})
  void a_session_ends_if_the_application_says_so(int status, long left) {
    opening("location").answered(201, Map.of("Location", "/sess_1")::get, null, false);

    with(Kind.END, "sess_1").answered(status, name -> null, null, false);

    assertThat(active()).isEqualTo(left);
  }

  @Test
  void an_id_with_a_slash_in_it_is_the_same_in_the_answer_and_in_a_path() {
    opening("location").answered(201, Map.of("Location", "/v1/sessions/a%2Fb")::get, null, false);

    sessions.end(KEY, "a/b", 0);

    assertThat(active()).isZero();
  }

  @Test
  void a_session_that_ended_may_be_opened_again() {
    SessionAction put = new SessionAction(Kind.OPEN, SessionId.parse("path id"));
    for (int i = 0; i < 3; i++) {
      reserve(put, "sess_1", 1).answered(201, name -> null, null, false);
      assertThat(active()).isOne();

      with(Kind.END, "sess_1").answered(204, name -> null, null, false);
      assertThat(active()).isZero();
    }
  }

  @Test
  void a_session_is_kept_while_a_response_is_sent() {
    opening("location").answered(201, Map.of("Location", "/sess_1")::get, null, false);
    SessionUse stream = with(Kind.USE, "sess_1");
    for (int i = 0; i < 20; i++) {
      stream.answered(200, name -> null, null, true);
      now.addAndGet(GRACE / 2);
      assertThat(active()).isOne();
    }

    now.addAndGet(GRACE);
    assertThat(active()).isZero();
  }

  @Test
  void a_request_that_is_over_gives_up_its_slot_only_if_nothing_is_known_of_its_response() {
    SessionUse answered = opening("location");
    answered.answered(201, Map.of("Location", "/sess_1")::get, null, false);
    answered.abandoned();
    assertThat(active()).isOne();

    opening("location").abandoned();
    assertThat(active()).isOne();
  }

  @Test
  void the_session_of_another_customer_is_not_touched() {
    opening("location").answered(201, Map.of("Location", "/sess_1")::get, null, false);

    sessions.end(PartitionKey.ofSubject("other"), "sess_1", 0);

    assertThat(active()).isOne();
  }

  private SessionUse opening(String where) {
    return reserve(new SessionAction(Kind.OPEN, SessionId.parse(where)), null, 10);
  }

  private SessionUse reserve(SessionAction action, @Nullable String id, long limit) {
    long token = sessions.token();
    assertThat(store.consume(KEY, NOTHING, sessions.reservation(token, id, limit)).verdict())
        .isEqualTo(Verdict.GRANTED);
    return new SessionUse(sessions, KEY, action, id, token, 0, null);
  }

  private SessionUse with(Kind kind, String id) {
    return new SessionUse(
        sessions, KEY, new SessionAction(kind, SessionId.parse("path id")), id, 0, 0, null);
  }

  private long active() {
    return store.peek(KEY, NOTHING).active();
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }
}
