package dev.weir.session;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.weir.key.ApiKey;
import dev.weir.plan.SessionRules;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.SlotOrder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** What this node orders of the slots of sessions. Used by many threads. */
public final class Sessions {

  private static final long MAX_KEPT = 100_000;

  /**
   * A session that is used all the time is kept once in this part of the grace time, and for that
   * much longer.
   */
  private static final int KEEPS_PER_GRACE = 60;

  private record Session(PartitionKey key, long name) {}

  private final QuotaStore store;
  private final SessionRules rules;
  private final InstantSource clock;
  private final long graceMillis;
  private final long keepMillis;

  /** What was kept a moment ago. */
  private final Cache<Session, Boolean> kept;

  /**
   * Creates what orders slots in a store.
   *
   * @param store where slots are kept
   * @param rules for how long a session keeps its slot after its last use, and where ids stand
   * @param clock what tells the time
   */
  public Sessions(QuotaStore store, SessionRules rules, InstantSource clock) {
    this.store = store;
    this.rules = rules;
    this.clock = clock;
    this.graceMillis = rules.grace().toMillis();
    this.keepMillis = Math.max(1, graceMillis / KEEPS_PER_GRACE);
    this.kept =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEPT)
            .expireAfterWrite(Duration.ofMillis(keepMillis))
            .ticker(() -> clock.millis() * 1_000_000)
            .executor(Runnable::run)
            .build();
  }

  /**
   * {@return what takes a slot for a session that is about to be created, unless it has one}
   *
   * @param token names the reservation
   * @param id the session, or null if the application has not named it yet
   * @param limit how many there may be at once
   */
  public SlotOrder reservation(long token, @Nullable String id, long limit) {
    return SlotOrder.reserve(token, id == null ? 0 : name(id), limit, graceMillis);
  }

  /**
   * {@return what takes a slot for a session, unless it has one}
   *
   * @param id of the session
   * @param limit how many there may be at once
   */
  public SlotOrder opening(String id, long limit) {
    return SlotOrder.open(name(id), limit, graceMillis);
  }

  /** {@return a name for a reservation that no other has} */
  public long token() {
    return ThreadLocalRandom.current().nextLong();
  }

  /** Gives a slot to a session and waits for that, if there is time left to wait. */
  void bind(PartitionKey key, long token, String id, long spentNanos) {
    store.settle(key, SlotOrder.bind(token, name(id), graceMillis), spentNanos);
  }

  /** Frees a slot and waits for that, if there is time left to wait. */
  void release(PartitionKey key, long token, long spentNanos) {
    store.settle(key, SlotOrder.release(token), spentNanos);
  }

  /**
   * Keeps the slot of a session, if it has one, for the grace time from now.
   *
   * @param key whose session
   * @param id of the session
   */
  public void keep(PartitionKey key, String id) {
    Session session = new Session(key, name(id));
    if (kept.asMap().putIfAbsent(session, true) == null) {
      store.order(key, SlotOrder.keep(session.name, graceMillis + keepMillis));
    }
  }

  /**
   * Frees the slot of a session, if it has one, and waits for that, if there is time left to wait.
   *
   * @param key whose session
   * @param id of the session
   * @param spentNanos how long the request has waited for the cluster already
   */
  public void end(PartitionKey key, String id, long spentNanos) {
    store.settle(key, SlotOrder.end(name(id)), spentNanos);
  }

  long millis() {
    return clock.millis();
  }

  /** Returns whether it is worth while to keep once more what was kept then. */
  boolean isDue(long keptMillis) {
    return clock.millis() - keptMillis >= keepMillis;
  }

  /** Returns the id of the session that a {@code Location} leads to, or null. */
  @Nullable String idIn(String location) {
    return rules.idIn(location);
  }

  /**
   * Returns what an id is remembered as: 64 bits of its SHA-256. Two ids of one customer that have
   * these in common are one session; who looks for such a pair has to try billions of ids.
   */
  private static long name(String id) {
    return ByteBuffer.wrap(ApiKey.sha256(id)).getLong();
  }
}
