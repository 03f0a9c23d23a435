package dev.weir.websocket;

import jakarta.websocket.EncodeException;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes out over one socket: Weir's own text messages go between those of the application,
 * never into one, and never at the same time, which containers do not bear. Of those of Weir that
 * wait only the last one is sent.
 */
final class Outbound {

  private static final Logger log = LoggerFactory.getLogger(Outbound.class);

  /** How long the application waits for Weir's own message to be sent, before it gives up. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** So many messages wait for Weir's own at most. */
  private static final int MOST_DEFERRED = 1_000;

  private final Session session;

  /** How many of the application's messages are under way. Guarded by this, as is all below. */
  private int sending;

  /** Whether the application has sent a part of a message and not yet the last one. */
  private boolean inMessage;

  /** Whether one of Weir's messages is under way, and since when. */
  private boolean own;

  private long ownSince;
  private @Nullable String waiting;

  /** What the application wants to send without waiting, while Weir's message is under way. */
  private final Deque<Runnable> deferred = new ArrayDeque<>();

  Outbound(Session session) {
    this.session = session;
  }

  /** Sends a text message of Weir's as soon as none of the application's is being sent. */
  void offer(String text) {
    synchronized (this) {
      waiting = text;
    }
    sendOwn();
  }

  private void sendOwn() {
    String text;
    synchronized (this) {
      text = waiting;
      if (text == null || own || sending > 0 || inMessage || !session.isOpen()) {
        return;
      }
      waiting = null;
      own = true;
      ownSince = System.nanoTime();
    }
    try {
      session.getAsyncRemote().sendText(text, result -> sentOwn());
    } catch (RuntimeException closing) {
      sentOwn();
    }
  }

  /** Lets the others go on: those that wait first, in their order. */
  private void sentOwn() {
    while (true) {
      Runnable next;
      synchronized (this) {
        next = deferred.poll();
        if (next == null) {
          own = false;
          notifyAll();
          break;
        }
        sending++;
      }
      try {
        next.run();
      } catch (RuntimeException fault) {
        log.error("A handler of what became of a message failed", fault);
      }
    }
    sendOwn();
  }

  private synchronized void begin() throws IOException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (own) {
        long left = until - System.nanoTime();
        if (left <= 0) {
          throw notRead();
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while another message was being sent");
    }
    sending++;
  }

  private static IOException notRead() {
    return new IOException("the client has not read for " + PATIENCE);
  }

  private void end() {
    synchronized (this) {
      sending--;
    }
    sendOwn();
  }

  /**
   * Begins a message without waiting, unless Weir's own is under way.
   *
   * @param later what to do after that
   * @return whether it has begun
   * @throws IOException if that has been under way for long, or very many messages wait for it
   */
  private synchronized boolean begin(Runnable later) throws IOException {
    if (!own) {
      sending++;
      return true;
    }
    if (deferred.size() >= MOST_DEFERRED || System.nanoTime() - ownSince >= PATIENCE.toNanos()) {
      throw notRead();
    }
    deferred.add(later);
    return false;
  }

  RemoteEndpoint.Basic basic(RemoteEndpoint.Basic remote) {
    return new Basic(remote);
  }

  RemoteEndpoint.Async async(RemoteEndpoint.Async remote) {
    return new Async(remote);
  }

  /** What both ways to send have in common. */
  private static class Common implements RemoteEndpoint {

    private final RemoteEndpoint remote;

    Common(RemoteEndpoint remote) {
      this.remote = remote;
    }

    @Override
    public void setBatchingAllowed(boolean allowed) throws IOException {
      remote.setBatchingAllowed(allowed);
    }

    @Override
    public boolean getBatchingAllowed() {
      return remote.getBatchingAllowed();
    }

    @Override
    public void flushBatch() throws IOException {
      remote.flushBatch();
    }

    @Override
    public void sendPing(ByteBuffer data) throws IOException {
      remote.sendPing(data);
    }

    @Override
    public void sendPong(ByteBuffer data) throws IOException {
      remote.sendPong(data);
    }
  }

  private final class Basic extends Common implements RemoteEndpoint.Basic {

    private final RemoteEndpoint.Basic remote;

    Basic(RemoteEndpoint.Basic remote) {
      super(remote);
      this.remote = remote;
    }

    @Override
    public void sendText(String text) throws IOException {
      send(() -> remote.sendText(text));
    }

    @Override
    public void sendText(String part, boolean last) throws IOException {
      send(
          () -> {
            remote.sendText(part, last);
            setInMessage(!last);
          });
    }

    @Override
    public void sendBinary(ByteBuffer data) throws IOException {
      send(() -> remote.sendBinary(data));
    }

    @Override
    public void sendBinary(ByteBuffer part, boolean last) throws IOException {
      send(
          () -> {
            remote.sendBinary(part, last);
            setInMessage(!last);
          });
    }

    private void send(Sending sending) throws IOException {
      begin();
      try {
        sending.send();
      } finally {
        end();
      }
    }

    @Override
    public OutputStream getSendStream() throws IOException {
      return open(
          end ->
              new FilterOutputStream(remote.getSendStream()) {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                  out.write(bytes, offset, length);
                }

                @Override
                public void close() throws IOException {
                  closeThen(end, out);
                }
              });
    }

    @Override
    public Writer getSendWriter() throws IOException {
      return open(
          end ->
              new FilterWriter(remote.getSendWriter()) {
                @Override
                public void close() throws IOException {
                  closeThen(end, out);
                }
              });
    }

    /** Begins a message that ends when what it is written to is closed. */
    private <T> T open(Opening<T> opening) throws IOException {
      begin();
      AtomicBoolean over = new AtomicBoolean();
      Runnable end =
          () -> {
            if (over.compareAndSet(false, true)) {
              end();
            }
          };
      try {
        return opening.open(end);
      } catch (IOException | RuntimeException fault) {
        end.run();
        throw fault;
      }
    }

    private static void closeThen(Runnable end, Closeable out) throws IOException {
      try {
        out.close();
      } finally {
        end.run();
      }
    }

    @Override
    public void sendObject(Object data) throws IOException, EncodeException {
      begin();
      try {
        remote.sendObject(data);
      } finally {
        end();
      }
    }
  }

  @FunctionalInterface
  private interface Sending {
    void send() throws IOException;
  }

  /** Opens what a message is written to, which runs {@code end} when it is closed. */
  @FunctionalInterface
  private interface Opening<T> {
    T open(Runnable end) throws IOException;
  }

  private synchronized void setInMessage(boolean now) {
    inMessage = now;
  }

  private final class Async extends Common implements RemoteEndpoint.Async {

    private final RemoteEndpoint.Async remote;

    Async(RemoteEndpoint.Async remote) {
      super(remote);
      this.remote = remote;
    }

    @Override
    public long getSendTimeout() {
      return remote.getSendTimeout();
    }

    @Override
    public void setSendTimeout(long timeout) {
      remote.setSendTimeout(timeout);
    }

    @Override
    public void sendText(String text, SendHandler handler) {
      send(handler, tracked -> remote.sendText(text, tracked));
    }

    @Override
    public void sendBinary(ByteBuffer data, SendHandler handler) {
      send(handler, tracked -> remote.sendBinary(data, tracked));
    }

    @Override
    public void sendObject(Object data, SendHandler handler) {
      send(handler, tracked -> remote.sendObject(data, tracked));
    }

    @Override
    public Future<Void> sendText(String text) {
      return future(tracked -> remote.sendText(text, tracked));
    }

    @Override
    public Future<Void> sendBinary(ByteBuffer data) {
      return future(tracked -> remote.sendBinary(data, tracked));
    }

    @Override
    public Future<Void> sendObject(Object data) {
      return future(tracked -> remote.sendObject(data, tracked));
    }

    private Future<Void> future(Consumer<SendHandler> send) {
      CompletableFuture<Void> sent = new CompletableFuture<>();
      send(
          result -> {
            if (result.isOK()) {
              sent.complete(null);
            } else {
              sent.completeExceptionally(result.getException());
            }
          },
          send);
      return sent;
    }

    private void send(SendHandler handler, Consumer<SendHandler> send) {
      SendHandler over =
          result -> {
            end();
            handler.onResult(result);
          };
      try {
        if (begin(() -> sendLater(over, send))) {
          sendNow(over, send);
        }
      } catch (IOException notRead) {
        handler.onResult(new SendResult(notRead));
      }
    }

    private void sendNow(SendHandler over, Consumer<SendHandler> send) {
      try {
        send.accept(over);
      } catch (RuntimeException fault) {
        end();
        throw fault;
      }
    }

    /** Nobody is there any more to whom an exception could be thrown. */
    private void sendLater(SendHandler over, Consumer<SendHandler> send) {
      try {
        send.accept(over);
      } catch (RuntimeException fault) {
        over.onResult(new SendResult(fault));
      }
    }
  }
}
