package dev.weir.conversations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.demo.DemoOptions.Adapter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A free customer streams to every node, faster than it may (contract K3, K11). */
@ExtendWith(Nodes.Extension.class)
class StreamIT {

  private static final String RECEIVED = "\\{\"type\":\"received\",\"characters\":5,\"at\":\\d+}";

  /** The clocks stand 300 ms before the end of a window. */
  private static final String THROTTLE =
      "\\{\"type\":\"throttle\",\"message\":\"Message rate exceeded. Slow down.\",\"wait_ms\":(?:[12]\\d\\d|[1-9]\\d?|300)}";

  @ParameterizedTest
  @CsvSource({"1, SERVLET", "1, JAXRS", "2, SERVLET", "2, JAXRS", "3, SERVLET", "3, JAXRS"})
  void all_its_sockets_share_a_hundred_messages_a_second_and_each_is_told_to_slow_down(
      int size, Adapter adapter, Nodes nodes) throws Exception {
    nodes.reset(size);
    nodes.setClock(Instant.parse("2024-03-26T12:00:30.700Z"));
    List<Listener> sockets = new ArrayList<>();
    for (int port : nodes.ports(new Node.Service("kallglot", false, adapter))) {
      sockets.add(new Listener(port));
    }

    int sent = 0;
    while (sockets.stream().anyMatch(socket -> socket.throttled == 0)) {
      for (Listener socket : sockets) {
        socket.socket.sendText("hello", true).get(20, TimeUnit.SECONDS);
      }
      sent++;
      assertThat(sent).isLessThan(100_000);
    }
    for (Listener socket : sockets) {
      socket.socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(20, TimeUnit.SECONDS);
      assertThat(socket.end.poll(20, TimeUnit.SECONDS)).isEqualTo("1000");
    }

    assertThat(sockets).allSatisfy(socket -> assertThat(socket.unexpected).isEmpty());
    assertThat(sockets.stream().mapToInt(socket -> socket.received).sum()).isBetween(1, 100);
  }

  /** What a client hears. */
  private static final class Listener implements WebSocket.Listener {

    final List<String> unexpected = new ArrayList<>();
    final BlockingQueue<String> end = new LinkedBlockingQueue<>();
    final WebSocket socket;
    volatile int received;
    volatile int throttled;

    Listener(int port) throws Exception {
      socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .header("X-API-Key", "demo-free-1")
              .buildAsync(URI.create("ws://127.0.0.1:" + port + "/v1/stream"), this)
              .get(20, TimeUnit.SECONDS);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one message is heard after the other
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
      if (text.toString().matches(RECEIVED)) {
        received++;
      } else if (text.toString().matches(THROTTLE)) {
        throttled++;
      } else {
        unexpected.add(text.toString());
      }
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      end.add(Integer.toString(status));
      return null;
    }
  }
}
