package dev.weir.websocket;

import dev.weir.socket.Socket;
import jakarta.websocket.DecodeException;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes in over one socket: makes handlers for the container that let messages through to
 * those of the application. The container is asked for texts and for arrays of bytes only, so that
 * the size of a message is known before anybody has seen it, and it may be held.
 */
final class Inbound {

  private static final Logger log = LoggerFactory.getLogger(Inbound.class);

  /** Beside the bytes that are counted there may be so much text around them. */
  private static final long SLACK = 65_536;

  /** What a character of a text takes of memory. */
  private static final long CHARACTER = 2;

  /** What a part takes of memory beside what is in it. */
  private static final long PART = 64;

  /** Of a message that is held. */
  private static final long MOST_KEPT = 1_048_576;

  private final @Nullable Socket socket;
  private final Decoding decoding;
  private final Consumer<Throwable> onError;
  private final @Nullable ClassLoader application;

  /**
   * Creates the inbound side.
   *
   * @param socket what counts messages, or null if nobody does
   * @param onError is told what the application's handlers throw
   */
  Inbound(@Nullable Socket socket, Decoding decoding, Consumer<Throwable> onError) {
    this.socket = socket;
    this.decoding = decoding;
    this.onError = onError;
    this.application = Thread.currentThread().getContextClassLoader();
  }

  /** Returns whether objects of this type come as text messages. */
  boolean isText(Class<?> type) {
    return type == String.class
        || type == Reader.class
        || (!isBinary(type) && decoding.ofText(type) != null);
  }

  private static boolean isBinary(Class<?> type) {
    return type == ByteBuffer.class || type == byte[].class || type == InputStream.class;
  }

  /** Returns a handler of texts or arrays of bytes for one of whole messages of a type. */
  MessageHandler.Whole<?> whole(Class<?> type, MessageHandler.Whole<Object> handler) {
    Decoding.Reading reading = reading(type);
    if (isText(type)) {
      return (MessageHandler.Whole<String>)
          text ->
              receive(
                  socket == null ? 0 : socket.sizeOf(text),
                  whole(text, CHARACTER * text.length(), reading, handler));
    }
    return (MessageHandler.Whole<byte[]>)
        bytes -> receive(bytes.length, whole(bytes, bytes.length, reading, handler));
  }

  private Decoding.Reading reading(Class<?> type) {
    if (type == String.class || type == byte[].class) {
      return message -> message;
    }
    if (type == Reader.class) {
      return message -> new StringReader((String) message);
    }
    if (type == ByteBuffer.class) {
      return message -> ByteBuffer.wrap((byte[]) message);
    }
    if (type == InputStream.class) {
      return message -> new ByteArrayInputStream((byte[]) message);
    }
    Decoding.Reading text = decoding.ofText(type);
    Decoding.Reading binary = text == null ? decoding.ofBinary(type) : text;
    if (binary == null) {
      throw new IllegalArgumentException(
          "no decoder of this endpoint makes a %s of a message".formatted(type.getName()));
    }
    return binary;
  }

  private Passed whole(
      Object message, long memory, Decoding.Reading reading, MessageHandler.Whole<Object> handler) {
    return new Passed(
        memory,
        () -> {
          Object read = reading.read(message);
          if (read != null) {
            handler.onMessage(read);
          }
        });
  }

  /** Returns a handler of pongs that get into no other message's way, and cost nothing. */
  MessageHandler.Whole<PongMessage> pongs(MessageHandler.Whole<PongMessage> handler) {
    return pong -> {
      ByteBuffer data = pong.getApplicationData();
      byte[] copy = new byte[data.remaining()]; // the container's may be good for this call only
      data.get(copy);
      receiveFree(
          new Passed(copy.length, () -> handler.onMessage(() -> ByteBuffer.wrap(copy).slice())));
    };
  }

  /** The connection failed: the endpoint is told behind what came in before, and in any case. */
  void fail(Runnable telling) {
    receiveFree(
        new Passed(0, telling::run) {
          @Override
          public void drop() {
            deliver();
          }
        });
  }

  /** The client is gone: that runs behind what came in before. */
  void end(Runnable last) {
    if (socket == null) {
      deliver(last::run);
    } else {
      socket.end(() -> deliver(last::run));
    }
  }

  /** The application closes the socket: what came in, and it has not got yet, it does not want. */
  void close() {
    if (socket != null) {
      socket.close();
    }
  }

  /** What may throw what decoders do. */
  @FunctionalInterface
  private interface Delivery {
    void run() throws DecodeException, IOException;
  }

  /** What comes in as a whole. */
  private class Passed implements Socket.Message {

    private final long memory;
    private final Delivery delivery;

    Passed(long memory, Delivery delivery) {
      this.memory = memory;
      this.delivery = delivery;
    }

    @Override
    public void deliver() {
      Inbound.this.deliver(delivery);
    }

    @Override
    public long memory() {
      return memory;
    }
  }

  private void receive(long size, Socket.Message message) {
    if (socket == null) {
      message.deliver();
    } else {
      socket.receive(size, message);
    }
  }

  private void receiveFree(Socket.Message message) {
    if (socket == null) {
      message.deliver();
    } else {
      socket.receiveFree(message);
    }
  }

  /** Hands a message over, on whatever thread, as a container would. */
  private void deliver(Delivery delivery) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(application);
    try {
      delivery.run();
    } catch (Throwable fault) { // whatever the application throws, checked or not
      tell(fault);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private void tell(Throwable fault) {
    try {
      onError.accept(fault);
    } catch (Throwable another) {
      log.error("An endpoint failed over a failure", another);
    }
  }

  /** Returns a handler of parts of texts or arrays of bytes for one of parts of a type. */
  MessageHandler.Partial<?> partial(Class<?> type, MessageHandler.Partial<Object> handler) {
    if (type == String.class) {
      Parts<String> parts = new Parts<>(handler, part -> part);
      return (MessageHandler.Partial<String>) parts::receive;
    }
    if (type != ByteBuffer.class && type != byte[].class) {
      throw new IllegalArgumentException(
          "parts of messages are String, ByteBuffer or byte[], but these are " + type.getName());
    }
    Parts<byte[]> parts =
        new Parts<>(handler, part -> type == byte[].class ? part : ByteBuffer.wrap(part));
    return (MessageHandler.Partial<byte[]>) (part, last) -> parts.receive(part.clone(), last);
  }

  /**
   * The parts of one message after the other. Where bytes are counted, they are gathered until the
   * size is known: no more of them than could ever fit. Else the first part decides.
   */
  private final class Parts<P> {

    private final MessageHandler.Partial<Object> handler;
    private final Function<P, Object> view;

    private @Nullable Gathered<P> message;

    Parts(MessageHandler.Partial<Object> handler, Function<P, Object> view) {
      this.handler = handler;
      this.view = view;
    }

    /** Called by the container, for one part after the other. */
    void receive(P part, boolean last) {
      if (socket == null) {
        deliver(() -> handler.onMessage(view.apply(part), last));
        return;
      }
      Gathered<P> current = message;
      boolean first = current == null;
      if (current == null) {
        current = new Gathered<>(this, socket.mostBytes());
        message = current;
      }
      if (last) {
        message = null;
      }
      boolean decide = current.add(part, last);
      if (decide || (first && !current.isCounted())) {
        socket.receive(current.size(), current);
      }
    }
  }

  /** The parts of one message that wait for what becomes of it. */
  private final class Gathered<P> implements Socket.Message {

    private final Parts<P> of;
    private final long most;
    private final List<P> parts = new ArrayList<>();
    private long length;
    private boolean complete;
    private boolean tooLong;
    private boolean dropped;
    private boolean delivered;

    Gathered(Parts<P> of, long most) {
      this.of = of;
      this.most = most;
    }

    boolean isCounted() {
      return most != Long.MAX_VALUE;
    }

    /**
     * Takes a part in. Waits while it is not known what becomes of the message and much of it has
     * come already.
     *
     * @return whether it is to be judged now by its size: it is complete, or fits never
     */
    synchronized boolean add(P part, boolean last) {
      complete = last;
      long size = part instanceof String text ? text.length() : ((byte[]) part).length;
      if (size == 0 && !last && (delivered || !parts.isEmpty())) {
        return false; // says nothing, and there may be any number of them
      }
      length += size;
      if (delivered) {
        pass(part, last);
      } else if (!dropped) {
        parts.add(part);
      }
      boolean judged = tooLong || !isCounted();
      long kept = length + PART * parts.size();
      if (judged) {
        awaitJudgement(kept);
        return false;
      }
      tooLong = kept > 2 * most + SLACK;
      return tooLong || last;
    }

    private void awaitJudgement(long kept) {
      try {
        while (kept > MOST_KEPT && parts.size() > 1 && !delivered && !dropped) {
          wait();
        }
      } catch (InterruptedException e) {
        drop();
        Thread.currentThread().interrupt();
      }
    }

    /** Returns how many bytes the message counts as, as far as that is asked. */
    synchronized long size() {
      if (!isCounted()) {
        return 0;
      }
      if (tooLong) {
        return Long.MAX_VALUE;
      }
      if (parts.get(0) instanceof String && socket != null) {
        StringBuilder text = new StringBuilder();
        parts.forEach(text::append);
        return socket.sizeOf(text.toString());
      }
      return length;
    }

    @Override
    public synchronized long memory() {
      return length;
    }

    @Override
    public synchronized void deliver() {
      delivered = true;
      for (int i = 0; i < parts.size(); i++) {
        pass(parts.get(i), complete && i == parts.size() - 1);
      }
      parts.clear();
      notifyAll();
    }

    private void pass(P part, boolean last) {
      Inbound.this.deliver(() -> of.handler.onMessage(of.view.apply(part), last));
    }

    @Override
    public synchronized void drop() {
      dropped = true;
      parts.clear();
      notifyAll();
    }
  }
}
