package dev.weir.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever a file holds, it is read or refused; and no refusal shows an API key. */
class DamagedFilesTest {

  private static final String[] FRAGMENTS = {
    "\n",
    "  ",
    "\t",
    ":",
    ": ",
    "- ",
    ",",
    "{",
    "}",
    "[",
    "]",
    "'",
    "\"",
    "#",
    "|",
    ">",
    "?",
    "%",
    "&a ",
    "*a ",
    "!t ",
    "!!int ",
    "---\n",
    "...\n",
    "~",
    "null",
    "true",
    "0",
    "-1",
    "1e9",
    "0x1F",
    "99999999999999999999",
    "unlimited",
    "/minute",
    "${",
    "${A}",
    "${A:b}",
    "$${",
    "{{",
    "}}",
    "{{limit}}",
    "<<",
    "\\",
    "\u0000",
    "\u0085",
    "\uFEFF",
    "\uD800",
    "\uDC00",
    "é",
    "😀"
  };

  private static final List<String> FILES =
      Stream.concat(
              Stream.of("/dev/weir/config/mistakes.yaml", "/dev/weir/config/everything.yaml"),
              ConfigurationReader.PROFILES.stream().map("/dev/weir/profiles/%s.yaml"::formatted))
          .map(DamagedFilesTest::resource)
          .toList();

  /** A file whose every key has a part that occurs nowhere else. */
  private static final String WITH_KEYS =
      """
      profile: kallglot
      groups:
        analysis: { cost: 2 }
      keys:
        qxz-1: { plan: starter }
        qxz-2:
          plan: pro
          subject: acme
          limits: [1000/minute]
          groups: { analysis: [90/minute] }
        sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8: { plan: pro }
        "qxz-3": { plan: free, limits: unlimited }
      directory: { cache: 1s }
      """;

  /** A change to a text, at a place that is a share of its length. */
  record Damage(double where, int length, String fragment) {

    String to(String text) {
      int from = (int) (where * text.length());
      int end = Math.min(text.length(), from + length);
      return text.substring(0, from) + fragment + text.substring(end);
    }
  }

  @Property
  void a_damaged_file_is_read_or_refused(
      @ForAll("file") String file, @ForAll("damages") List<Damage> damages) {
    readOrRefuse(damaged(file, damages));
  }

  @Property
  void lines_in_any_order_are_read_or_refused(
      @ForAll("file") String file, @ForAll("order") List<Double> order) {
    String[] lines = file.split("\n", -1);
    List<String> shuffled = new ArrayList<>(Arrays.asList(lines));
    order.forEach(where -> shuffled.add(lines[(int) (where * lines.length)] + shuffled.remove(0)));

    readOrRefuse(String.join("\n", shuffled));
  }

  @Property
  void any_text_is_read_or_refused(@ForAll("damages") List<Damage> damages) {
    readOrRefuse(damaged("", damages));
  }

  @Property
  void no_refusal_shows_a_key(@ForAll("damages") List<Damage> damages) { // I9
    int keys = WITH_KEYS.indexOf("keys:") + "keys:".length();
    int end = WITH_KEYS.indexOf("directory:");
    String damaged =
        WITH_KEYS.substring(0, keys)
            + damaged(WITH_KEYS.substring(keys, end), damages)
            + WITH_KEYS.substring(end);

    assertThat(readOrRefuse(damaged)).as(damaged).doesNotContain("qxz");
  }

  /** Returns the refusal, or nothing; fails with any other exception. */
  private static String readOrRefuse(String yaml) {
    try {
      return Configuration.parse("weir.yaml", yaml).source().replace("weir.yaml", "");
    } catch (ConfigurationException refusal) {
      assertThat(refusal).hasMessageContaining("weir.yaml:");
      return String.valueOf(refusal.getMessage());
    }
  }

  @Provide
  static Arbitrary<String> file() {
    return Arbitraries.of(FILES);
  }

  @Provide
  static Arbitrary<List<Damage>> damages() {
    return Combinators.combine(
            Arbitraries.doubles().between(0, true, 1, false),
            Arbitraries.integers().between(0, 12),
            Arbitraries.oneOf(
                Arbitraries.of(FRAGMENTS),
                Arbitraries.just(""),
                Arbitraries.strings().ofMaxLength(3)))
        .as(Damage::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4);
  }

  @Provide
  static Arbitrary<List<Double>> order() {
    return Arbitraries.doubles().between(0, true, 1, false).list().ofMinSize(1).ofMaxSize(9);
  }

  private static String damaged(String text, List<Damage> damages) {
    String damaged = text;
    for (Damage damage : damages) {
      damaged = damage.to(damaged);
    }
    return damaged;
  }

  private static String resource(String name) {
    try (InputStream file = DamagedFilesTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
