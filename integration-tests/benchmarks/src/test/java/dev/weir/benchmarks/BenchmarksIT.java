package dev.weir.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.benchmarks.decisions.Decisions;
import dev.weir.benchmarks.exactness.ExactnessLoad;
import dev.weir.benchmarks.heap.HeapLoad;
import dev.weir.benchmarks.http.HttpLoad;
import dev.weir.benchmarks.lab.Options;
import dev.weir.benchmarks.lab.Options.Size;
import dev.weir.benchmarks.lab.Report;
import dev.weir.benchmarks.lab.Table;
import dev.weir.benchmarks.sockets.SocketLoad;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every load runs, in its shortest form, and finds something of its subjects. */
class BenchmarksIT {

  @Test
  void decisions_of_every_kind_of_subject_are_measured() {
    List<String> subjects = List.of("weir", "bucket4j", "delaying", "bare", "atomic-long");
    Report report =
        Decisions.run(new Options(1, List.of(), subjects, Size.SHORT), System.out::println);

    assertThat(firstCells(report)).containsAll(subjects);
    assertSomethingFound(report);
  }

  @Test
  void requests_to_every_server_are_measured_with_and_without_a_filter() {
    Report report = HttpLoad.run(Options.SHORT, System.out::println);

    assertThat(firstCells(report))
        .contains("jetty, none", "jetty, weir", "jetty, bucket4j", "tomcat, weir", "jersey, weir");
    assertSomethingFound(report);
  }

  @Test
  void exactly_what_the_limit_says_is_admitted() {
    Report report = ExactnessLoad.run(Options.SHORT, System.out::println);

    assertThat(report.isMet()).as("%s", report).isTrue();
  }

  @Test
  void what_a_key_takes_of_the_heap_is_measured() {
    Report report = HeapLoad.run(Options.SHORT, System.out::println);

    assertThat(firstCells(report).toString()).contains("Weir", "bare");
  }

  @Test
  void what_a_message_of_a_socket_takes_is_measured() {
    Report report = SocketLoad.run(Options.SHORT, System.out::println);

    assertThat(firstCells(report)).containsExactly("as it is", "limited");
    assertSomethingFound(report);
  }

  private static List<String> firstCells(Report report) {
    return report.tables().values().stream()
        .flatMap(table -> table.rows().stream())
        .map(row -> row.get(0))
        .toList();
  }

  /** The second column of every table is the rate. */
  private static void assertSomethingFound(Report report) {
    for (Table table : report.tables().values()) {
      assertThat(table.rows()).isNotEmpty();
      for (List<String> row : table.rows()) {
        assertThat(row.get(1)).as("%s of %s", row, report).matches("[0-9.,]*[1-9][0-9.,]*");
      }
    }
  }
}
