package dev.weir.plan;

import java.util.Arrays;
import java.util.stream.Collectors;

/** How a limit counts. The names in brackets are those of the configuration file. */
public enum Algorithm {
  /** {@code fixed}: windows aligned to the epoch; up to twice the limit across a boundary. */
  FIXED("fixed"),

  /** {@code sliding-log}: never more than the limit in any interval as long as the period. */
  SLIDING_LOG("sliding-log"),

  /** {@code token-bucket}: a burst up to the capacity, then the rate. */
  TOKEN_BUCKET("token-bucket");

  private final String label;

  Algorithm(String label) {
    this.label = label;
  }

  /** {@return the name used in the configuration file} */
  public String label() {
    return label;
  }

  /**
   * {@return the algorithm of this name}
   *
   * @param label as it stands in a configuration
   * @throws IllegalArgumentException if there is none
   */
  public static Algorithm of(String label) {
    for (Algorithm algorithm : values()) {
      if (algorithm.label.equals(label)) {
        return algorithm;
      }
    }
    throw new IllegalArgumentException(
        "algorithm must be one of %s, but is '%s'"
            .formatted(
                Arrays.stream(values()).map(Algorithm::label).collect(Collectors.joining(", ")),
                label));
  }
}
