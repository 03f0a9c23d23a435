package dev.weir.config;

import java.util.List;

/** Says what is wrong with a configuration, all of it at once. */
public final class ConfigurationException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** What is wrong, each with its place. */
  @SuppressWarnings("serial") // an immutable list of strings
  private final List<String> problems;

  /**
   * Creates an exception.
   *
   * @param problems one sentence each, with place, value and what would be right
   */
  public ConfigurationException(List<String> problems) {
    super(
        problems.size() == 1
            ? problems.get(0)
            : "%d problems:%n  %s"
                .formatted(problems.size(), String.join(System.lineSeparator() + "  ", problems)));
    this.problems = List.copyOf(problems);
  }

  /** {@return the problems one by one} */
  public List<String> problems() {
    return problems;
  }
}
