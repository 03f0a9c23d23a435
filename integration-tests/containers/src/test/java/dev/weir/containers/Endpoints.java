package dev.weir.containers;

import jakarta.websocket.CloseReason;
import jakarta.websocket.DecodeException;
import jakarta.websocket.Decoder;
import jakarta.websocket.Encoder;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Endpoints with every kind of method that Jakarta WebSocket knows. */
final class Endpoints {

  /** How sockets ended, for tests to see. */
  static final BlockingQueue<String> ENDS = new LinkedBlockingQueue<>();

  private Endpoints() {}

  /** Whole messages, answered by what methods return. */
  @ServerEndpoint("/whole/{room}")
  public static class Whole {

    @OnOpen
    public void open(@PathParam("room") String room, Session session, EndpointConfig config)
        throws IOException {
      session.getBasicRemote().sendText("welcome to " + room);
    }

    @OnMessage
    public String text(String text, Session session) throws TimeoutException {
      if (text.equals("fail checked") || text.equals("fail twice")) {
        throw new TimeoutException(text);
      }
      if (text.equals("fail")) {
        throw new IllegalStateException("meant to fail");
      }
      return "text " + text + (session.isOpen() ? "" : " too late");
    }

    @OnMessage
    public byte[] binary(ByteBuffer bytes) {
      return new byte[bytes.remaining()];
    }

    @OnMessage
    public void pong(PongMessage pong) {
      // containers ask for one handler of each kind
    }

    @OnError
    public void error(Throwable fault, Session session) throws IOException {
      session.getBasicRemote().sendText("error " + fault.getMessage());
      if ("fail twice".equals(fault.getMessage())) {
        throw new IllegalStateException("meant to fail");
      }
    }

    @OnClose
    public void close(Session session, CloseReason reason) {
      ENDS.add("closed " + reason.getCloseCode().getCode());
    }
  }

  /** Messages in parts. */
  @ServerEndpoint("/parts")
  public static class Parts {

    private final StringBuilder text = new StringBuilder();
    private int bytes;

    @OnMessage
    public void text(Session session, boolean last, String part) throws IOException {
      text.append(part);
      if (last) {
        session.getBasicRemote().sendText("in parts: " + text);
        text.setLength(0);
      }
    }

    @OnMessage
    public int binary(byte[] part, boolean last) {
      bytes += part.length;
      return last ? bytes : -bytes;
    }
  }

  /** Messages as streams. */
  @ServerEndpoint("/streams")
  public static class Streams {

    @OnMessage
    public String text(Reader reader) throws IOException {
      try (BufferedReader lines = new BufferedReader(reader)) {
        return "read " + lines.readLine();
      }
    }

    @OnMessage
    public String binary(InputStream stream) throws IOException {
      return "read " + stream.readAllBytes().length;
    }
  }

  /** A number. */
  @ServerEndpoint("/number")
  public static class Doubling {
    @OnMessage
    public int twice(int number) {
      return 2 * number;
    }

    @OnError
    public void error(Session session, Throwable fault) throws IOException {
      session.getBasicRemote().sendText("error " + fault.getClass().getSimpleName());
    }
  }

  /** Counts what it gets, and says how much it was when it is over. */
  @ServerEndpoint("/counting")
  public static class Counting {

    private int messages;
    private boolean over;

    @OnMessage
    public void text(String text) {
      messages += over ? 1_000 : 1;
    }

    @OnClose
    public void close() {
      over = true;
      ENDS.add("closed after " + messages);
    }
  }

  /** What a decoder makes of text. */
  record Shout(String words) {}

  /** Reads shouts. */
  public static class ShoutDecoder implements Decoder.Text<Shout> {
    @Override
    public Shout decode(String text) throws DecodeException {
      if (text.equals("nonsense")) {
        throw new DecodeException(text, "nonsense");
      }
      return new Shout(text.toUpperCase(Locale.ROOT));
    }

    @Override
    public boolean willDecode(String text) {
      return true;
    }
  }

  /** Writes shouts. */
  public static class ShoutEncoder implements Encoder.Text<Shout> {
    @Override
    public String encode(Shout shout) {
      return shout.words() + "!";
    }
  }

  /** Reads shouts of text as it streams. */
  public static class ShoutReader implements Decoder.TextStream<Shout> {
    @Override
    public Shout decode(Reader reader) throws IOException {
      try (BufferedReader lines = new BufferedReader(reader)) {
        return new Shout(lines.readLine());
      }
    }
  }

  /** Reads whispers. */
  record Whisper(int length) {}

  /** Reads whispers of bytes. */
  public static class WhisperDecoder implements Decoder.Binary<Whisper> {
    @Override
    public Whisper decode(ByteBuffer bytes) {
      return new Whisper(bytes.remaining());
    }

    @Override
    public boolean willDecode(ByteBuffer bytes) {
      return bytes.remaining() > 1;
    }
  }

  /** Reads whispers of bytes as they stream. */
  public static class WhisperReader implements Decoder.BinaryStream<Whisper> {
    @Override
    public Whisper decode(InputStream stream) throws IOException {
      return new Whisper(100 + stream.readAllBytes().length);
    }
  }

  /** Messages as objects of bytes, and of text that streams; small ones only. */
  @ServerEndpoint(
      value = "/read",
      decoders = {ShoutReader.class, WhisperDecoder.class})
  public static class Reading {
    @OnMessage(maxMessageSize = 200)
    public String shout(Shout shout) {
      return "read " + shout.words();
    }

    @OnMessage
    public String whisper(Whisper whisper) {
      return "read " + whisper.length();
    }
  }

  /** Messages as objects of bytes that stream. */
  @ServerEndpoint(value = "/read-streams", decoders = WhisperReader.class)
  public static class ReadingStreams {
    @OnMessage
    public String whisper(Whisper whisper) {
      return "read " + whisper.length();
    }
  }

  /** Messages as objects, and an ancestor's methods. */
  @ServerEndpoint(value = "/objects", decoders = ShoutDecoder.class, encoders = ShoutEncoder.class)
  public static class Objects extends Failing {
    @OnMessage
    public Shout shout(Shout shout) {
      return shout;
    }
  }

  /** Says what failed. */
  public static class Failing {
    @OnError
    public void error(Session session, Throwable fault) throws IOException {
      session.getBasicRemote().sendText("error " + fault.getMessage());
    }
  }

  /** Sends a message in parts, one for each message that comes in. */
  @ServerEndpoint("/slowly")
  public static class Slowly {
    @OnMessage
    public void text(Session session, String text) throws IOException {
      session.getBasicRemote().sendText(text, text.endsWith("."));
    }
  }

  /** Answers in every way there is to send. */
  @ServerEndpoint("/sending")
  public static class Sending {
    @OnMessage
    public void text(Session session, String text) throws Exception {
      if (text.equals("streams")) {
        try (OutputStream stream = session.getBasicRemote().getSendStream()) {
          stream.write(text.getBytes(StandardCharsets.UTF_8));
        }
        try (Writer writer = session.getBasicRemote().getSendWriter()) {
          writer.write(text);
          writer.write(" written");
        }
      }
      session.getBasicRemote().sendObject(42);
      session.getAsyncRemote().sendText("in the end").get(20, TimeUnit.SECONDS);
      session.getAsyncRemote().sendBinary(ByteBuffer.allocate(3)).get(20, TimeUnit.SECONDS);
    }
  }

  /** An endpoint in code. */
  public static class Programmatic extends Endpoint {
    @Override
    public void onOpen(Session session, EndpointConfig config) {
      session.addMessageHandler(
          new MessageHandler.Whole<String>() {
            @Override
            public void onMessage(String text) {
              try {
                session.getBasicRemote().sendText("in code: " + text);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          });
      session.addMessageHandler(
          ByteBuffer.class,
          (MessageHandler.Whole<ByteBuffer>)
              bytes ->
                  session.getAsyncRemote().sendText("in code: " + bytes.remaining(), result -> {}));
    }
  }
}
