package dev.weir.benchmarks.decisions;

import dev.weir.benchmarks.lab.Options;
import java.util.ArrayList;
import java.util.List;

/**
 * Under what circumstances something is measured.
 *
 * @param load what the callers do
 * @param members how many members the cluster has; the callers are in one, the keys in the other
 * @param callers how many threads call
 */
record Cell(Load load, int members, int callers) {

  /** Those that a target is about, and the hot key in all layouts. */
  private static final List<Cell> NORMAL =
      List.of(
          new Cell(Load.HOT, 1, 1),
          new Cell(Load.HOT, 1, 8),
          new Cell(Load.HOT, 1, 32),
          new Cell(Load.HOT, 2, 1),
          new Cell(Load.HOT, 2, 8),
          new Cell(Load.HOT, 2, 32),
          new Cell(Load.EXHAUSTED, 2, 8),
          new Cell(Load.STEPS, 2, 1),
          new Cell(Load.STEPS, 2, 32),
          new Cell(Load.MANY, 2, 8));

  /** Every load once. */
  private static final List<Cell> SHORT =
      List.of(
          new Cell(Load.HOT, 1, 1),
          new Cell(Load.HOT, 2, 8),
          new Cell(Load.EXHAUSTED, 2, 8),
          new Cell(Load.STEPS, 2, 8),
          new Cell(Load.MANY, 2, 8));

  /** Returns every load in every layout. */
  private static List<Cell> all() {
    List<Cell> cells = new ArrayList<>();
    for (int members : List.of(1, 2)) {
      for (Load load : Load.values()) {
        for (int callers : List.of(1, 8, 32)) {
          cells.add(new Cell(load, members, callers));
        }
      }
    }
    return cells;
  }

  /** Returns what a run of that size is made of. */
  static List<Cell> of(Options.Size size) {
    return switch (size) {
      case SHORT -> SHORT;
      case NORMAL -> NORMAL;
      case FULL -> all();
    };
  }

  /** Reads what {@link #toText} wrote. */
  static Cell parse(String text) {
    String[] words = text.split("-", -1);
    return new Cell(Load.of(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
  }

  Cell withMembers(int number) {
    return new Cell(load, number, callers);
  }

  Cell withCallers(int number) {
    return new Cell(load, members, number);
  }

  String toText() {
    return "%s-%d-%d".formatted(load.shortName(), members, callers);
  }

  /** Returns the heading of its table. */
  String label() {
    return "%s; %s; %d caller%s"
        .formatted(
            load.label(),
            members == 1 ? "one member" : "two members, the key on the other",
            callers,
            callers == 1 ? "" : "s");
  }

  /** Returns whether it is measured how long a decision takes, beside how many are made. */
  boolean timed() {
    return load == Load.HOT || load == Load.STEPS;
  }
}
