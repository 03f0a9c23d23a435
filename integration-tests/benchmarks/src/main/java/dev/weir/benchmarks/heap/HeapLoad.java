package dev.weir.benchmarks.heap;

import dev.weir.benchmarks.lab.Jvm;
import dev.weir.benchmarks.lab.Options;
import dev.weir.benchmarks.lab.Report;
import dev.weir.benchmarks.lab.Spread;
import dev.weir.benchmarks.lab.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Measures the heap of a member after many keys, each with a minute and an hour window, against
 * bare entries of 64 bytes that expire.
 */
public final class HeapLoad {

  private static final int ROUNDS = 3;
  private static final int KEYS = 1_000_000;
  private static final List<String> JVM = List.of("-Xmx3g", "-XX:+UseSerialGC");

  /** Bytes a key takes right after it was asked for, and later. */
  private record Measurement(double filled, double rested) {}

  private HeapLoad() {}

  /** Makes all measurements. */
  public static Report run(Options options, Consumer<String> progress) {
    int keys = options.isShort() ? 20_000 : KEYS;
    List<Measurement> weir = new ArrayList<>();
    List<Measurement> bare = new ArrayList<>();
    for (int round = 1; round <= options.roundsOr(ROUNDS); round++) {
      progress.accept("round " + round);
      bare.add(measure("bare", keys, options));
      weir.add(measure("weir", keys, options));
    }
    Table table = new Table("%,d keys".formatted(keys), "bytes a key", "of all rounds", "later");
    add(table, "Weir, a minute and an hour", weir);
    add(table, "bare entry, 64 bytes and TTL", bare);
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < weir.size(); i++) {
      ratios.add(weir.get(i).filled / bare.get(i).filled);
    }
    Report report = new Report();
    report.add("heap of the one member, all that Weir keeps included", table);
    report.target(
        "heap per key over a bare entry",
        "<= 1.15",
        Spread.of(ratios, Double::doubleValue).median(),
        times -> times <= 1.15);
    report.note(Report.conditions());
    report.note(
        "Heap in use after collections, less that of the same JVM before; each in a JVM of its own.");
    return report;
  }

  private static Measurement measure(String subject, int keys, Options options) {
    try (Jvm jvm = Jvm.start(subject, JVM, HeapMain.class, subject, Integer.toString(keys))) {
      jvm.await();
      double filled = Double.parseDouble(jvm.ask("fill"));
      return new Measurement(
          filled, options.isShort() ? Double.NaN : Double.parseDouble(jvm.ask("rest")));
    }
  }

  private static void add(Table table, String name, List<Measurement> row) {
    Spread filled = Spread.of(row, Measurement::filled);
    table.add(
        name,
        Table.figure(filled.median()),
        Table.range(filled),
        Table.figure(Spread.of(row, Measurement::rested).median()));
  }
}
