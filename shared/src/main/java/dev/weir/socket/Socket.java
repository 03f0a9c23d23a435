package dev.weir.socket;

import dev.weir.session.SessionUse;
import dev.weir.socket.SocketRules.Excess;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket: lets its messages through to the application while there is room for them, and
 * tells its client to slow down when there is none (contract K11), once in a pause.
 *
 * <p>Messages that come before it is known whether there is room, at the beginning of a window, are
 * held for a moment, and those that follow them behind them, in order. They do not keep the thread
 * that brings them, unless there are too many: the client is then read no further.
 */
public final class Socket implements AutoCloseable {

  /** The container's side of a socket. */
  public interface Peer {

    /**
     * Sends a text message when none of the application's is being sent; waits for nobody.
     *
     * @param text the message
     */
    void send(String text);

    /**
     * Closes the socket for a violation of policy (1008, RFC 6455 section 7.4.1).
     *
     * @param reason told to the client
     */
    void close(String reason);
  }

  /** A message on its way to the application. */
  @FunctionalInterface
  public interface Message {

    /** Gives the message to the application. */
    void deliver();

    /** Lets the message go: the application does not get it. */
    default void drop() {}

    /** {@return how many bytes of memory it takes while it is held} */
    default long memory() {
      return 0;
    }
  }

  private static final String EXCEEDED = "Rate limit exceeded.";
  private static final String REVOKED = "The API key is no longer valid.";
  private static final int MOST_HELD = 64;
  private static final long MOST_HELD_BYTES = 1_048_576;

  /** Of a message that costs nothing. */
  private static final long FREE = -1;

  private record Held(Message message, long size, long memory) {}

  private final SharedBudget budget;
  private final SocketRules rules;
  private final SharedBudget.Node node;
  private final Peer peer;
  private final Runnable onClose;
  private final @Nullable SessionUse session;
  private final long patienceNanos;

  /** What is not decided yet, and what came after it. Guarded by this, as is all that follows. */
  private final Deque<Held> held = new ArrayDeque<>();

  private long heldBytes;

  /** The thread that delivers what was held. */
  private @Nullable Thread drainer;

  /** Whether the client is gone, so that nothing more comes in; what comes behind what is held. */
  private boolean ended;

  private @Nullable Runnable behind;
  private boolean closed;

  /** Whether the client was told to slow down, until when it should, and whether it did not. */
  private boolean paused;

  private long pauseEnds;
  private boolean ignored;

  /** Since when the client has gone on sending in each pause; of no meaning unless ignoring. */
  private boolean ignoring;

  private long ignoringSince;

  Socket(
      SharedBudget budget,
      SocketRules rules,
      SharedBudget.Node node,
      @Nullable SessionUse session,
      Peer peer,
      Runnable onClose) {
    this.budget = budget;
    this.rules = rules;
    this.node = node;
    this.session = session;
    this.peer = peer;
    this.onClose = onClose;
    this.patienceNanos = rules.patience().toNanos();
  }

  /** {@return what becomes of messages over budget} */
  public Excess excess() {
    return rules.excess();
  }

  /**
   * {@return how many bytes a text message counts as}
   *
   * @param text the message
   */
  public long sizeOf(String text) {
    return mostBytes() == Long.MAX_VALUE ? 0 : rules.bytesOf(text);
  }

  /**
   * {@return how many bytes a message may have that ever fits; {@link Long#MAX_VALUE} if bytes are
   * not counted}
   */
  public long mostBytes() {
    return budget.mostBytes();
  }

  /**
   * Takes a message in. Called for one message after the other.
   *
   * @param size how many bytes it counts as
   * @param message what the client has sent
   */
  public void receive(long size, Message message) {
    long wait;
    synchronized (this) {
      if (ended) {
        message.drop();
        return;
      }
      if (drainer != null || !held.isEmpty()) {
        hold(size, message);
        return;
      }
      wait = take(size);
      if (wait == Purse.UNKNOWN) {
        hold(size, message);
        budget.whenKnown(this::wake);
        return;
      }
    }
    settle(message, wait);
  }

  /**
   * Takes a message in that costs nothing, but keeps its place.
   *
   * @param message what the client has sent
   */
  public void receiveFree(Message message) {
    receive(FREE, message);
  }

  private long take(long size) {
    return size == FREE ? 0 : budget.take(size);
  }

  private void hold(long size, Message message) {
    long memory = message.memory();
    held.add(new Held(message, size, memory));
    heldBytes += memory;
    try {
      while (!closed
          && drainer != Thread.currentThread()
          && (held.size() > MOST_HELD || heldBytes > MOST_HELD_BYTES)
          && held.size() > 1) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void wake() {
    node.deliver(this::drain);
  }

  /** Delivers what was held, as far as it is known what becomes of it. */
  private void drain() {
    synchronized (this) {
      if (drainer != null) {
        return;
      }
      drainer = Thread.currentThread();
    }
    while (true) {
      Message message;
      long wait;
      synchronized (this) {
        Held next = held.peek();
        wait = next == null ? 0 : take(next.size);
        if (wait == Purse.UNKNOWN) {
          drainer = null;
          budget.whenKnown(this::wake);
          return;
        }
        if (next == null) {
          drainer = null;
          break;
        }
        held.remove();
        heldBytes -= next.memory;
        notifyAll();
        message = next.message;
      }
      boolean settled = false;
      try {
        settle(message, wait);
        settled = true;
      } finally {
        if (!settled) { // nothing of a peer should throw; the others go on nevertheless
          synchronized (this) {
            drainer = null;
          }
          wake();
        }
      }
    }
    finish();
  }

  /** Once the client is gone and what was held is delivered, says so. */
  private void finish() {
    Runnable last;
    synchronized (this) {
      if (drainer != null || !held.isEmpty()) {
        return;
      }
      last = behind;
      behind = null;
    }
    if (last != null) {
      close();
      last.run();
    }
  }

  private void settle(Message message, long wait) {
    if (wait == 0 || budget.isDryRun()) {
      message.deliver();
      return;
    }
    if (rules.excess() == Excess.CLOSE) {
      shut(EXCEEDED);
    } else if (slowDown(wait) && rules.excess() == Excess.DELIVER) {
      message.deliver();
      return;
    }
    message.drop();
  }

  /** Returns whether the socket is open still. */
  private boolean slowDown(long wait) {
    boolean tell;
    boolean impatient;
    synchronized (this) {
      long now = node.nanoTime();
      tell = !paused || now - pauseEnds >= 0;
      if (tell) {
        // the last pause was kept, or a whole window went by without another
        if (!ignored || now - pauseEnds >= budget.periodNanos()) {
          ignoring = false;
        }
        paused = true;
        ignored = false;
        pauseEnds = now + wait;
      } else {
        ignored = true;
        if (!ignoring) {
          ignoring = true;
          ignoringSince = now;
        }
      }
      impatient = ignoring && now - ignoringSince >= patienceNanos;
    }
    if (impatient) {
      shut(EXCEEDED);
      return false;
    }
    if (tell) {
      peer.send(rules.frame(wait));
    }
    return true;
  }

  private void shut(String reason) {
    synchronized (this) {
      if (closed) {
        return;
      }
    }
    close();
    peer.close(reason);
  }

  /** Called once in a while: keeps the session that this socket uses, and sees to its key. */
  void watch() {
    keepSession();
    budget.reviewWhenDue();
    if (budget.isRevoked()) {
      node.deliver(() -> shut(REVOKED)); // the endpoint hears of it, and may take its time
    }
  }

  private void keepSession() {
    if (session != null) {
      session.stillUsed();
    }
  }

  /**
   * The client is gone: nothing more comes in. What it sent before and is still held is delivered.
   *
   * @param last runs once, behind all of that: at once, or on the thread that delivers
   */
  public void end(Runnable last) {
    synchronized (this) {
      ended = true;
      behind = last;
    }
    finish();
  }

  /** The connection is over: what is held is let go, and nothing more comes in. */
  @Override
  public void close() {
    List<Held> left;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      ended = true;
      left = List.copyOf(held);
      held.clear();
      notifyAll();
    }
    left.forEach(each -> each.message.drop());
    keepSession();
    onClose.run();
    finish();
  }
}
