package dev.weir.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointPatternTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST /v1/sessions/{id}/analysis | POST | /v1/sessions/sess_1/analysis",
        "/v1/leads                       | GET  | /v1/leads",
        "/v1/leads                       | PURGE | /v1/leads",
        "* /v1/leads                     | PURGE | /v1/leads",
        "GET,PUT /v1/calls/*             | GET  | /v1/calls/1",
        "GET,PUT /v1/calls/*             | PUT  | /v1/calls/1",
        "GET /v1/leads                   | HEAD | /v1/leads",
        "HEAD /v1/leads                  | HEAD | /v1/leads",
        "M-SEARCH /v1/leads              | M-SEARCH | /v1/leads",
        "/v1/reports/**                  | GET  | /v1/reports",
        "/v1/reports/**                  | GET  | /v1/reports/2026/11",
        "/**                             | GET  | /",
        "/**                             | GET  | /a/b",
        "/                               | GET  | /",
        "/v1/leads/                      | GET  | /v1/leads",
        "//v1//leads                     | GET  | /v1/leads",
        "/**/export                      | GET  | /export",
        "/**/export                      | GET  | /a/export/export",
        "/a/**/b/*/c/**                  | GET  | /a/b/b/x/b/y/c",
        "/a/**/**/b                      | GET  | /a/b",
        "/*/b                            | GET  | /*/b",
      })
  void a_request_belongs_where_a_pattern_says(String pattern, String method, String path) {
    assertThat(matches(pattern, method, path)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST /v1/sessions/{id}/analysis | GET  | /v1/sessions/sess_1/analysis",
        "POST /v1/sessions/{id}/analysis | POST | /v1/sessions/analysis",
        "POST /v1/sessions/{id}/analysis | POST | /v1/sessions/a/b/analysis",
        "GET /v1/leads                   | get  | /v1/leads",
        "HEAD /v1/leads                  | GET  | /v1/leads",
        "POST /v1/leads                  | HEAD | /v1/leads",
        "/v1/leads                       | GET  | /v1/Leads",
        "/v1/leads                       | GET  | /v1/leads/1",
        "/v1/leads                       | GET  | /v1",
        "/v1/calls/*                     | GET  | /v1/calls",
        "/v1/calls/*                     | GET  | /v1/calls/1/2",
        "/                               | GET  | /a",
        "/**/export                      | GET  | /export/a",
        "/a/**/b/*/c/**                  | GET  | /a/b/c",
        "/v1/reports/**                  | GET  | /v1/report",
      })
  void other_requests_do_not(String pattern, String method, String path) {
    assertThat(matches(pattern, method, path)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "v1/leads", "GET", "GET v1/leads", "GET /v1 /leads", "GET, PUT /v1"})
  void text_of_another_form_is_refused_with_an_example(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EndpointPattern.parse(text))
        .withMessage(
            "a pattern reads like 'GET /v1/sessions/{id}' or '/v1/reports/**', but is '%s'", text);
  }

  @ParameterizedTest
  @CsvSource({"get, get", "'GET,', ''", "'GET,*', *", "G3T, G3T", "'GET,-X', -X"})
  void a_method_is_upper_case_letters(String methods, String method) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EndpointPattern.parse(methods + " /v1"))
        .withMessage("a method is upper-case letters, but is '%s' in '%s /v1'", method, methods);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a*",
        "***",
        "{}",
        "{id",
        "id}",
        "{id}x",
        "{id:[0-9]+}",
        "a?b=c",
        "a;x=1",
        "a%20b",
        "a#b",
        "a\\b",
        ".",
        ".."
      })
  void a_segment_is_text_or_a_placeholder(String segment) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EndpointPattern.parse("/v1/" + segment + "/x"))
        .withMessage(
            "a segment is plain text, {name}, * or **, but is '%s' in '/v1/%s/x'"
                + " (write characters as they are, not percent-encoded)",
            segment, segment);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST,GET /v1/calls/{id}/ | GET,POST /v1/calls/*",
        "* /v1/**                 | /v1/**",
        "/                        | /",
        "GET /ü/.well-known       | GET /ü/.well-known"
      })
  void a_pattern_reads_as_it_is_written(String text, String canonical) {
    EndpointPattern pattern = EndpointPattern.parse(text);

    assertThat(pattern).hasToString(canonical);
    assertThat(EndpointPattern.parse(canonical)).isEqualTo(pattern);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v1/leads/new     | /v1/leads/{id}",
        "/v1/leads/{id}    | /v1/leads/**",
        "/v1/leads         | /v1/leads/**",
        "/v1/leads/**      | /v1/**",
        "/v1/{a}/new       | /v1/{a}/{b}",
        "/v1/leads/{b}     | /v1/{a}/new",
        "GET /v1/leads     | /v1/leads",
        "GET /v1/leads     | GET,PUT /v1/leads",
        "HEAD /v1/leads    | GET /v1/leads",
        "/v1/leads         | GET /v1/{a}",
      })
  void of_two_patterns_one_is_more_specific(String specific, String general) {
    EndpointPattern first = EndpointPattern.parse(specific);
    EndpointPattern second = EndpointPattern.parse(general);

    assertThat(EndpointPattern.MOST_SPECIFIC_FIRST.compare(first, second)).isNegative();
    assertThat(EndpointPattern.MOST_SPECIFIC_FIRST.compare(second, first)).isPositive();
  }

  @Test
  void a_path_made_up_to_be_slow_is_not() {
    EndpointPattern pattern = EndpointPattern.parse("/**/a/**/a/**/a/**/a/**/a/**/b");
    List<String> path = Collections.nCopies(4_000, "a");

    boolean matches =
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> pattern.matches("GET", path));

    assertThat(matches).isFalse();
  }

  @Property
  void matching_agrees_with_trying_every_way(
      @ForAll("patterns") List<String> segments, @ForAll("paths") List<String> path) {
    EndpointPattern pattern = new EndpointPattern(Set.of(), segments);

    assertThat(pattern.matches("GET", path)).isEqualTo(triesEveryWay(segments, path));
  }

  private static boolean triesEveryWay(List<String> pattern, List<String> path) {
    if (pattern.isEmpty()) {
      return path.isEmpty();
    }
    String first = pattern.get(0);
    List<String> rest = pattern.subList(1, pattern.size());
    if (first.equals("**")) {
      return triesEveryWay(rest, path)
          || (!path.isEmpty() && triesEveryWay(pattern, path.subList(1, path.size())));
    }
    return !path.isEmpty()
        && (first.equals("*") || first.equals(path.get(0)))
        && triesEveryWay(rest, path.subList(1, path.size()));
  }

  @Property
  void a_plain_path_is_matched_in_place_as_it_is_by_its_segments(
      @ForAll("patterns") List<String> pattern, @ForAll("paths") List<String> path) {
    EndpointPattern read = new EndpointPattern(Set.of(), pattern);
    String text = "/" + String.join("/", path);
    for (String plain : path.isEmpty() ? List.of(text) : List.of(text, text + "/")) {
      assertThat(RequestPath.isPlain(plain)).isTrue();
      assertThat(read.matchesPlain("GET", plain))
          .as("%s of %s", plain, pattern)
          .isEqualTo(read.matches("GET", RequestPath.segments(plain)));
    }
  }

  @Provide
  Arbitrary<List<String>> patterns() {
    return Arbitraries.of("a", "b", "*", "**").list().ofMaxSize(7);
  }

  @Provide
  Arbitrary<List<String>> paths() {
    return Arbitraries.of("a", "b").list().ofMaxSize(8);
  }

  private static boolean matches(String pattern, String method, String path) {
    return EndpointPattern.parse(pattern).matches(method, RequestPath.segments(path));
  }
}
