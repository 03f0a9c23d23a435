package dev.weir.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weir.Decision;
import dev.weir.Outcome;
import dev.weir.Requests;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.quota.BudgetStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AnswerTest {

  @Test
  void weirs_headers_are_exposed_after_those_of_the_application() {
    Answer answer = crossOrigin("X-RateLimit-Limit", "Retry-After", "X-Request-Id");

    assertThat(answer.exposeHeaders(Stream.of("X-Total", "Link"))) // R14
        .isEqualTo("X-Total, Link, X-RateLimit-Limit, Retry-After, X-Request-Id");
  }

  @Test
  void a_header_is_exposed_once_in_whatever_case_the_application_names_it() {
    Answer answer = crossOrigin("X-RateLimit-Limit", "Retry-After");

    assertThat(
            answer.exposeHeaders(Stream.of("link , retry-AFTER", "Link", ",, x-ratelimit-limit")))
        .isEqualTo("link, retry-AFTER, x-ratelimit-limit");
  }

  @Test
  void a_wildcard_stays_and_the_names_stand_beside_it_for_requests_with_credentials() {
    assertThat(crossOrigin("Retry-After").exposeHeaders(Stream.of("*")))
        .isEqualTo("*, Retry-After");
  }

  @Test
  void headers_that_scripts_may_read_anyhow_are_not_exposed() {
    assertThat(crossOrigin("Cache-Control", "Retry-After").exposeHeaders(Stream.empty()))
        .isEqualTo("Retry-After");
  }

  @Test
  void without_an_origin_only_what_the_application_exposes_is() {
    Answer answer = answer(false, "Retry-After");

    assertThat(answer.exposeHeaders(Stream.empty())).isNull();
    assertThat(answer.exposeHeaders(Stream.of("Link"))).isEqualTo("Link");
  }

  @Test
  void with_an_origin_but_no_header_of_weirs_nothing_is_exposed() {
    assertThat(crossOrigin().exposeHeaders(Stream.empty())).isNull();
  }

  @Test
  void the_origin_of_the_request_decides_and_all_that_is_added_counts() {
    Decision refused =
        new Decision(
            Outcome.QUOTA_EXCEEDED,
            "p",
            null,
            List.of(new BudgetStatus(Budget.of("", Limit.parse("1/minute")), 0, 60_000, 1)),
            59_999,
            false);
    Profile profile =
        new Profile(
            "test",
            new HeaderSet(true, "X-Limit", "X-Left", "X-Reset", null, true),
            Map.of(
                Outcome.KEY_MISSING, new ErrorTemplate(401, "text/plain", ""),
                Outcome.KEY_UNKNOWN, new ErrorTemplate(401, "text/plain", ""),
                Outcome.KEY_CONFLICT, new ErrorTemplate(400, "text/plain", ""),
                Outcome.UNDECIDED, new ErrorTemplate(503, "text/plain", ""),
                Outcome.SESSIONS_EXCEEDED, new ErrorTemplate(429, "text/plain", ""),
                Outcome.CREDITS_EXHAUSTED, new ErrorTemplate(402, "text/plain", ""),
                Outcome.QUOTA_EXCEEDED, new ErrorTemplate(429, "text/plain", "{{request_id}}")));
    Requests browser = Requests.get("/").with("Origin", "https://app.example");
    Decision missing = new Decision(Outcome.KEY_MISSING, null, null, List.of(), 0, false);

    assertThat(profile.answer(refused, browser).exposeHeaders(Stream.empty()))
        .isEqualTo(
            "X-Limit, X-Left, X-Reset, RateLimit-Policy, RateLimit, Retry-After, X-Request-Id");
    assertThat(profile.answer(missing, browser).exposeHeaders(Stream.empty()))
        .isEqualTo("WWW-Authenticate");
    assertThat(profile.answer(refused, Requests.get("/")).exposeHeaders(Stream.empty())).isNull();
  }

  @Test
  void a_header_is_found_in_any_case() {
    Answer answer = answer(false, "Retry-After");

    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(answer.header("Retry")).isNull();
  }

  @Test
  void nobody_changes_an_answer() {
    Answer answer = answer(false, "Retry-After");
    answer.body()[0] = 'x';

    assertThat(answer.body()).containsExactly('{', '}');
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> answer.headers().put("A", "b"));
  }

  private static Answer crossOrigin(String... names) {
    return answer(true, names);
  }

  private static Answer answer(boolean crossOrigin, String... names) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (String name : names) {
      headers.put(name, "1");
    }
    return new Answer(
        new Decision(Outcome.KEY_MISSING, null, null, List.of(), 0, false),
        headers,
        crossOrigin,
        401,
        "application/json",
        new byte[] {'{', '}'});
  }
}
