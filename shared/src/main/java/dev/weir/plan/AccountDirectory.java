package dev.weir.plan;

import dev.weir.key.ApiKey;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Finds the account behind an API key: the extension point for an application's own customers. Set
 * in code, or found by {@link java.util.ServiceLoader} or CDI.
 *
 * <p>Called from many threads, once per request unless {@code directory.cache} is set; may block.
 * Keys it does not know are remembered for a short while ({@code directory.unknown-cache}), and of
 * keys that were not known before it is asked for at most 1,000 a second on each node, and 64 at a
 * time, so that a flood of invented keys does not become one of calls, or holds all threads of a
 * server while it is slow; the others are answered with 503.
 */
@FunctionalInterface
public interface AccountDirectory {

  /**
   * {@return the account, or null if the key is unknown or revoked (answered with 401)} An
   * exception, or an account whose plan no configuration knows, is logged and answered with 503.
   *
   * @param key as the request carries it
   */
  @Nullable Account find(ApiKey key);

  /**
   * {@return this directory behind a bounded cache, which throws {@link IllegalStateException} for
   * keys beyond what is asked for in one second}
   *
   * @param known how long an account is remembered, so how late a change may be seen; zero asks for
   *     every request
   * @param unknown how long an unknown key is remembered
   * @param clock measures both
   */
  default AccountDirectory cached(Duration known, Duration unknown, InstantSource clock) {
    return new CachingDirectory(this, known, unknown, clock);
  }
}
