package dev.weir.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The check of bodies agrees with a JSON library about what is JSON. */
class JsonSyntaxTest {

  private static final JsonMapper JACKSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "\"text\"",
        "-12.5e+3",
        " { \"a\" : [ 1 , true , null , { \"b\" : \"\\u00e9\\n\\\"\" } ] } ",
        "{\"a\":{\"b\":{\"c\":[[],[{}]]}}}",
      })
  void what_is_json_is_accepted(String text) {
    assertThat(JsonSyntax.isValid(text)).isTrue();
    assertThat(accepted(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"a\":1,}",
        "[1,]",
        "[,1]",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\"}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "[1 2]",
        "01",
        "1.",
        ".5",
        "+1",
        "NaN",
        "True",
        "s",
        "v",
        "[v]",
        "\"a\nb\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"open",
        "{} {}",
        "[}",
        "// comment\n1",
      })
  void what_yaml_would_forgive_is_not(String text) {
    assertThat(JsonSyntax.isValid(text)).isFalse();
    assertThat(accepted(text)).isFalse();
  }

  @Test
  void the_longest_body_is_checked_in_no_time() {
    int half = JsonSyntax.MAX_LENGTH / 2;

    assertThat(JsonSyntax.isValid("[".repeat(half) + "]".repeat(half))).isTrue();
    assertThat(JsonSyntax.isValid("[".repeat(2 * half))).isFalse();
    assertThat(JsonSyntax.isValid("\"" + "\\n".repeat(half - 1) + "\"")).isTrue();
  }

  @Property
  void a_json_library_is_of_the_same_opinion(@ForAll("nearlyJson") String text) {
    assertThat(JsonSyntax.isValid(text)).as(text).isEqualTo(accepted(text));
  }

  /** JSON of every kind, with up to two characters of it replaced. */
  @Provide
  static Arbitrary<String> nearlyJson() {
    Arbitrary<String> scalar =
        Arbitraries.of("1", "-0.5e7", "true", "null", "\"s\"", "\"\\u00e9\\\\\"", "\"\"", " 12 ");
    Arbitrary<String> value =
        Arbitraries.recursive(
            () -> scalar,
            inner ->
                Arbitraries.oneOf(
                    inner.list().ofMaxSize(3).map(list -> "[" + String.join(",", list) + "]"),
                    inner
                        .list()
                        .ofMaxSize(3)
                        .map(list -> "{" + String.join(",", named(list)) + "}")),
            0,
            4);
    Arbitrary<Character> damage =
        Arbitraries.of("[]{},:\"\\ \n01-.eutnsv'é".chars().mapToObj(c -> (char) c).toList());
    return value.flatMap(
        json ->
            damage
                .list()
                .ofMaxSize(2)
                .flatMap(
                    characters ->
                        Arbitraries.integers()
                            .between(0, Math.max(0, json.length() - 1))
                            .list()
                            .ofSize(characters.size())
                            .map(
                                places -> {
                                  StringBuilder text = new StringBuilder(json);
                                  for (int i = 0; i < places.size(); i++) {
                                    text.setCharAt(places.get(i), characters.get(i));
                                  }
                                  return text.toString();
                                })));
  }

  private static List<String> named(List<String> values) {
    return IntStream.range(0, values.size())
        .mapToObj(i -> "\"n" + i + "\": " + values.get(i))
        .toList();
  }

  private static boolean accepted(String text) {
    try {
      return !JACKSON.readTree(text).isMissingNode();
    } catch (JacksonException malformed) {
      return false;
    }
  }
}
