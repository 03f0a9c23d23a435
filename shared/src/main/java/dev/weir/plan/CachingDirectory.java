package dev.weir.plan;

import dev.weir.key.ApiKey;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** A directory behind {@link CachedLookups}. */
final class CachingDirectory implements AccountDirectory {

  private final CachedLookups<Account> accounts;

  CachingDirectory(
      AccountDirectory directory, Duration known, Duration unknown, InstantSource clock) {
    this.accounts = new CachedLookups<>(directory::find, known, unknown, clock);
  }

  @Override
  public @Nullable Account find(ApiKey key) {
    return accounts.find(key);
  }
}
