package dev.weir.http;

import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Numbers as headers carry them. Most are the same on many answers, and made once. */
final class Decimal {

  private static final String[] SMALL =
      IntStream.rangeClosed(0, 1_000).mapToObj(Integer::toString).toArray(String[]::new);

  private record Text(long number, String text) {}

  /**
   * One for each value of the lowest bits, so that the resets of one minute do not replace each
   * other. Read and written without a lock: a text is immutable, and a lost one is made again.
   */
  private static final @Nullable Text[] RECENT = new Text[64];

  private Decimal() {}

  /** Returns the text of a number that may be any. */
  static String of(long number) {
    return number >= 0 && number < SMALL.length ? SMALL[(int) number] : Long.toString(number);
  }

  /** Returns the text of a number that other answers are likely to carry too. */
  static String recurring(long number) {
    if (number >= 0 && number < SMALL.length) {
      return SMALL[(int) number];
    }
    int slot = (int) number & (RECENT.length - 1);
    Text recent = RECENT[slot];
    if (recent == null || recent.number != number) {
      recent = new Text(number, Long.toString(number));
      RECENT[slot] = recent;
    }
    return recent.text;
  }
}
