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
  private final List<String> literals = new ArrayList<>();

  /** The whole body, if it has no placeholder. */
  private final byte[] constant;

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
      literals.add(body.substring(from, open));
      placeholders.add(
          Placeholder.of(body.substring(open + OPEN.length(), close).strip(), outcome));
      from = close + CLOSE.length();
    }
    literals.add(body.substring(from));
    constant = body.getBytes(StandardCharsets.UTF_8);
  }

  boolean holds(Placeholder placeholder) {
    return placeholders.contains(placeholder);
  }

  /** Returns the body in UTF-8. */
  byte[] fill(Function<Placeholder, String> values) {
    if (placeholders.isEmpty()) {
      return constant;
    }
    StringBuilder body = new StringBuilder(literals.get(0));
    for (int i = 0; i < placeholders.size(); i++) {
      body.append(values.apply(placeholders.get(i))).append(literals.get(i + 1));
    }
    return body.toString().getBytes(StandardCharsets.UTF_8);
  }
}
