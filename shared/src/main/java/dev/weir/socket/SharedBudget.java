package dev.weir.socket;

import dev.weir.plan.Policy;
import dev.weir.plan.SocketPolicy;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all sockets of one caller on this node draw on. Messages take their permits from slices that
 * this node has asked for ahead of them; only the first ones of a window may come before the
 * answer. Used by many threads.
 */
final class SharedBudget {

  /** What a budget needs of its node. */
  interface Node {

    /** Returns nanoseconds of a clock that never steps back. */
    long nanoTime();

    /** Asks the cluster, waiting no longer than a request does. */
    Consumption consume(PartitionKey key, Policy policy);

    /** Has a thread run this soon, which may wait for the cluster. */
    void run(Runnable task);

    /** Has a thread run this soon, which may take as long as the application does. */
    void deliver(Runnable task);

    /** Has this run as {@link #run} does, after that time. */
    void runIn(Runnable task, long delay, TimeUnit unit);
  }

  private static final Logger log = LoggerFactory.getLogger(SharedBudget.class);

  private static final AtomicBoolean TOLD = new AtomicBoolean();

  /** After such a time it is asked anew what the account entitles to. */
  private static final long REVIEW_NANOS = 1_000_000_000;

  private final PartitionKey key;
  private final Supplier<@Nullable SocketPolicy> policies;
  private final Node node;

  private SocketPolicy policy;
  private final Purse messages;
  private final Purse bytes;
  private long reviewedNanos;
  private boolean reviewing;
  private boolean revoked;

  /** Whether anything was taken since a new window was last awaited, and whether one is. */
  private boolean active;

  private boolean awaiting;

  private final List<Runnable> waiting = new ArrayList<>();

  /**
   * Creates a budget.
   *
   * @param policies what the caller is entitled to right now: {@link Sockets.Sender#NOTHING} once
   *     the key is good for nothing, or null if nobody can tell; may take its time
   */
  SharedBudget(
      PartitionKey key, SocketPolicy policy, Supplier<@Nullable SocketPolicy> policies, Node node) {
    this.key = key;
    this.policy = policy;
    this.policies = policies;
    this.node = node;
    this.messages = new Purse(policy.messages(), policy.onFailure());
    this.bytes = new Purse(policy.bytes(), policy.onFailure());
    this.reviewedNanos = node.nanoTime();
  }

  /**
   * Takes what a message needs, or nothing.
   *
   * @return 0 if it was there, or in how many nanoseconds it may be, or {@link Purse#UNKNOWN}: then
   *     the cluster is being asked
   */
  synchronized long take(long size) {
    long now = node.nanoTime();
    review(now);
    long forMessages = messages.waitFor(1, now);
    long forBytes = bytes.waitFor(size, now);
    if (forMessages > 0 || forBytes > 0) {
      return Math.max(forMessages, forBytes);
    }
    if (forMessages == Purse.UNKNOWN) {
      ask(messages, 1);
    }
    if (forBytes == Purse.UNKNOWN) {
      ask(bytes, size);
    }
    if (forMessages == Purse.UNKNOWN || forBytes == Purse.UNKNOWN) {
      return Purse.UNKNOWN;
    }
    messages.take(1);
    bytes.take(size);
    active = true;
    prepare(messages, now);
    prepare(bytes, now);
    return 0;
  }

  /** Asks for the first permits, so that the first message need not wait for them. */
  synchronized void warmUp() {
    long now = node.nanoTime();
    warmUp(messages, now);
    warmUp(bytes, now);
  }

  private void warmUp(Purse purse, long now) {
    if (purse.waitFor(1, now) == Purse.UNKNOWN) {
      ask(purse, 1);
    }
  }

  /** Has this called when the cluster has answered what it is being asked. */
  synchronized void whenKnown(Runnable task) {
    if (messages.asking || bytes.asking) {
      waiting.add(task);
    } else {
      node.run(task); // the answer has come meanwhile
    }
  }

  /** Has it looked up soon what the caller is entitled to, if that is due. */
  synchronized void reviewWhenDue() {
    review(node.nanoTime());
  }

  /** Returns whether the key is known to be good for nothing any more. */
  synchronized boolean isRevoked() {
    return revoked;
  }

  synchronized boolean isDryRun() {
    return policy.dryRun();
  }

  synchronized long mostBytes() {
    return bytes.isEndless() ? Long.MAX_VALUE : bytes.capacity();
  }

  /** Returns how long the longest window is. */
  synchronized long periodNanos() {
    return Math.max(messages.periodNanos(), bytes.periodNanos());
  }

  private void prepare(Purse purse, long now) {
    if (purse.isLow(now)) {
      ask(purse, 1);
    }
    if (!awaiting && !purse.isEndless()) {
      awaiting = true;
      // by then the window is over by the owner's clock as well
      long end = Math.max(0, purse.turn() - now) + 2_000_000;
      node.runIn(this::turn, end, TimeUnit.NANOSECONDS);
    }
  }

  /** A window is over: who has sent in it will send in the next. */
  private synchronized void turn() {
    awaiting = false;
    if (active) {
      active = false;
      warmUp();
    }
  }

  private void ask(Purse purse, long permits) {
    if (!purse.asking) {
      purse.asking = true;
      node.run(() -> fetch(purse, permits));
    }
  }

  /** Asks until it is known whether so many permits can be had. */
  private void fetch(Purse purse, long permits) {
    boolean late = false;
    try {
      for (boolean known = false; !known && !late; ) {
        Policy request;
        synchronized (this) {
          if (purse.isEndless()) {
            return;
          }
          request = purse.request(permits);
        }
        long asked = node.nanoTime();
        Consumption answer = consume(request);
        synchronized (this) {
          long now = node.nanoTime();
          late = purse.asksFor(request) && !purse.answered(request, answer, asked, now);
          known = purse.waitFor(permits, now) != Purse.UNKNOWN;
        }
      }
    } finally {
      if (late) { // a window is just about to end
        node.runIn(() -> fetch(purse, permits), 1, TimeUnit.MILLISECONDS);
      } else {
        landed(purse);
      }
    }
  }

  /** A store that fails, though it should not, has given no answer. */
  private Consumption consume(Policy request) {
    try {
      return node.consume(key, request);
    } catch (RuntimeException fault) {
      if (TOLD.compareAndSet(false, true)) {
        log.error("The quota store failed over messages of a WebSocket; told once", fault);
      }
      return Consumption.UNDECIDED;
    }
  }

  private void landed(Purse purse) {
    List<Runnable> told;
    synchronized (this) {
      purse.asking = false;
      told = List.copyOf(waiting);
      waiting.clear();
    }
    told.forEach(Runnable::run);
  }

  private void review(long now) {
    if (!reviewing && now - reviewedNanos >= REVIEW_NANOS) {
      reviewing = true;
      node.run(this::review);
    }
  }

  private void review() {
    SocketPolicy current = null;
    try {
      current = policies.get();
    } finally {
      synchronized (this) {
        reviewing = false;
        reviewedNanos = node.nanoTime();
        revoked = isNothing(current);
        if (current != null && !revoked) {
          policy = current;
          messages.change(current.messages(), current.onFailure());
          bytes.change(current.bytes(), current.onFailure());
        }
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // a plan may say the same as this one
  private static boolean isNothing(@Nullable SocketPolicy policy) {
    return policy == Sockets.Sender.NOTHING;
  }
}
