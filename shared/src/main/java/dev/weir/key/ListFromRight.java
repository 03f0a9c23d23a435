package dev.weir.key;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the elements of a list header, last line and rightmost element first. What a proxy appended
 * is so read without regard to what stands to the left of it: a stray quote there, sent by a
 * client, changes nothing.
 */
final class ListFromRight {

  /** Longer elements are not read; no proxy writes them. */
  static final int MAX_LENGTH = 1024;

  private final List<String> lines;
  private final boolean quotes;

  private int line;
  private String text = "";

  /** Where the part of {@link #text} ends that is still to be read; negative if none is. */
  private int end = -1;

  /**
   * Starts at the right.
   *
   * @param quotes whether commas in quoted strings do not separate (RFC 9110, section 5.6.4)
   */
  ListFromRight(List<String> lines, boolean quotes) {
    this.lines = lines;
    this.quotes = quotes;
    this.line = lines.size();
  }

  /**
   * Returns the next element to the left, perhaps empty, or null if there is none or it cannot be
   * read.
   */
  @Nullable String next() {
    if (end < 0) {
      if (line == 0) {
        return null;
      }
      line--;
      text = lines.get(line);
      end = text.length();
    }
    boolean quoted = false;
    int i = end - 1;
    for (; i >= 0 && end - i - 1 <= MAX_LENGTH; i--) {
      char c = text.charAt(i);
      if (c == ',' && !quoted) {
        break;
      }
      if (quotes && c == '"' && !(quoted && isEscaped(i))) {
        quoted = !quoted;
      }
    }
    if (quoted || end - i - 1 > MAX_LENGTH) {
      line = 0;
      end = -1;
      return null;
    }
    String element = text.substring(i + 1, end).strip();
    end = i;
    return element;
  }

  private boolean isEscaped(int index) {
    int backslash = index;
    while (backslash > 0 && text.charAt(backslash - 1) == '\\') {
      backslash--;
    }
    return (index - backslash) % 2 == 1;
  }
}
