package dev.weir;

/** What became of a request. The labels are those of the configuration file and of metrics. */
public enum Outcome {
  /** Charged and let through. */
  ALLOWED("allowed"),
  /** Not subject to limits: an exempt endpoint or a CORS preflight. Let through, not counted. */
  EXEMPT("exempt"),
  /** The request carries no key. */
  KEY_MISSING("key-missing"),
  /** The key is malformed, or nobody's. */
  KEY_UNKNOWN("key-unknown"),
  /** The request carries two keys that differ. */
  KEY_CONFLICT("key-conflict"),
  /** At least one limit is used up. */
  QUOTA_EXCEEDED("quota-exceeded"),
  /** All session slots are taken (contract K10). */
  SESSIONS_EXCEEDED("sessions-exceeded"),
  /** There are fewer prepaid credits than the request costs (contract C3). */
  CREDITS_EXHAUSTED("credits-exhausted"),
  /** Neither yes nor no: the store or the account directory gave no answer. */
  UNDECIDED("undecided");

  private final String label;

  Outcome(String label) {
    this.label = label;
  }

  /** {@return the name used in the configuration file} */
  public String label() {
    return label;
  }

  /** {@return whether the application gets to see the request} */
  public boolean isAllowed() {
    return this == ALLOWED || this == EXEMPT;
  }
}
