package dev.weir.benchmarks.lab;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/** What one figure was in each round. */
public final class Spread {

  private final double[] sorted;

  private Spread(double[] values) {
    this.sorted = values.clone();
    Arrays.sort(sorted);
  }

  /** Returns the spread of a figure over the rounds; rounds without it do not count. */
  public static <T> Spread of(Iterable<T> rounds, ToDoubleFunction<T> figure) {
    double[] values = new double[16];
    int size = 0;
    for (T round : rounds) {
      double value = figure.applyAsDouble(round);
      if (!Double.isNaN(value)) {
        if (size == values.length) {
          values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
      }
    }
    return new Spread(Arrays.copyOf(values, size));
  }

  /** Returns whether there is no figure at all. */
  public boolean isEmpty() {
    return sorted.length == 0;
  }

  /** Returns the median, or NaN if there is no figure. */
  public double median() {
    int size = sorted.length;
    return size == 0 ? Double.NaN : (sorted[(size - 1) / 2] + sorted[size / 2]) / 2;
  }

  /** Returns the least, or NaN if there is no figure. */
  public double min() {
    return sorted.length == 0 ? Double.NaN : sorted[0];
  }

  /** Returns the greatest, or NaN if there is no figure. */
  public double max() {
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length - 1];
  }
}
