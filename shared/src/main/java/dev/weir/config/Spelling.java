package dev.weir.config;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds out which of the known names somebody meant. */
final class Spelling {

  /** More names than this help nobody to find the right one. */
  private static final int MOST_LISTED = 20;

  /** Comparing takes a while, and is done for every unknown name. */
  private static final int MOST_COMPARED = 1_000;

  private Spelling() {}

  /** Returns a clause with the name that was probably meant, if any, and all that there are. */
  static String hint(String written, Collection<String> known, String what) {
    String meant = meant(written, known);
    return (meant == null ? "" : "; did you mean '%s'?".formatted(meant))
        + (meant == null ? "; " : " ")
        + (known.isEmpty() ? "there are no " + what : "the " + what + " are " + list(known));
  }

  private static String list(Collection<String> known) {
    String names = String.join(", ", known.stream().limit(MOST_LISTED).toList());
    return known.size() > MOST_LISTED
        ? names + " and %d more".formatted(known.size() - MOST_LISTED)
        : names;
  }

  /** Returns the nearest known name, or null if none is near. */
  static @Nullable String meant(String written, Collection<String> known) {
    if (known.size() > MOST_COMPARED) {
      return null;
    }
    String nearest = null;
    int least = Integer.MAX_VALUE;
    for (String name : known) {
      int edits = edits(written.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
      if (edits < least) {
        nearest = name;
        least = edits;
      }
    }
    return nearest != null && least <= Math.max(1, nearest.length() / 3) ? nearest : null;
  }

  /** Returns how many letters must be added, dropped, changed or swapped with their neighbour. */
  private static int edits(String from, String to) {
    if (Math.abs(from.length() - to.length()) > to.length()) {
      return Integer.MAX_VALUE;
    }
    int[] beforeLast = new int[to.length() + 1];
    int[] last = new int[to.length() + 1];
    int[] current = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
        current[j] = Math.min(Math.min(last[j] + 1, current[j - 1] + 1), last[j - 1] + change);
        if (i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1)) {
          current[j] = Math.min(current[j], beforeLast[j - 2] + 1);
        }
      }
      int[] free = beforeLast;
      beforeLast = last;
      last = current;
      current = free;
    }
    return last[to.length()];
  }
}
