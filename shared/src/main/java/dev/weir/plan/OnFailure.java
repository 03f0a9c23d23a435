package dev.weir.plan;

/**
 * What becomes of a request when the cluster gives no answer in time. That is no refusal: nobody
 * knows whether a limit is used up (design invariant I5).
 */
public enum OnFailure {
  /**
   * The node decides alone: of every limit it admits its share, the limit divided by the nodes and
   * at least one request, less what it has admitted itself. The cluster is charged for that once it
   * answers again.
   */
  LOCAL("local"),
  /** The request passes, uncounted. */
  ALLOW("allow"),
  /** The request is answered with 503. */
  REFUSE("refuse");

  private final String label;

  OnFailure(String label) {
    this.label = label;
  }

  /** {@return the name used in the configuration file} */
  public String label() {
    return label;
  }
}
