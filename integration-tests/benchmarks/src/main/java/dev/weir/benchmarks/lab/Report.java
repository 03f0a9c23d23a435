package dev.weir.benchmarks.lab;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;

/** What a run found: tables under headings, and the targets with what became of them. */
public final class Report {

  private final Map<String, Table> tables = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final Table targets = new Table("target", "wanted", "found", "");

  /** Adds a table. */
  public void add(String heading, Table table) {
    tables.put(heading, table);
  }

  /** Adds a line about how the figures came about. */
  public void note(String text) {
    notes.add(text);
  }

  /** Adds a target; one that nothing was found about is left out. */
  public void target(String what, String wanted, double found, DoublePredicate met) {
    if (!Double.isNaN(found)) {
      targets.add(what, wanted, Table.figure(found), met.test(found) ? "met" : "MISSED");
    }
  }

  /** Returns whether every target was met. */
  public boolean isMet() {
    return targets.rows().stream().noneMatch(row -> row.get(3).equals("MISSED"));
  }

  /** Returns the tables by their headings. */
  public Map<String, Table> tables() {
    return new LinkedHashMap<>(tables);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    tables.forEach(
        (heading, table) -> text.append(heading).append("\n\n").append(table).append('\n'));
    if (!targets.rows().isEmpty()) {
      text.append(targets).append('\n');
    }
    notes.forEach(note -> text.append(note).append('\n'));
    return text.toString();
  }

  /** Returns what the figures of this run hold for. */
  public static String conditions() {
    return "Java %s, %d processors, %s %s; load, callers and all members on this one machine."
        .formatted(
            Runtime.version(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"));
  }
}
