package dev.weir.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OutboundTest {

  /** What was given to the container, and who waits for it to be sent. */
  private final List<String> sent = new ArrayList<>();

  private final Deque<SendHandler> unsent = new ArrayDeque<>();

  private final RemoteEndpoint.Async container =
      proxy(
          RemoteEndpoint.Async.class,
          arguments -> {
            if (arguments[0].equals("illegal")) {
              throw new IllegalStateException("meant to fail");
            }
            sent.add((String) arguments[0]);
            unsent.add((SendHandler) arguments[1]);
          });

  private final RemoteEndpoint.Basic waiting =
      proxy(
          RemoteEndpoint.Basic.class,
          arguments -> {
            if (arguments[0].equals("illegal")) {
              throw new IllegalStateException("meant to fail");
            }
            sent.add((String) arguments[0]);
          });

  private final Session session =
      (Session)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Session.class},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "isOpen" -> true;
                    case "getAsyncRemote" -> container;
                    default -> throw new UnsupportedOperationException(method.getName());
                  });

  private final Outbound outbound = new Outbound(session);
  private final RemoteEndpoint.Async async = outbound.async(container);
  private final RemoteEndpoint.Basic basic = outbound.basic(waiting);

  private interface Sending {
    void send(Object[] arguments);
  }

  private <T> T proxy(Class<T> type, Sending sending) {
    return type.cast(
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              sending.send(arguments);
              return null;
            }));
  }

  private void sent() {
    unsent.remove().onResult(new SendResult());
  }

  @Test
  void the_application_s_messages_wait_for_the_frame_and_keep_their_order() throws Exception {
    outbound.offer("frame");
    Future<Void> one = async.sendText("one");
    Future<Void> two = async.sendText("two");
    assertThat(sent).containsExactly("frame");

    sent();

    assertThat(sent).containsExactly("frame", "one", "two");
    assertThat(one.isDone()).isFalse();
    sent();
    sent();
    assertThat(one.get()).isNull();
    assertThat(two.get()).isNull();
  }

  @Test
  void a_message_that_fails_after_it_waited_says_so_and_lets_the_others_go_on() {
    outbound.offer("frame");
    Future<Void> illegal = async.sendText("illegal");
    async.sendText("next", result -> {});

    sent();
    sent();
    outbound.offer("another frame");

    assertThat(sent).containsExactly("frame", "next", "another frame");
    assertThatThrownBy(illegal::get)
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("meant to fail");
  }

  @Test
  void a_handler_that_fails_does_not_stop_the_others() {
    outbound.offer("frame");
    async.sendText(
        "illegal",
        result -> {
          throw new IllegalStateException("meant to fail, too");
        });
    async.sendText("next", result -> {});

    sent();

    assertThat(sent).containsExactly("frame", "next");
  }

  @Test
  void no_more_messages_wait_than_may() { // I7
    outbound.offer("frame");
    for (int i = 0; i < 1_000; i++) {
      async.sendText("message", result -> {});
    }

    Future<Void> oneTooMany = async.sendText("message");

    assertThatThrownBy(() -> oneTooMany.get(20, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(IOException.class);
    sent();
    assertThat(sent).hasSize(1_001);
  }

  @Test
  void a_message_that_is_refused_does_not_end_the_one_it_came_into() throws Exception {
    basic.sendText("begun", false);
    assertThatThrownBy(() -> basic.sendText("illegal")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> async.sendText("illegal")).isInstanceOf(IllegalStateException.class);

    outbound.offer("frame");
    assertThat(sent).containsExactly("begun");
    basic.sendText("ended", true);

    assertThat(sent).containsExactly("begun", "ended", "frame");
  }
}
