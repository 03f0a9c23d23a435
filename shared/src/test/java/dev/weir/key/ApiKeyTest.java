package dev.weir.key;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyTest {

  @Test
  void a_key_is_the_text_without_the_space_around_it() {
    assertThat(ApiKey.parse(" \tdemo-starter-1 ").value()).isEqualTo("demo-starter-1");
    assertThat(ApiKey.parse("!~").value()).isEqualTo("!~");
  }

  @Test
  void no_text_is_no_key() {
    assertThat(ApiKey.parse(null)).isNull();
    assertThat(ApiKey.parse("")).isNull();
    assertThat(ApiKey.parse(" \t ")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"two words", "clé", "nul\0", "bell\u0007", "del\u007F", "a\nb", "a\u00A0"})
  void anything_but_visible_ascii_is_malformed(String text) {
    assertThat(ApiKey.parse(text)).isSameAs(ApiKey.MALFORMED); // R10
  }

  @Test
  void a_key_has_at_most_512_characters() {
    assertThat(ApiKey.parse("k".repeat(512)).value()).hasSize(512);
    assertThat(ApiKey.parse("k".repeat(513))).isSameAs(ApiKey.MALFORMED); // R10
  }

  @Test
  void two_keys_are_equal_if_their_secrets_are() {
    assertThat(ApiKey.parse("a")).isEqualTo(ApiKey.parse("a")).hasSameHashCodeAs(ApiKey.parse("a"));
    assertThat(ApiKey.parse("a")).isNotEqualTo(ApiKey.parse("A"));
  }

  @Test
  void the_stand_ins_equal_only_themselves() {
    assertThat(ApiKey.parse("two words"))
        .isEqualTo(ApiKey.MALFORMED)
        .isNotEqualTo(ApiKey.CONFLICTING)
        .isNotEqualTo(ApiKey.parse("a"));
    assertThat(ApiKey.parse("a")).isNotEqualTo(ApiKey.MALFORMED);
  }

  @Test
  void a_key_never_prints() {
    assertThat(ApiKey.parse("secret")).hasToString("ApiKey[redacted]"); // I9
  }

  @Test
  void the_digest_is_that_of_sha256sum() {
    assertThat(ApiKey.parse("abc").sha256())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
}
