package dev.weir.demo;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A client of the demo's stream: the one of the JDK. */
final class StreamClient implements WebSocket.Listener {

  private static final Pattern RECEIVED =
      Pattern.compile(
          "\\{\"type\":\"received\",\"(?:characters|bytes)\":\\d+,\"at\":(\\d+)\\d{3}}");

  private static final Pattern THROTTLE =
      Pattern.compile(
          "\\{\"type\":\"throttle\",\"message\":\"Message rate exceeded. Slow down.\",\"wait_ms\":([1-9]\\d*)}");

  private final WebSocket socket;
  private final StringBuilder text = new StringBuilder();
  private final Map<Long, Integer> received = new ConcurrentHashMap<>();
  private final AtomicInteger throttled = new AtomicInteger();
  private final CompletableFuture<String> end = new CompletableFuture<>();

  StreamClient(String uri, String key) throws Exception {
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .header("X-API-Key", key)
            .buildAsync(URI.create(uri.replace("http", "ws") + "/v1/stream"), this)
            .get(20, TimeUnit.SECONDS);
  }

  void send(String message) throws Exception {
    socket.sendText(message, true).get(20, TimeUnit.SECONDS);
  }

  /** Says goodbye and waits for that of the server. */
  void close() throws Exception {
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(20, TimeUnit.SECONDS);
    end.get(20, TimeUnit.SECONDS);
  }

  /** Returns how many messages came to the application, by epoch second. */
  Map<Long, Integer> received() {
    return received;
  }

  /** Returns how often the server told to slow down. */
  int throttled() {
    return throttled.get();
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
    text.append(part);
    if (last) {
      hear(text.toString());
      text.setLength(0);
    }
    from.request(1);
    return null;
  }

  private void hear(String message) {
    Matcher answer = RECEIVED.matcher(message);
    if (answer.matches()) {
      received.merge(Long.valueOf(answer.group(1)), 1, Integer::sum);
    } else if (THROTTLE.matcher(message).matches()) {
      throttled.incrementAndGet();
    } else {
      end.completeExceptionally(new AssertionError(message));
    }
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
    end.complete(status + " " + reason);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable fault) {
    end.completeExceptionally(fault);
  }
}
