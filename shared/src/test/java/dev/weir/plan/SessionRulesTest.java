package dev.weir.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Requests;
import dev.weir.plan.SessionAction.Kind;
import dev.weir.plan.SessionAction.SessionRequest;
import dev.weir.plan.SessionRules.Route;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which requests have to do with which session (contract K9, K12). */
class SessionRulesTest {

  private static final SessionRules RULES =
      new SessionRules(
          List.of(
              Route.parse(Kind.OPEN, "POST /v1/sessions", "location"),
              Route.parse(Kind.OPEN, "PUT /v1/sessions/{id}", null),
              Route.parse(Kind.USE, "GET /v1/sessions/{id}", null),
              Route.parse(Kind.USE, "POST /v1/sessions/{id}/analysis", null),
              Route.parse(Kind.USE, "GET /v1/stream", "query session"),
              Route.parse(Kind.USE, "GET /v1/poll", "header X-Session"),
              Route.parse(Kind.END, "DELETE /v1/{account}/calls/{call}", "path call")),
          Duration.ofMinutes(5));

  @ParameterizedTest
  @CsvSource({
    "POST, /v1/sessions, OPEN, ",
    "POST, /v1/sessions/, OPEN, ",
    "PUT, /v1/sessions/sess_1, OPEN, sess_1",
    "GET, /v1/sessions/sess_1, USE, sess_1",
    "HEAD, /v1/sessions/sess_1, USE, sess_1",
    "POST, /v1/sessions/sess_1/analysis, USE, sess_1",
    "DELETE, /v1/acme/calls/call_7, END, call_7",
    "GET, /v1/sessions/sess%5F1, USE, sess_1",
    "GET, /v1//sessions/sess_1;v=2, USE, sess_1",
    "GET, /v1/stream?a=b&session=sess%5F1, USE, sess_1",
    "GET, /v1/stream, USE, ",
    "GET, /v1/poll, USE, ",
  })
  void a_request_names_its_session(String method, String uri, Kind kind, @Nullable String id) {
    SessionRequest found = RULES.of(Requests.of(method, uri));

    assertThat(found).isNotNull();
    assertThat(found.action().kind()).isEqualTo(kind);
    assertThat(found.id()).isEqualTo(id);
  }

  @Test
  void a_header_may_name_it() {
    assertThat(RULES.of(Requests.get("/v1/poll").with("X-Session", "sess_1")))
        .extracting(SessionRequest::id)
        .isEqualTo("sess_1");
  }

  @ParameterizedTest
  @CsvSource({"GET, /v1/sessions", "DELETE, /v1/sessions/sess_1", "POST, /v2/sessions", "GET, /"})
  void other_requests_have_nothing_to_do_with_sessions(String method, String uri) {
    assertThat(RULES.of(Requests.of(method, uri))).isNull();
    assertThat(SessionRules.NONE.of(Requests.of(method, uri))).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/%73essions",
    "//v1/sessions",
    "/v1/./sessions",
    "/v2/../v1/sessions",
    "/v1%2Fsessions"
  })
  void a_session_is_opened_however_the_path_is_spelt(String path) {
    SessionRequest found = RULES.of(Requests.of("POST", path));

    assertThat(found).isNotNull();
    assertThat(found.action().kind()).isEqualTo(Kind.OPEN);
  }
}
