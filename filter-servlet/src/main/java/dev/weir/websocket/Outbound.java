package dev.weir.websocket;

import jakarta.websocket.EncodeException;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.Session;
import java.io.FilterOutputStream;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What goes out over one socket: Weir's own text messages go between those of the application,
 * never into one, and never at the same time, which containers do not bear. Of those of Weir that
 * wait only the last one is sent.
 */
final class Outbound {

  /** How long the application waits for Weir's own message to be sent, before it gives up. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Session session;

  /** How many of the application's messages are under way. Guarded by this, as is all below. */
  private int sending;

  /** Whether the application has sent a part of a message and not yet the last one. */
  private boolean inMessage;

  private boolean own;
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
    }
    try {
      session.getAsyncRemote().sendText(text, result -> sentOwn());
    } catch (RuntimeException closing) {
      sentOwn();
    }
  }

  private void sentOwn() {
    List<Runnable> next;
    synchronized (this) {
      own = false;
      next = new ArrayList<>(deferred);
      deferred.clear();
      sending += next.size();
      notifyAll();
    }
    next.forEach(Runnable::run);
    sendOwn();
  }

  private synchronized void begin() throws IOException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (own) {
        long left = until - System.nanoTime();
        if (left <= 0) {
          throw new IOException("the client has not read for " + PATIENCE);
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while another message was being sent");
    }
    sending++;
  }

  private void end(boolean last) {
    synchronized (this) {
      sending--;
      inMessage = !last;
    }
    sendOwn();
  }

  /** Begins a message without waiting: at once, or after Weir's own. */
  private void beginLater(Runnable send) {
    synchronized (this) {
      if (own) {
        deferred.add(send);
        return;
      }
      sending++;
    }
    send.run();
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
      sendText(text, true);
    }

    @Override
    public void sendText(String part, boolean last) throws IOException {
      begin();
      try {
        if (last && !inMessage()) {
          remote.sendText(part);
        } else {
          remote.sendText(part, last);
        }
      } finally {
        end(last);
      }
    }

    @Override
    public void sendBinary(ByteBuffer data) throws IOException {
      sendBinary(data, true);
    }

    @Override
    public void sendBinary(ByteBuffer part, boolean last) throws IOException {
      begin();
      try {
        if (last && !inMessage()) {
          remote.sendBinary(part);
        } else {
          remote.sendBinary(part, last);
        }
      } finally {
        end(last);
      }
    }

    @Override
    public OutputStream getSendStream() throws IOException {
      Runnable end = beginUntil();
      try {
        return new FilterOutputStream(remote.getSendStream()) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
          }

          @Override
          public void close() throws IOException {
            try {
              out.close();
            } finally {
              end.run();
            }
          }
        };
      } catch (IOException | RuntimeException fault) {
        end.run();
        throw fault;
      }
    }

    @Override
    public Writer getSendWriter() throws IOException {
      Runnable end = beginUntil();
      try {
        return new FilterWriter(remote.getSendWriter()) {
          @Override
          public void close() throws IOException {
            try {
              out.close();
            } finally {
              end.run();
            }
          }
        };
      } catch (IOException | RuntimeException fault) {
        end.run();
        throw fault;
      }
    }

    /** Begins a message; returns what ends it, once. */
    private Runnable beginUntil() throws IOException {
      begin();
      AtomicBoolean over = new AtomicBoolean();
      return () -> {
        if (over.compareAndSet(false, true)) {
          end(true);
        }
      };
    }

    @Override
    public void sendObject(Object data) throws IOException, EncodeException {
      begin();
      try {
        remote.sendObject(data);
      } finally {
        end(true);
      }
    }
  }

  private synchronized boolean inMessage() {
    return inMessage;
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
      beginLater(
          () -> {
            boolean begun = false;
            try {
              send.accept(
                  result -> {
                    end(true);
                    handler.onResult(result);
                  });
              begun = true;
            } finally {
              if (!begun) {
                end(true);
              }
            }
          });
    }
  }
}
