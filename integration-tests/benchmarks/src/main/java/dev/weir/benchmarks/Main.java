package dev.weir.benchmarks;

import dev.weir.benchmarks.decisions.Decisions;
import dev.weir.benchmarks.exactness.ExactnessLoad;
import dev.weir.benchmarks.heap.HeapLoad;
import dev.weir.benchmarks.http.HttpLoad;
import dev.weir.benchmarks.lab.Options;
import dev.weir.benchmarks.lab.Report;
import dev.weir.benchmarks.sockets.SocketLoad;
import java.util.List;

/** Runs one kind of load and prints what it found. */
public final class Main {

  private static final int INEXACT = 1;
  private static final int MISUSED = 2;

  private static final String HELP =
      """
      java -jar weir-benchmarks.jar LOAD [OPTION...]
      decisions           what a decision costs, without HTTP
      http                what a request costs, by wrk
      heap                what a key takes of the heap
      sockets             what a WebSocket message costs
      exactness           whether exactly as many are admitted as may be; else ends with 1
      """
          + Options.HELP;

  private Main() {}

  /**
   * Runs a load.
   *
   * @param arguments as {@code --help} lists them
   */
  public static void main(String[] arguments) {
    List<String> words = List.of(arguments);
    if (words.isEmpty() || words.contains("--help")) {
      System.out.println(HELP);
      return;
    }
    Options options;
    try {
      options = Options.parse(words.subList(1, words.size()));
    } catch (IllegalArgumentException misused) {
      misuse(misused.toString());
      return;
    }
    Report report;
    switch (words.get(0)) {
      case "decisions" -> report = Decisions.run(options, System.err::println);
      case "http" -> report = HttpLoad.run(options, System.err::println);
      case "heap" -> report = HeapLoad.run(options, System.err::println);
      case "sockets" -> report = SocketLoad.run(options, System.err::println);
      case "exactness" -> report = ExactnessLoad.run(options, System.err::println);
      default -> {
        misuse("there is no load '%s'".formatted(words.get(0)));
        return;
      }
    }
    System.out.println(report);
    if (words.get(0).equals("exactness") && !report.isMet()) {
      System.exit(INEXACT);
    }
  }

  private static void misuse(String message) {
    System.err.printf("%s%n%n%s%n", message, HELP);
    System.exit(MISUSED);
  }
}
