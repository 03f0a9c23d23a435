package dev.weir.spring;

import dev.weir.config.ConfigurationException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/** Shows the mistakes in a configuration in place of a stack trace. */
final class ConfigurationFailureAnalyzer implements FailureAnalyzer {

  @Override
  public @Nullable FailureAnalysis analyze(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConfigurationException mistakes) {
        return new FailureAnalysis(
            "Weir's configuration is not right:%n%n  %s"
                .formatted(String.join(System.lineSeparator() + "  ", mistakes.problems())),
            null,
            mistakes);
      }
    }
    return null;
  }
}
