package dev.weir.benchmarks.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A table in Markdown that also reads well as text. The first column is words, the rest figures.
 */
public final class Table {

  private final List<List<String>> rows = new ArrayList<>();

  /** Creates a table with these columns. */
  public Table(String... columns) {
    rows.add(List.of(columns));
  }

  /** Adds a row of as many cells as there are columns. */
  public void add(String... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(
          "%d cells for %d columns".formatted(cells.length, rows.get(0).size()));
    }
    rows.add(List.of(cells));
  }

  /** Returns the rows below the header. */
  public List<List<String>> rows() {
    return List.copyOf(rows.subList(1, rows.size()));
  }

  @Override
  public String toString() {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (int r = 0; r < rows.size(); r++) {
      for (int i = 0; i < columns; i++) {
        String cell = rows.get(r).get(i);
        String blanks = " ".repeat(widths[i] - cell.length());
        text.append("| ").append(i == 0 ? cell + blanks : blanks + cell).append(' ');
      }
      text.append("|\n");
      if (r == 0) {
        for (int i = 0; i < columns; i++) {
          text.append(i == 0 ? "|-" : "| ")
              .append("-".repeat(widths[i]))
              .append(i == 0 ? "-" : ":");
        }
        text.append("|\n");
      }
    }
    return text.toString();
  }

  /** Returns a figure with three digits that count, or a dash if there is none. */
  public static String figure(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    double size = Math.abs(value);
    if (size >= 100 || value == 0) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value);
  }

  /** Returns the least and the greatest figure. */
  public static String range(Spread spread) {
    return spread.isEmpty() ? "–" : figure(spread.min()) + "–" + figure(spread.max());
  }

  /** Returns a ratio, or a dash if there is none. */
  public static String ratio(double value) {
    return Double.isNaN(value) ? "–" : figure(value) + "×";
  }
}
