package dev.weir.http;

import dev.weir.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A body with its placeholders found at start, so that a refusal only joins text. */
final class BodyTemplate {

  private static final String OPEN = "{{";
  private static final String CLOSE = "}}";

  private final List<Placeholder> placeholders = new ArrayList<>();

  /** The text before each placeholder, and that after the last. */
  private final List<byte[]> literals = new ArrayList<>();

  /**
   * Splits a body.
   *
   * @throws IllegalArgumentException if a placeholder is unknown, not closed, or has no value on
   *     responses with this outcome
   */
  BodyTemplate(String body, Outcome outcome) {
    int from = 0;
    for (int open = body.indexOf(OPEN); open >= 0; open = body.indexOf(OPEN, from)) {
      int close = body.indexOf(CLOSE, open);
      if (close < 0) {
        throw new IllegalArgumentException(
            "a placeholder ends with '}}', but the body holds '%s'"
                .formatted(body.substring(open)));
      }
      literals.add(body.substring(from, open).getBytes(StandardCharsets.UTF_8));
      placeholders.add(
          Placeholder.of(body.substring(open + OPEN.length(), close).strip(), outcome));
      from = close + CLOSE.length();
    }
    literals.add(body.substring(from).getBytes(StandardCharsets.UTF_8));
  }

  boolean holds(Placeholder placeholder) {
    return placeholders.contains(placeholder);
  }

  /**
   * Returns the body in UTF-8, for nobody to change: without placeholders it is always the same.
   */
  byte[] fill(Function<Placeholder, String> values) {
    if (placeholders.isEmpty()) {
      return literals.get(0);
    }
    byte[][] filled = new byte[placeholders.size()][];
    int length = literals.get(0).length;
    for (int i = 0; i < filled.length; i++) {
      filled[i] = values.apply(placeholders.get(i)).getBytes(StandardCharsets.UTF_8);
      length += filled[i].length + literals.get(i + 1).length;
    }
    byte[] body = new byte[length];
    int end = append(body, 0, literals.get(0));
    for (int i = 0; i < filled.length; i++) {
      end = append(body, append(body, end, filled[i]), literals.get(i + 1));
    }
    return body;
  }

  private static int append(byte[] body, int end, byte[] part) {
    System.arraycopy(part, 0, body, end, part.length);
    return end + part.length;
  }
}
