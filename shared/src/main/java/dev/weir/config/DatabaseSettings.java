package dev.weir.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where credits and the accounts that an administration makes are kept for good.
 *
 * @param url a JDBC URL; null for none of the user's own
 * @param user who connects, or null where the URL says it
 * @param password what with, or null; never printed
 * @param patience how long the start waits for a database that does not answer; zero for not at all
 */
public record DatabaseSettings(
    @Nullable String url, @Nullable String user, @Nullable String password, Duration patience) {

  /** Nothing is said. */
  public static final DatabaseSettings NONE = new DatabaseSettings(null, null, null, Duration.ZERO);

  /** Leaves out what may be secret. */
  @Override
  public String toString() {
    return "DatabaseSettings[%s]".formatted(url == null ? "none" : "redacted");
  }
}
