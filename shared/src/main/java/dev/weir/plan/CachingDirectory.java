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
 * <p>Whoever invents a new key each time is not helped by memory. So of the keys that were not
 * known before, only so many a second are asked for; the others fail, and are told to come back. A
 * key that was known within the last hour is not held up by that.
 *
 * <p>A failed call is not remembered.
 */
final class CachingDirectory implements AccountDirectory {

  private static final long MAX_KEYS = 100_000;

  /** More than servers have request threads: new keys that are being looked up count as well. */
  private static final int MAX_STRANGERS_PER_SECOND = 1_000;

  private static final Duration REGULAR = Duration.ofHours(1);

  private final AccountDirectory directory;
  private final boolean remembersKnown;
  private final InstantSource clock;

  /**
   * By SHA-256, as below: what callers make up takes little room, cannot be chosen to collide, and
   * is no secret.
   */
  private final Cache<String, Optional<Account>> answers;

  /** Keys that were known when last asked for. */
  private final Cache<String, Boolean> regulars;

  /** The second that {@link #strangers} counts. Both guarded by this. */
  private long second;

  private int strangers;

  CachingDirectory(
      AccountDirectory directory, Duration known, Duration unknown, InstantSource clock) {
    this.directory = directory;
    this.remembersKnown = !known.isZero();
    this.clock = clock;
    this.answers =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEYS)
            .executor(Runnable::run)
            .ticker(() -> clock.millis() * 1_000_000)
            .expireAfter(
                Expiry.<String, Optional<Account>>writing(
                    (key, answer) -> answer.isPresent() ? known : unknown))
            .build();
    this.regulars =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEYS)
            .executor(Runnable::run)
            .ticker(() -> clock.millis() * 1_000_000)
            .expireAfterAccess(REGULAR)
            .build();
  }

  @Override
  public @Nullable Account find(ApiKey key) {
    String digest = key.sha256();
    if (remembersKnown) {
      return answers.get(digest, asked -> Optional.ofNullable(ask(key, asked))).orElse(null);
    }
    // no call is shared either: one that began before a change must not answer a request after it
    if (answers.getIfPresent(digest) != null) {
      return null;
    }
    Account account = ask(key, digest);
    if (account == null) {
      answers.put(digest, Optional.empty());
    }
    return account;
  }

  private @Nullable Account ask(ApiKey key, String digest) {
    boolean stranger = regulars.getIfPresent(digest) == null;
    if (stranger) {
      countStranger();
    }
    Account account = directory.find(key);
    if (account == null) {
      regulars.invalidate(digest);
    } else if (stranger) {
      regulars.put(digest, true);
      discountStranger();
    }
    return account;
  }

  private synchronized void countStranger() {
    long now = Math.floorDiv(clock.millis(), 1_000L);
    if (now != second) {
      second = now;
      strangers = 0;
    }
    if (strangers == MAX_STRANGERS_PER_SECOND) {
      throw new IllegalStateException(
          "more than %d keys a second are tried that were not known before; the others are not asked for"
              .formatted(MAX_STRANGERS_PER_SECOND));
    }
    strangers++;
  }

  /** The second may be another one by now, which then lets one more through. */
  private synchronized void discountStranger() {
    strangers = Math.max(0, strangers - 1);
  }
}
