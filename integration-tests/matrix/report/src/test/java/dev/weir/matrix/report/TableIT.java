package dev.weir.matrix.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table in the README is what the rows of the matrix have written. */
class TableIT {

  private static final Path ROWS = Path.of("../target/rows");
  private static final Path README = Path.of("../../../README.md");
  private static final String BEGIN = "<!-- matrix -->\n";
  private static final String END = "<!-- /matrix -->\n";

  /** {@code -Dweir.matrix.write} has the table written instead. */
  @Test
  void the_readme_shows_what_ran() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    assertThat(end).as("where the table stands").isGreaterThanOrEqualTo(begin);
    String table = table();
    if (System.getProperty("weir.matrix.write") != null) {
      Files.writeString(README, readme.substring(0, begin) + table + readme.substring(end));
      return;
    }
    assertThat(readme.substring(begin, end))
        .as("run the matrix with -Dweir.matrix.write to write the table")
        .isEqualTo(table);
  }

  private static String table() throws IOException {
    // row, column, what came of it, in which ways
    Map<String, Map<String, Map<String, List<String>>>> rows = new LinkedHashMap<>();
    try (Stream<Path> files = Files.list(ROWS)) {
      for (Path file : files.sorted().toList()) {
        for (String line : Files.readAllLines(file)) {
          String[] cells = line.split("\t", 3);
          String adapter = cells[1].substring(0, cells[1].indexOf(": "));
          String registration = cells[1].substring(adapter.length() + 2);
          rows.computeIfAbsent(cells[0], row -> new LinkedHashMap<>())
              .computeIfAbsent(adapter, column -> new LinkedHashMap<>())
              .computeIfAbsent(cells[2], result -> new ArrayList<>())
              .add(registration);
        }
      }
    }
    return "| | servlet filter | JAX-RS feature |\n|---|---|---|\n"
        + rows.entrySet().stream()
            .map(
                row ->
                    "| %s | %s | %s |\n"
                        .formatted(
                            row.getKey(),
                            cell(row.getValue(), "servlet"),
                            cell(row.getValue(), "jaxrs")))
            .collect(Collectors.joining());
  }

  private static String cell(Map<String, Map<String, List<String>>> row, String adapter) {
    return row.getOrDefault(adapter, Map.of()).entrySet().stream()
        .map(result -> String.join(", ", result.getValue()) + ": " + result.getKey())
        .collect(Collectors.joining("<br>"));
  }
}
