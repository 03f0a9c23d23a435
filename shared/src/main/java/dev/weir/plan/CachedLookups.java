package dev.weir.plan;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.weir.key.ApiKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Asks once for what was asked a moment ago, so that neither a busy key nor a caller who tries
 * unknown ones costs a call each. Bounded: the least useful entry makes room.
 *
 * <p>Whoever invents a new key each time is not helped by memory. So of the keys that were not
 * known before, only so many a second are asked for, and at a time, so that a slow directory does
 * not hold all threads of a server for them; the others fail, and are told to come back. A key that
 * was known within the last hour is not held up by that.
 *
 * <p>A failed call is not remembered, nor is one that began before its key was forgotten.
 *
 * @param <V> what is known of a key
 */
public final class CachedLookups<V> {

  /**
   * What is asked where nothing is remembered.
   *
   * @param <V> what is known of a key
   */
  @FunctionalInterface
  public interface Source<V> {

    /**
     * {@return what is known of a key, or null if nothing is}
     *
     * @param key as the request carries it
     */
    @Nullable V find(ApiKey key);
  }

  private static final long MAX_KEYS = 100_000;

  /**
   * More than may be looked up at a time, since those that turn out to be known count meanwhile.
   */
  private static final int MAX_STRANGERS_PER_SECOND = 1_000;

  /** Less than servers have request threads: the rest is for those who are known. */
  private static final int MAX_STRANGERS_AT_ONCE = 64;

  private static final Duration REGULAR = Duration.ofHours(1);

  private final Source<V> source;
  private final boolean remembersKnown;
  private final InstantSource clock;

  /**
   * By SHA-256, as below: what callers make up takes little room, cannot be chosen to collide, and
   * is no secret.
   */
  private final AsyncCache<String, Optional<V>> answers;

  /** Keys that were known when last asked for. */
  private final Cache<String, Boolean> regulars;

  /** Held while a key that was not known before is looked up, or that look-up is waited for. */
  private final Semaphore strangersAtOnce = new Semaphore(MAX_STRANGERS_AT_ONCE);

  /** Counts how often something was forgotten. */
  private final AtomicLong forgotten = new AtomicLong();

  /** The second that {@link #strangers} counts. Both guarded by this. */
  private long second;

  private int strangers;

  /** What {@link Expiry#writing} makes, which applications with Caffeine 3.1 do not have. */
  private record Memory<V>(Duration known, Duration unknown)
      implements Expiry<String, Optional<V>> {
    @Override
    public long expireAfterCreate(String key, Optional<V> answer, long now) {
      return TimeUnit.NANOSECONDS.convert(answer.isPresent() ? known : unknown);
    }

    @Override
    public long expireAfterUpdate(String key, Optional<V> answer, long now, long left) {
      return expireAfterCreate(key, answer, now);
    }

    @Override
    public long expireAfterRead(String key, Optional<V> answer, long now, long left) {
      return left;
    }
  }

  /**
   * Remembers what a source answers.
   *
   * @param source asked for keys that are not remembered
   * @param known how long what is known is remembered; zero asks each time
   * @param unknown how long it is remembered that nothing is
   * @param clock measures both
   */
  public CachedLookups(Source<V> source, Duration known, Duration unknown, InstantSource clock) {
    this.source = source;
    this.remembersKnown = !known.isZero();
    this.clock = clock;
    this.answers =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEYS)
            .executor(Runnable::run)
            .ticker(() -> clock.millis() * 1_000_000)
            .expireAfter(new Memory<V>(known, unknown))
            .buildAsync();
    this.regulars =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEYS)
            .executor(Runnable::run)
            .ticker(() -> clock.millis() * 1_000_000)
            .expireAfterAccess(REGULAR)
            .build();
  }

  /**
   * {@return what is known of a key, or null if nothing is}
   *
   * @param key as the request carries it
   * @throws IllegalStateException if too many keys are asked for that were not known before
   */
  public @Nullable V find(ApiKey key) {
    String digest = key.sha256();
    Optional<V> known = answers.synchronous().getIfPresent(digest);
    if (known != null) {
      return known.orElse(null);
    }
    if (regulars.getIfPresent(digest) != null) {
      return ask(key, digest, false);
    }
    if (!strangersAtOnce.tryAcquire()) {
      throw new IllegalStateException(
          "%d keys that were not known before are being looked up; others are not asked for"
              .formatted(MAX_STRANGERS_AT_ONCE));
    }
    try {
      return ask(key, digest, true);
    } finally {
      strangersAtOnce.release();
    }
  }

  /**
   * {@return what is known of a key that nobody made up, however many others are asked for}
   *
   * @param key as the request carries it
   */
  public @Nullable V findGenuine(ApiKey key) {
    Optional<V> known = answers.synchronous().getIfPresent(key.sha256());
    return known == null ? ask(key, key.sha256(), false) : known.orElse(null);
  }

  /**
   * Takes a key for one that nobody made up: another source knows it.
   *
   * @param key as the request carries it
   */
  public void vouch(ApiKey key) {
    if (regulars.getIfPresent(key.sha256()) == null) {
      regulars.put(key.sha256(), true);
      discountStranger();
    }
  }

  /**
   * Forgets what is known of a key: who asks from now on gets an answer of the source's.
   *
   * @param digest the SHA-256 of the key
   */
  public void forget(String digest) {
    forgotten.incrementAndGet();
    answers.synchronous().invalidate(digest);
  }

  /** Forgets what is known of every key. */
  public void forgetAll() {
    forgotten.incrementAndGet();
    answers.synchronous().invalidateAll();
  }

  private @Nullable V ask(ApiKey key, String digest, boolean stranger) {
    // no call is shared where nothing is remembered: one that began before a change must not
    // answer a request after it
    return remembersKnown ? askOnce(key, digest, stranger) : askNow(key, digest, stranger);
  }

  /**
   * Shares the call of whoever is asking for the same key already. Where the key is forgotten
   * meanwhile, the call is no longer in the cache, and its answer does not get there.
   */
  private @Nullable V askOnce(ApiKey key, String digest, boolean stranger) {
    CompletableFuture<Optional<V>> mine = new CompletableFuture<>();
    CompletableFuture<Optional<V>> first = answers.get(digest, (same, executor) -> mine);
    try {
      if (first == mine) {
        mine.complete(Optional.ofNullable(askNow(key, digest, stranger)));
      }
      return first.join().orElse(null);
    } catch (CancellationException failed) {
      throw new IllegalStateException("the directory failed, asked by another request", failed);
    } finally {
      mine.cancel(false); // unless it has its answer. Any other failure, the cache would log
    }
  }

  private @Nullable V askNow(ApiKey key, String digest, boolean stranger) {
    if (stranger) {
      countStranger();
    }
    long before = forgotten.get();
    V found = source.find(key);
    if (found == null) {
      regulars.invalidate(digest);
      if (!remembersKnown) {
        rememberUnknown(digest, before);
      }
    } else if (stranger) {
      regulars.put(digest, true);
      discountStranger();
    }
    return found;
  }

  /** Unless something was forgotten meanwhile: in one step, so that forgetting comes after it. */
  private void rememberUnknown(String digest, long before) {
    answers
        .asMap()
        .compute(
            digest,
            (same, present) ->
                forgotten.get() == before
                    ? CompletableFuture.completedFuture(Optional.empty())
                    : present);
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
