package dev.weir.readme;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whether the README shows the files that are built and run, all of them. */
class ReadmeFilesIT {

  /** Of Hazelcast: {@code HazelcastFilesTest} starts clusters with them. */
  private static final Set<String> ELSEWHERE = Set.of("dns", "kubernetes", "client");

  /** Of this one only what replaces the filter is shown. */
  private static final Set<String> NOT_SHOWN = Set.of("bucket4j/pom.xml");

  @Test
  void the_readme_shows_the_examples_as_they_are() throws IOException {
    Map<String, String> shown = new TreeMap<>(Readme.blocks("file"));
    shown.keySet().removeIf(name -> ELSEWHERE.contains(name.substring(0, name.indexOf('/'))));

    assertThat(shown.keySet())
        .as("files of integration-tests/examples; show each below <!-- file: NAME --> in README.md")
        .isEqualTo(files());
    for (Map.Entry<String, String> file : shown.entrySet()) {
      assertThat(file.getValue())
          .as(
              "%s in README.md; make it equal to the file below integration-tests/examples",
              file.getKey())
          .isEqualTo(Files.readString(Readme.EXAMPLES.resolve(file.getKey())));
    }
  }

  private static Set<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(Readme.EXAMPLES)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> Readme.EXAMPLES.relativize(file))
          .filter(file -> file.getNameCount() > 1)
          .filter(file -> !file.startsWith("readme") && !file.toString().contains("target"))
          .map(file -> file.toString().replace('\\', '/'))
          .filter(name -> !NOT_SHOWN.contains(name))
          .collect(toCollection(TreeSet::new));
    }
  }
}
