package dev.weir.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Requests;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyResolverTest {

  private static final ApiKeyResolver HEADER = ApiKeyResolver.header("X-API-Key");
  private static final ApiKeyResolver BEARER = ApiKeyResolver.bearer();
  private static final ApiKeyResolver QUERY = ApiKeyResolver.queryParameter("api_key");
  private static final ApiKeyResolver ANY = ApiKeyResolver.anyOf(List.of(BEARER, HEADER, QUERY));

  @Test
  void a_header_holds_the_key_whatever_the_case_of_its_name() {
    assertThat(HEADER.resolve(request().with("x-api-KEY", " k1 "))).isEqualTo(key("k1"));
  }

  @Test
  void a_request_without_the_header_carries_no_key() {
    assertThat(HEADER.resolve(request())).isNull(); // R10
  }

  @Test
  void an_empty_header_is_none() {
    assertThat(HEADER.resolve(request().with("X-API-Key", ""))).isNull();
    assertThat(HEADER.resolve(request().with("X-API-Key", " ").with("X-API-Key", "k1")))
        .isEqualTo(key("k1"));
  }

  @Test
  void repeated_lines_may_say_the_same_but_nothing_else() {
    assertThat(HEADER.resolve(request().with("X-API-Key", "k1").with("X-API-Key", "k1")))
        .isEqualTo(key("k1"));
    assertThat(HEADER.resolve(request().with("X-API-Key", "k1").with("X-API-Key", "k2"))) // R10
        .isSameAs(ApiKey.CONFLICTING);
  }

  @Test
  void lines_that_a_proxy_has_joined_are_no_key() {
    assertThat(HEADER.resolve(request().with("X-API-Key", "k1, k2"))).isSameAs(ApiKey.MALFORMED);
  }

  @Test
  void three_lines_conflict_though_first_and_last_agree() {
    Requests request =
        request().with("X-API-Key", "k1").with("X-API-Key", "k2").with("X-API-Key", "k1");

    assertThat(HEADER.resolve(request)).isSameAs(ApiKey.CONFLICTING);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer k1", "bearer k1", "BEARER k1", "Bearer   k1 "})
  void a_bearer_token_is_a_key_whatever_the_case_of_the_scheme(String authorization) {
    assertThat(BEARER.resolve(request().with("Authorization", authorization))).isEqualTo(key("k1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic azE6", "Bearer", "Bearer ", "Bearerk1", "k1", "", "Bear"})
  void other_schemes_and_a_scheme_alone_are_no_key(String authorization) {
    assertThat(BEARER.resolve(request().with("Authorization", authorization))).isNull();
  }

  @Test
  void another_scheme_beside_a_bearer_token_does_not_matter() {
    Requests request =
        request().with("Authorization", "Basic azE6").with("Authorization", "Bearer k1");

    assertThat(BEARER.resolve(request)).isEqualTo(key("k1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer two words", "Bearer a, Bearer b", "Bearer clé"})
  void a_bearer_token_that_cannot_be_a_key_is_malformed(String authorization) {
    assertThat(BEARER.resolve(request().with("Authorization", authorization))) // R10
        .isSameAs(ApiKey.MALFORMED);
  }

  @ParameterizedTest
  @CsvSource({
    "api_key=k1, k1",
    "a=b&api_key=k1&c, k1",
    "api%5Fkey=k%2B1, k+1",
    "api_key=k%3D1%26, k=1&",
    "api_key=k=1, k=1",
    "api_key=&api_key=k1, k1",
    "api_key=k1&api_key=k1, k1",
    "%zz=x&api_key=k1, k1",
  })
  void a_query_parameter_holds_the_key(String query, String key) {
    assertThat(QUERY.resolve(query(query))).isEqualTo(key(key));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "api_key", "api_key=", "API_KEY=k1", "x_api_key=k1", "a=api_key=k1"})
  void a_query_without_the_parameter_or_its_value_holds_none(String query) {
    assertThat(QUERY.resolve(query(query))).isNull();
  }

  @Test
  void a_request_without_a_query_carries_no_key() {
    assertThat(QUERY.resolve(request())).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"api_key=%zz", "api_key=k%1", "api_key=k+1", "api_key=%C3%BC", "api_key=%00"})
  void a_query_parameter_that_cannot_be_a_key_is_malformed(String query) {
    assertThat(QUERY.resolve(query(query))).isSameAs(ApiKey.MALFORMED); // R10
  }

  @Test
  void a_query_parameter_given_twice_conflicts() {
    assertThat(QUERY.resolve(query("api_key=k1&api_key=k2"))) // R10
        .isSameAs(ApiKey.CONFLICTING);
  }

  @Test
  void any_source_will_do() {
    assertThat(ANY.resolve(request().with("X-API-Key", "k1"))).isEqualTo(key("k1"));
    assertThat(ANY.resolve(request().with("Authorization", "Bearer k1"))).isEqualTo(key("k1"));
    assertThat(ANY.resolve(query("api_key=k1"))).isEqualTo(key("k1"));
    assertThat(ANY.resolve(request())).isNull();
  }

  @Test
  void sources_that_agree_are_one_key() {
    Requests request =
        query("api_key=k1").with("X-API-Key", "k1").with("Authorization", "Bearer k1");

    assertThat(ANY.resolve(request)).isEqualTo(key("k1"));
  }

  @Test
  void sources_that_differ_conflict() {
    assertThat(ANY.resolve(query("api_key=k2").with("X-API-Key", "k1"))) // R10
        .isSameAs(ApiKey.CONFLICTING);
  }

  @Test
  void a_key_beside_a_malformed_one_conflicts() {
    assertThat(
            ANY.resolve(
                request().with("X-API-Key", "two words").with("Authorization", "Bearer k1")))
        .isSameAs(ApiKey.CONFLICTING);
  }

  @Test
  void a_conflict_within_one_source_stays_one_whatever_the_next_says() {
    Requests request =
        request()
            .with("X-API-Key", "k1")
            .with("X-API-Key", "k2")
            .with("Authorization", "Bearer k1");

    assertThat(ANY.resolve(request)).isSameAs(ApiKey.CONFLICTING);
  }

  private static Requests request() {
    return Requests.get("/v1/agents");
  }

  private static Requests query(String query) {
    return Requests.get("/v1/agents?" + query);
  }

  private static ApiKey key(String text) {
    return ApiKey.parse(text);
  }
}
