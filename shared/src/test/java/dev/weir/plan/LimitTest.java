package dev.weir.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitTest {

  @ParameterizedTest
  @CsvSource({
    // text, name, permits, seconds, algorithm, capacity
    "120/minute, minute, 120, 60, FIXED, 120",
    "10/second sliding-log, second, 10, 1, SLIDING_LOG, 10",
    "60/minute token-bucket, minute, 60, 60, TOKEN_BUCKET, 60",
    "60/minute token-bucket burst 90, minute, 60, 60, TOKEN_BUCKET, 90",
    "60/minute token-bucket burst 1, minute, 60, 60, TOKEN_BUCKET, 1",
    "60/minute as sustained, sustained, 60, 60, FIXED, 60",
    "60/minute token-bucket burst 90 as sustained, sustained, 60, 60, TOKEN_BUCKET, 90",
    "60/minute fixed burst 60, minute, 60, 60, FIXED, 60",
    "60/minute burst 60 as burst, burst, 60, 60, FIXED, 60",
    "60/minute as as, as, 60, 60, FIXED, 60",
    "'  1 / hour   fixed  ', hour, 1, 3600, FIXED, 1",
    "100000000/366d, 366d, 100000000, 31622400, FIXED, 100000000",
    "1/day, day, 1, 86400, FIXED, 1",
    "1/15m, 15m, 1, 900, FIXED, 1",
    "1/90s, 90s, 1, 90, FIXED, 1",
    "1/36h, 36h, 1, 129600, FIXED, 1",
    "1/7d, 7d, 1, 604800, FIXED, 1",
    "1/60s, minute, 1, 60, FIXED, 1",
    "1/24h, day, 1, 86400, FIXED, 1",
    "1/48h, 2d, 1, 172800, FIXED, 1",
    "1/PT15M, 15m, 1, 900, FIXED, 1",
    "1/PT1M, minute, 1, 60, FIXED, 1",
    "1/P1DT12H, 36h, 1, 129600, FIXED, 1",
  })
  void a_limit_is_read_from_text(
      String text, String name, long permits, long seconds, Algorithm algorithm, long capacity) {
    assertThat(Limit.parse(text))
        .isEqualTo(new Limit(name, permits, Duration.ofSeconds(seconds), algorithm, capacity));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "120",
        "/minute",
        "120/",
        "120 per minute",
        "60/minute as",
        "60/minute burst",
        "60/minute fixed sliding-log",
        "60/minute as a b",
        "60/minute as a burst 3"
      })
  void text_of_another_form_is_refused_with_an_example(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse(text))
        .withMessage(
            "a limit reads like '120/minute' or '10/second sliding-log', but is '%s'", text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"many", "+5", "1.5", "1e3", "1_000", "٣", "99999999999999999999", "--1"})
  void permits_are_a_whole_number(String permits) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse(permits + "/minute"))
        .withMessage("permits must be a whole number from 1 to 100000000, but is '%s'", permits);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse("60/minute token-bucket burst " + permits))
        .withMessage("burst must be a whole number from 1 to 100000000, but is '%s'", permits);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 100_000_001})
  void permits_and_burst_are_bounded(long permits) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse(permits + "/minute"))
        .withMessage("permits of limit 'minute' must be 1 to 100000000, but is %d", permits);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse("1/minute token-bucket burst " + permits + " as x"))
        .withMessage("burst of limit 'x' must be 1 to 100000000, but is %d", permits);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "minutes",
        "Minute",
        "m",
        "1.5h",
        "1w",
        "P1M",
        "PT",
        "pt1m",
        "10000000000s",
        "-1m"
      })
  void a_period_is_one_of_the_known_forms(String period) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse("1/" + period))
        .withMessage(
            "a period is second, minute, hour, day, a number with s, m, h or d such as 15m, or an"
                + " ISO-8601 duration such as PT15M, but is '%s'",
            period);
  }

  @ParameterizedTest
  @CsvSource({
    "0s, 0s, PT0S",
    "367d, 367d, PT8808H",
    "31622401s, 31622401s, PT8784H1S",
    "999999999d, 999999999d, PT23999999976H",
    "PT-60S, -1m, PT-1M",
    "PT0.999S, 0s, PT0.999S",
  })
  void a_period_is_bounded(String text, String name, String period) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse("1/" + text))
        .withMessage("period of limit '%s' must be 1 second to 366 days, but is %s", name, period);
  }

  @Test
  void a_period_has_whole_seconds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse("1/PT1.5S"))
        .withMessage("period of limit '1s' must be whole seconds, but is PT1.5S");
  }

  @Test
  void an_unknown_algorithm_is_refused_with_the_known_ones() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse("1/minute leaky"))
        .withMessage("algorithm must be one of fixed, sliding-log, token-bucket, but is 'leaky'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fixed", "sliding-log"})
  void only_a_token_bucket_has_a_burst(String algorithm) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse("1/minute %s burst 2".formatted(algorithm)))
        .withMessage(
            "burst of limit 'minute' is for token-bucket only, but the limit is %s", algorithm);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-x", ".x", "a/b", "a\"b", "é"})
  void a_name_is_letters_digits_and_a_few_signs(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse("1/minute as " + name))
        .withMessage(
            "limit name must be 1 to 64 letters, digits, '.', '_' or '-', but is '%s'", name);
  }

  @Test
  void a_name_has_at_most_64_characters() {
    assertThat(Limit.parse("1/minute as " + "n".repeat(64)).name()).hasSize(64);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.parse("1/minute as " + "n".repeat(65)));
  }

  @Test
  void what_is_left_out_has_a_default() {
    assertThat(Limit.fixed(5, Duration.ofMinutes(15))).isEqualTo(Limit.parse("5/15m"));
    assertThat(Limit.of(5, Duration.ofDays(1), Algorithm.SLIDING_LOG))
        .isEqualTo(Limit.parse("5/day sliding-log"));
    assertThat(Limit.create(null, 5, Duration.ofHours(1), Algorithm.TOKEN_BUCKET, null))
        .isEqualTo(Limit.parse("5/hour token-bucket"));
    assertThat(Limit.create("x", 5, Duration.ofHours(1), Algorithm.TOKEN_BUCKET, 9L))
        .isEqualTo(Limit.parse("5/hour token-bucket burst 9 as x"));
  }

  @Test
  void a_limit_reads_as_it_is_written() {
    assertThat(Limit.parse("60/PT60S fixed burst 60")).hasToString("60/minute");
    assertThat(Limit.parse("60/48h token-bucket burst 90 as sustained"))
        .hasToString("60/2d token-bucket burst 90 as sustained");
  }

  @Property
  void the_text_of_a_limit_is_read_back_as_the_same_limit(@ForAll("limits") Limit limit) {
    assertThat(Limit.parse(limit.toString())).isEqualTo(limit);
  }

  @Provide
  Arbitrary<Limit> limits() {
    Arbitrary<String> name =
        Arbitraries.strings()
            .withCharRange('a', 'z')
            .withCharRange('0', '9')
            .withChars("._-")
            .ofMaxLength(63)
            .map(rest -> "N" + rest)
            .injectNull(0.3);
    Arbitrary<Long> permits = Arbitraries.longs().between(1, Limit.MAX_PERMITS);
    Arbitrary<Long> seconds =
        Arbitraries.oneOf(
            Arbitraries.longs().between(1, Limit.MAX_PERIOD.toSeconds()),
            Arbitraries.of(1L, 60L, 900L, 3_600L, 7_200L, 86_400L, 604_800L));
    return Combinators.combine(
            name, permits, seconds, Arbitraries.of(Algorithm.class), permits.injectNull(0.5))
        .as(
            (named, of, period, algorithm, burst) ->
                Limit.create(
                    named,
                    of,
                    Duration.ofSeconds(period),
                    algorithm,
                    algorithm == Algorithm.TOKEN_BUCKET ? burst : null));
  }
}
