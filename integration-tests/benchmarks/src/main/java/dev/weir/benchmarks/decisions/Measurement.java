package dev.weir.benchmarks.decisions;

import java.util.Locale;

/**
 * What was measured of one contestant in one cell and round. NaN where that was not measured.
 *
 * @param rate decisions per second, of all callers
 * @param error of the rate, as JMH has it (99.9 %), as a part of it
 * @param cpuNanos processor time per decision, of all members
 * @param bytes allocated per decision in the callers' JVM
 * @param operations that the callers' member asked of the cluster per decision
 * @param refused share of refusals
 * @param medianNanos how long a decision takes at the median
 * @param highNanos the same at the 99th percentile
 */
record Measurement(
    double rate,
    double error,
    double cpuNanos,
    double bytes,
    double operations,
    double refused,
    double medianNanos,
    double highNanos) {

  /** Reads what {@link #toText} wrote. */
  static Measurement parse(String text) {
    String[] words = text.split(" ", -1);
    double[] values = new double[8];
    for (int i = 0; i < values.length; i++) {
      values[i] = Double.parseDouble(words[i]);
    }
    return new Measurement(
        values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7]);
  }

  String toText() {
    return String.format(
        Locale.ROOT,
        "%s %s %s %s %s %s %s %s",
        rate,
        error,
        cpuNanos,
        bytes,
        operations,
        refused,
        medianNanos,
        highNanos);
  }
}
