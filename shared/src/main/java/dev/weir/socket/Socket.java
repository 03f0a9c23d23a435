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

    /** Sends a text message when none of the application's is being sent; waits for nobody. */
    void send(String text);

    /** Closes the socket for a violation of policy (1008, RFC 6455 section 7.4.1). */
    void close(String reason);
  }

  /** A message on its way to the application. */
  @FunctionalInterface
  public interface Message {

    /** Gives the message to the application. */
    void deliver();

    /** Lets the message go: the application does not get it. */
    default void drop() {}

    /** Returns the same message, good after the call that brought it is over. */
    default Message kept() {
      return this;
    }
  }

  private static final String REASON = "Rate limit exceeded.";
  private static final int MOST_HELD = 64;
  private static final long MOST_HELD_BYTES = 1_048_576;

  private record Held(Message message, long size) {}

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
  private boolean draining;
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

  /** Returns what becomes of messages over budget. */
  public Excess excess() {
    return rules.excess();
  }

  /** Returns how many bytes a text message counts as. */
  public long sizeOf(String text) {
    return mostBytes() == Long.MAX_VALUE ? 0 : rules.bytesOf(text);
  }

  /**
   * Returns how many bytes a message may have that ever fits; {@link Long#MAX_VALUE} if bytes are
   * not counted.
   */
  public long mostBytes() {
    return budget.mostBytes();
  }

  /**
   * Takes a message in. Called for one message after the other.
   *
   * @param size how many bytes it counts as
   */
  public void receive(long size, Message message) {
    long wait;
    synchronized (this) {
      if (closed) {
        message.drop();
        return;
      }
      if (draining || !held.isEmpty()) {
        hold(size, message);
        return;
      }
      wait = budget.take(size);
      if (wait == Purse.UNKNOWN) {
        hold(size, message);
        budget.whenKnown(this::wake);
        return;
      }
    }
    settle(message, wait);
  }

  private void hold(long size, Message message) {
    held.add(new Held(message.kept(), size));
    heldBytes += footprint(size);
    boolean interrupted = false;
    while (!closed && (held.size() > MOST_HELD || heldBytes > MOST_HELD_BYTES) && held.size() > 1) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One that never fits counts as more than may be held, and as no more. */
  private static long footprint(long size) {
    return Math.min(size, MOST_HELD_BYTES + 1);
  }

  private void wake() {
    node.deliver(this::drain);
  }

  /** Delivers what was held, as far as it is known what becomes of it. */
  private void drain() {
    synchronized (this) {
      if (draining) {
        return;
      }
      draining = true;
    }
    while (true) {
      Message message;
      long wait;
      synchronized (this) {
        Held next = closed ? null : held.peek();
        wait = next == null ? 0 : budget.take(next.size);
        if (next == null || wait == Purse.UNKNOWN) {
          draining = false;
          if (next != null) {
            budget.whenKnown(this::wake);
          }
          return;
        }
        held.remove();
        heldBytes -= footprint(next.size);
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
            draining = false;
          }
          wake();
        }
      }
    }
  }

  private void settle(Message message, long wait) {
    if (wait == 0 || budget.isDryRun()) {
      message.deliver();
      return;
    }
    if (rules.excess() == Excess.CLOSE) {
      shut();
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
      shut();
      return false;
    }
    if (tell) {
      peer.send(rules.frame(wait));
    }
    return true;
  }

  private void shut() {
    close();
    peer.close(REASON);
  }

  /** Keeps the session that this socket uses, once in a while. */
  void keepSession() {
    if (session != null) {
      session.stillUsed();
    }
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
      left = List.copyOf(held);
      held.clear();
      notifyAll();
    }
    left.forEach(each -> each.message.drop());
    keepSession();
    onClose.run();
  }
}
