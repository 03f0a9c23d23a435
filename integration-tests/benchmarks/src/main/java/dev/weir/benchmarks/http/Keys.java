package dev.weir.benchmarks.http;

import java.util.Locale;

/** The API keys of the callers: how they begin says how much they may. */
final class Keys {

  /** Begins keys with a limit out of reach. */
  static final String FAR = "far-";

  /** Begins keys with few requests a minute. */
  static final String FEW = "few-";

  /** How many a minute a key may with a limit out of reach. */
  static final long FAR_PERMITS = 100_000_000;

  /** How many a minute a key may with few. */
  static final long FEW_PERMITS = 60;

  private Keys() {}

  /** Returns how a set of keys with few requests begins, of which there are many sets. */
  static String few(int set) {
    return String.format(Locale.ROOT, "%s%d-", FEW, set);
  }

  static long permits(String key) {
    return key.startsWith(FEW) ? FEW_PERMITS : FAR_PERMITS;
  }
}
