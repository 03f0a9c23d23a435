package dev.weir.plan;

import dev.weir.key.ApiKey;
import org.jspecify.annotations.Nullable;

/**
 * Finds the account behind an API key: the extension point for an application's own customers. Set
 * in code, or found by {@link java.util.ServiceLoader} or CDI.
 *
 * <p>Called from many threads, once per request unless {@code directory.cache} is set; may block.
 * Keys it does not know are remembered for a short while ({@code directory.unknown-cache}).
 */
@FunctionalInterface
public interface AccountDirectory {

  /**
   * Returns the account, or null if the key is unknown or revoked (answered with 401). An exception,
   * or an account whose plan no configuration knows, is logged and answered with 503.
   */
  @Nullable Account find(ApiKey key);
}
