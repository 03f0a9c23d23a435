package dev.weir.benchmarks.decisions;

import dev.weir.benchmarks.lab.Jvm;
import dev.weir.benchmarks.lab.Options;
import dev.weir.benchmarks.lab.Report;
import dev.weir.benchmarks.lab.Spread;
import dev.weir.benchmarks.lab.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Measures decisions. In each round every contestant has its turn in a fresh JVM, with a fresh
 * second member where there is one, so that none profits or suffers from what the JIT compiler
 * learned of another; every second round goes backwards. Ratios are taken within a round.
 */
public final class Decisions {

  private static final int ROUNDS = 3;

  private static final List<String> JVM = List.of("-Xms512m", "-Xmx512m", "-Djmh.ignoreLock=true");

  private final Options options;
  private final Consumer<String> progress;
  private final List<Contestant> contestants;
  private final List<Cell> cells;
  private final Map<Cell, Map<Contestant, List<Measurement>>> found = new LinkedHashMap<>();

  private Decisions(Options options, Consumer<String> progress) {
    this.options = options;
    this.progress = progress;
    this.contestants =
        Arrays.stream(Contestant.values())
            .filter(contestant -> options.wantsSubject(contestant.label()))
            .toList();
    this.cells =
        Cell.of(options.size()).stream().filter(cell -> options.wantsLoad(cell.toText())).toList();
    for (Cell cell : cells) {
      Map<Contestant, List<Measurement>> rows = new EnumMap<>(Contestant.class);
      contestants.stream()
          .filter(cell.load()::suits)
          .forEach(contestant -> rows.put(contestant, new ArrayList<>()));
      found.put(cell, rows);
    }
  }

  /**
   * Makes all measurements.
   *
   * @param progress is told what is done next
   */
  public static Report run(Options options, Consumer<String> progress) {
    Decisions decisions = new Decisions(options, progress);
    int rounds = options.roundsOr(ROUNDS);
    for (int round = 1; round <= rounds; round++) {
      decisions.round(round, rounds);
    }
    return decisions.report(rounds);
  }

  private void round(int round, int rounds) {
    List<Contestant> turns = new ArrayList<>(contestants);
    if (round % 2 == 0) {
      Collections.reverse(turns);
    }
    if (options.isShort()) {
      try (Jvm caller = caller(true)) {
        turns.forEach(contestant -> measure(caller, contestant));
      }
      return;
    }
    for (Contestant contestant : turns) {
      progress.accept("round %d of %d: %s".formatted(round, rounds, contestant.label()));
      try (Jvm caller = caller(contestant == Contestant.WEIR)) {
        measure(caller, contestant);
      }
    }
  }

  private Jvm caller(boolean weir) {
    List<String> jvm = new ArrayList<>(JVM);
    if (options.isShort()) {
      jvm.addAll(Jvm.QUICK);
    }
    Jvm caller = Jvm.start("caller", jvm, Caller.class, Boolean.toString(weir));
    caller.await();
    return caller;
  }

  /** Measures a contestant in all cells; for one that counts within its process, two are alike. */
  private void measure(Jvm caller, Contestant contestant) {
    Map<Cell, Measurement> alike = new HashMap<>();
    for (Cell cell : cells) {
      if (cell.load().suits(contestant)) {
        Cell place = contestant.isDistributed() ? cell : cell.withMembers(1);
        row(cell, contestant)
            .add(
                alike.computeIfAbsent(
                    place, absent -> Measurement.parse(caller.ask(order(contestant, place)))));
      }
    }
  }

  private String order(Contestant contestant, Cell cell) {
    Caller.Pace pace = options.isShort() ? Caller.Pace.SHORT : Caller.Pace.NORMAL;
    return "%s %s %s".formatted(contestant.name(), cell.toText(), pace.name());
  }

  private List<Measurement> row(Cell cell, Contestant contestant) {
    return found.getOrDefault(cell, Map.of()).getOrDefault(contestant, new ArrayList<>());
  }

  private Report report(int rounds) {
    Report report = new Report();
    found.forEach((cell, rows) -> report.add(cell.label(), table(cell, rows)));
    targets(report);
    report.note(Report.conditions());
    report.note(
        ("%d round%s; medians, least to greatest; JVMs of 512 MiB; of two members the callers are in"
                + " one, each key and its only other copy in another. ± is JMH's error (99.9 %%) of"
                + " a round.")
            .formatted(rounds, rounds == 1 ? "" : "s"));
    if (options.isShort()) {
      report.note(
          "A short run, all in one JVM, hardly warm and with few keys: no word about speed.");
    }
    return report;
  }

  private Table table(Cell cell, Map<Contestant, List<Measurement>> rows) {
    Table table =
        new Table(
            "subject",
            "decisions/s",
            "of all rounds",
            "± %",
            "p50 µs",
            "p99 µs",
            "CPU µs",
            "bytes",
            "cluster ops",
            "refused %",
            "Weir is");
    rows.forEach(
        (contestant, row) -> {
          Spread rate = Spread.of(row, Measurement::rate);
          table.add(
              contestant.label(),
              Table.figure(rate.median()),
              Table.range(rate),
              Table.figure(100 * median(row, Measurement::error)),
              Table.figure(median(row, Measurement::medianNanos) / 1000),
              Table.figure(median(row, Measurement::highNanos) / 1000),
              Table.figure(median(row, Measurement::cpuNanos) / 1000),
              Table.figure(median(row, Measurement::bytes)),
              Table.figure(median(row, Measurement::operations)),
              Table.figure(100 * median(row, Measurement::refused)),
              Table.ratio(ratio(cell, contestant, Measurement::rate)));
        });
    return table;
  }

  private static double median(List<Measurement> row, ToDoubleFunction<Measurement> figure) {
    return Spread.of(row, figure).median();
  }

  /** Returns Weir's figure over that of another, round by round, at the median. */
  private double ratio(Cell cell, Contestant other, ToDoubleFunction<Measurement> figure) {
    return ratio(cell, other, figure, figure);
  }

  private double ratio(
      Cell cell,
      Contestant other,
      ToDoubleFunction<Measurement> weirs,
      ToDoubleFunction<Measurement> others) {
    List<Measurement> ours = row(cell, Contestant.WEIR);
    List<Measurement> theirs = row(cell, other);
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      ratios.add(weirs.applyAsDouble(ours.get(i)) / others.applyAsDouble(theirs.get(i)));
    }
    return Spread.of(ratios, Double::doubleValue).median();
  }

  private void targets(Report report) {
    for (int callers : List.of(8, 32)) {
      Cell hot = new Cell(Load.HOT, 2, callers);
      String who = "hot key, %d callers: ".formatted(callers);
      faster(report, who, hot, Contestant.BUCKET4J, 100);
      report.target(
          who + "median of bucket4j over Weir's",
          "1,000",
          1 / ratio(hot, Contestant.BUCKET4J, Measurement::medianNanos),
          times -> times >= 1000);
      report.target(
          who + "p99 over bucket4j's median",
          "< 1",
          ratio(hot, Contestant.BUCKET4J, Measurement::highNanos, Measurement::medianNanos),
          times -> times < 1);
      faster(report, who, hot, Contestant.DELAYING, 10);
    }
    Cell exhausted = new Cell(Load.EXHAUSTED, 2, 8);
    faster(report, "exhausted key, 8 callers: ", exhausted, Contestant.BUCKET4J, 1000);
    report.target(
        "exhausted key, 8 callers: cluster operations per refusal",
        "0 (< 0.001)",
        median(row(exhausted, Contestant.WEIR), Measurement::operations),
        operations -> operations < 0.001);
    report.target(
        "exhausted key, 8 callers: bytes per refusal",
        "< 100",
        median(row(exhausted, Contestant.WEIR), Measurement::bytes),
        bytes -> bytes < 100);
    faster(
        report, "a step each, 32 callers: ", new Cell(Load.STEPS, 2, 32), Contestant.BUCKET4J, 2);
    faster(report, "a step each, 1 caller: ", new Cell(Load.STEPS, 2, 1), Contestant.BARE, 0.9);
    faster(report, "10,000 keys, 8 callers: ", new Cell(Load.MANY, 2, 8), Contestant.BUCKET4J, 50);
    faster(
        report,
        "one member, hot key, 1 caller: ",
        new Cell(Load.HOT, 1, 1),
        Contestant.LOCAL_BUCKET4J,
        1);
  }

  private void faster(Report report, String who, Cell cell, Contestant than, double times) {
    report.target(
        who + "throughput over " + than.label(),
        Table.figure(times),
        ratio(cell, than, Measurement::rate),
        found -> found >= times);
  }
}
