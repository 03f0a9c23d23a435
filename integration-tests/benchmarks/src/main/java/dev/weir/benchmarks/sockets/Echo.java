package dev.weir.benchmarks.sockets;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends one message after the other, each when the one before has come back. */
final class Echo implements WebSocket.Listener {

  private static final String MESSAGE = "x".repeat(200);

  private final WebSocket socket;
  private final SynchronousQueue<Integer> answers = new SynchronousQueue<>();
  private int length;

  Echo(int port) {
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .header("X-API-Key", SocketLoad.KEY)
            .buildAsync(URI.create("ws://127.0.0.1:" + port + "/echo"), this)
            .join();
  }

  /** Returns how many nanoseconds each of so many messages took. */
  double[] send(int messages) throws InterruptedException {
    double[] nanos = new double[messages];
    for (int i = 0; i < messages; i++) {
      long start = System.nanoTime();
      var unused = socket.sendText(MESSAGE, true);
      Integer answer = answers.poll(10, TimeUnit.SECONDS);
      if (answer == null || answer != MESSAGE.length()) {
        throw new IllegalStateException("message %d came back as %s".formatted(i, answer));
      }
      nanos[i] = System.nanoTime() - start;
    }
    return nanos;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
    length += part.length();
    if (last) {
      try {
        answers.put(length);
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
      }
      length = 0;
    }
    from.request(1);
    return null;
  }

  void close() {
    socket.abort();
  }
}
