package dev.weir.containers;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client's side of a WebSocket: the one of the JDK, waiting for each thing it does. */
final class Talk implements WebSocket.Listener, AutoCloseable {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final StringBuilder text = new StringBuilder();
  private int bytes;
  private final WebSocket socket;

  /** Opens a socket, or throws what the server answered in place of that. */
  Talk(Server server, String path, @Nullable String key) throws Exception {
    WebSocket.Builder builder = CLIENT.newWebSocketBuilder();
    if (key != null) {
      builder.header("X-API-Key", key);
    }
    socket =
        builder
            .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + path), this)
            .get(20, TimeUnit.SECONDS);
  }

  Talk say(String message) throws Exception {
    socket.sendText(message, true).get(20, TimeUnit.SECONDS);
    return this;
  }

  Talk say(String part, boolean last) throws Exception {
    socket.sendText(part, last).get(20, TimeUnit.SECONDS);
    return this;
  }

  Talk say(byte[] message) throws Exception {
    return say(message, true);
  }

  Talk say(byte[] part, boolean last) throws Exception {
    socket.sendBinary(ByteBuffer.wrap(part), last).get(20, TimeUnit.SECONDS);
    return this;
  }

  Talk ping() throws Exception {
    socket.sendPing(ByteBuffer.allocate(1)).get(20, TimeUnit.SECONDS);
    return this;
  }

  /** Returns the next thing that has come, or null if nothing does. */
  @Nullable String hear() throws InterruptedException {
    return heard.poll(20, TimeUnit.SECONDS);
  }

  /** Returns what has come and was not heard yet. */
  int unheard() {
    return heard.size();
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
    text.append(part);
    if (last) {
      heard.add(text.toString());
      text.setLength(0);
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer part, boolean last) {
    bytes += part.remaining();
    if (last) {
      heard.add("binary " + bytes);
      bytes = 0;
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer message) {
    heard.add("pong");
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
    heard.add("closed " + status + " " + reason);
    return null;
  }

  /** Drops the connection without a word. */
  void drop() {
    socket.abort();
  }

  @Override
  public void close() {
    if (!socket.isOutputClosed()) {
      socket
          .sendClose(WebSocket.NORMAL_CLOSURE, "")
          .exceptionally(closedMeanwhile -> socket)
          .orTimeout(20, TimeUnit.SECONDS)
          .join();
    }
  }
}
