package dev.weir.plan;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.weir.key.ApiKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks a directory once for what it asked a moment ago, so that neither a busy key nor a caller who
 * tries unknown ones costs a call each. Bounded: the least useful entry makes room.
 *
 * <p>A failed call is not remembered.
 */
final class CachingDirectory implements AccountDirectory {

  private static final long MAX_KEYS = 100_000;

  private final AccountDirectory directory;
  private final boolean remembersKnown;
  private final Cache<ApiKey, Optional<Account>> answers;

  CachingDirectory(
      AccountDirectory directory, Duration known, Duration unknown, InstantSource clock) {
    this.directory = directory;
    this.remembersKnown = !known.isZero();
    this.answers =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEYS)
            .ticker(() -> clock.millis() * 1_000_000)
            .expireAfter(
                Expiry.<ApiKey, Optional<Account>>writing(
                    (key, answer) -> answer.isPresent() ? known : unknown))
            .build();
  }

  @Override
  public @Nullable Account find(ApiKey key) {
    if (remembersKnown) {
      return answers.get(key, asked -> Optional.ofNullable(directory.find(asked))).orElse(null);
    }
    // no call is shared either: one that began before a change must not answer a request after it
    if (answers.getIfPresent(key) != null) {
      return null;
    }
    Account account = directory.find(key);
    if (account == null) {
      answers.put(key, Optional.empty());
    }
    return account;
  }
}
