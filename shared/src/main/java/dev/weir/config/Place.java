package dev.weir.config;

import java.util.Comparator;

/**
 * Where something stands in a configuration file.
 *
 * @param file what the file is called in messages
 * @param line from 1
 * @param column from 1, in code points
 */
record Place(String file, int line, int column) implements Comparable<Place> {

  private static final Comparator<Place> TOP_TO_BOTTOM =
      Comparator.comparing(Place::file)
          .thenComparingInt(Place::line)
          .thenComparingInt(Place::column);

  /** Returns the place of what follows a text. */
  static Place after(String file, String text) {
    int lastBreak = text.lastIndexOf('\n');
    int line = 1 + (int) text.chars().filter(c -> c == '\n').count();
    return new Place(file, line, 1 + text.codePointCount(lastBreak + 1, text.length()));
  }

  /** Orders as one reads: by file, then from top to bottom. */
  @Override
  public int compareTo(Place other) {
    return TOP_TO_BOTTOM.compare(this, other);
  }

  /** Returns the form that terminals and editors make a link of: {@code weir.yaml:12:5}. */
  @Override
  public String toString() {
    return file + ":" + line + ":" + column;
  }
}
