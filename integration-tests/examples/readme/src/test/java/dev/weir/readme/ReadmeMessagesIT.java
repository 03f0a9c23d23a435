package dev.weir.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whether Weir prints what the README says that it prints. */
class ReadmeMessagesIT {

  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");

  /** Between two literals that are put together, also where the first is formatted before. */
  private static final Pattern JOINT =
      Pattern.compile(
          "(?<!\\\\)\"\\s*(?:\\.formatted\\((?:[^()\"]|\\((?:[^()\"]|\\([^()\"]*\\))*\\))*\\)\\s*\\)?\\s*)?\\+\\s*\"");

  @Test
  void the_mistakes_of_a_file_are_told_as_shown() throws IOException {
    Matcher shown =
        Pattern.compile("^```\\n(weir\\.yaml:4:5: .*?)\\n```$", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(Readme.text());
    assertThat(shown.find()).isTrue();

    assertThatThrownBy(
            () ->
                Configuration.parse(
                    "weir.yaml",
                    """
                    keys: { demo-starter-1: { plan: starter } }
                    plans:
                      starter:
                        limit: [120/minute]
                        limits: [0/minute]
                    """))
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            mistakes ->
                assertThat(String.join("\n", mistakes.problems())).isEqualTo(shown.group(1)));
  }

  @Test
  void what_troubleshooting_quotes_is_in_the_sources() throws IOException {
    String literals = String.join("\n", literals());
    List<String> missing = new ArrayList<>();
    int messages = 0;
    for (String message : messages()) {
      messages++;
      for (String words : message.split("…", -1)) {
        if (words.strip().split("\\s+", -1).length >= 3 && !literals.contains(words.strip())) {
          missing.add(words.strip() + "   of: " + message);
        }
      }
    }
    assertThat(messages).isGreaterThan(40);
    assertThat(missing).as("quoted in README.md, but not in the sources").isEmpty();
  }

  /** Returns the first column of the tables of what Weir prints. */
  private static List<String> messages() throws IOException {
    String text = Readme.text();
    String section =
        text.substring(
            text.indexOf("\n## Troubleshooting"), text.indexOf("\nWhat clients may complain of:"));
    Matcher rows = Pattern.compile("^\\| `([^`]+)` \\|", Pattern.MULTILINE).matcher(section);
    return rows.results().map(row -> row.group(1)).toList();
  }

  /** Returns the string constants of all that is published, each as one that is put together. */
  private static List<String> literals() throws IOException {
    List<String> literals = new ArrayList<>();
    for (String module : List.of("shared", "filter-servlet", "filter-jaxrs")) {
      try (Stream<Path> sources = Files.walk(Readme.ROOT.resolve(module + "/src/main/java"))) {
        for (Path source : sources.filter(file -> file.toString().endsWith(".java")).toList()) {
          String joined = JOINT.matcher(Files.readString(source)).replaceAll("");
          LITERAL
              .matcher(joined)
              .results()
              .map(found -> found.group(1).replace("\\\"", "\""))
              .forEach(literals::add);
        }
      }
    }
    return literals;
  }
}
