package dev.weir.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.Weir;
import dev.weir.config.Configuration;
import dev.weir.plan.Account;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.servlet.WeirInitializer;
import dev.weir.websocket.RateLimitedEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** WebSocket budgets on every container (contract K3, K5, K9, K11). */
@ParameterizedClass
@MethodSource("dev.weir.containers.Servers#here")
class SocketsIT {

  private static final String THROTTLE =
      "\\{\"type\":\"throttle\",\"message\":\"Message rate exceeded. Slow down.\",\"wait_ms\":[1-9][0-9]*}";

  /** Windows so long that none ends while a test runs. */
  private static final String YAML =
      """
      plans:
        many: { websocket: { messages: 1000/day } }
        three: { websocket: { messages: 3/day } }
        bytes: { websocket: { bytes: 100B/day } }
        both: { websocket: { messages: 100/day, bytes: 100B/day } }
        once: { limits: [1/day] }
        sessions: { sessions: 2 }
      sessions:
        open: PUT /sessions/{id}
        use: { match: "GET /whole/*", id: query session }
      websocket: { count: decoded $.data }
      usage: { path: /usage }
      cluster: { store: memory }
      """;

  private static final AtomicLong now = new AtomicLong(1_711_454_430_000L);

  private static final Set<String> REVOKED = ConcurrentHashMap.newKeySet();

  private static Weir weir;
  private static Server server;

  private final Client client = new Client(server);

  private final Servers kind;

  SocketsIT(Servers kind) {
    this.kind = kind;
  }

  @BeforeParameterizedClassInvocation
  static void start(Servers kind) throws Exception {
    Endpoints.ENDS.clear();
    REVOKED.clear();
    weir =
        Weir.builder()
            .configuration(Configuration.parse("sockets.yaml", YAML))
            .directory(
                key -> {
                  String plan = key.value().replaceAll("-.*", "");
                  boolean known = !plan.equals("nobody") && !REVOKED.contains(key.value());
                  if (key.value().equals("many-fading")) { // known for the first look only
                    REVOKED.add(key.value());
                  }
                  return known ? Account.of(plan) : null;
                })
            .clock(() -> Instant.ofEpochMilli(now.get()))
            .build();
    Application application =
        new Application("/app")
            .with(context -> context.setAttribute(RateLimitFilter.WEIR_ATTRIBUTE, weir))
            .with(context -> Servlets.add(context, "/", (in, out) -> out.setStatus(404)))
            .with(context -> Servlets.add(context, "/sessions/*", (in, out) -> out.setStatus(201)))
            .with(new WeirInitializer());
    for (Class<?> endpoint :
        List.of(
            Endpoints.Whole.class,
            Endpoints.Parts.class,
            Endpoints.Streams.class,
            Endpoints.Doubling.class,
            Endpoints.Objects.class,
            Endpoints.Reading.class,
            Endpoints.ReadingStreams.class,
            Endpoints.Counting.class,
            Endpoints.Slowly.class,
            Endpoints.Sending.class)) {
      application.withEndpoint(RateLimitedEndpoint.of(endpoint));
    }
    application.withEndpoint(
        RateLimitedEndpoint.of(
            ServerEndpointConfig.Builder.create(Endpoints.Programmatic.class, "/code").build()));
    server = kind.start(application);
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    server.close();
    weir.close();
  }

  @Test
  void methods_of_every_kind_get_their_messages() throws Exception {
    try (Talk talk = new Talk(server, "/app/whole/seven", "many-1")) {
      assertThat(talk.hear()).isEqualTo("welcome to seven");
      assertThat(talk.say("hello").hear()).isEqualTo("text hello");
      assertThat(talk.say("he", false).say("llo", true).hear()).isEqualTo("text hello");
      assertThat(talk.say(new byte[40]).hear()).isEqualTo("binary 40");
      assertThat(talk.say("fail").hear()).isEqualTo("error meant to fail");
      assertThat(talk.say("fail checked").hear()).isEqualTo("error fail checked");
      assertThat(talk.say("fail twice").hear()).isEqualTo("error fail twice");
      assertThat(talk.say("again").hear()).isEqualTo("text again");
      assertThat(talk.ping().hear()).isEqualTo("pong");
    }
    assertThat(Endpoints.ENDS.poll(20, TimeUnit.SECONDS)).isEqualTo("closed 1000");
    try (Talk talk = new Talk(server, "/app/parts", "many-1")) {
      assertThat(talk.say("he", false).say("llo", true).hear()).isEqualTo("in parts: hello");
      assertThat(talk.say(new byte[40], false).hear()).isEqualTo("-40");
      assertThat(talk.say(new byte[2], true).hear()).isEqualTo("42");
    }
    try (Talk talk = new Talk(server, "/app/streams", "many-1")) {
      assertThat(talk.say("hello").hear()).isEqualTo("read hello");
      assertThat(talk.say(new byte[40]).hear()).isEqualTo("read 40");
    }
    try (Talk talk = new Talk(server, "/app/number", "many-1")) {
      assertThat(talk.say("21").hear()).isEqualTo("42");
      assertThat(talk.say("many").hear()).isEqualTo("error DecodeException");
      assertThat(talk.say("22").hear()).isEqualTo("44");
    }
    try (Talk talk = new Talk(server, "/app/objects", "many-1")) {
      assertThat(talk.say("hello").hear()).isEqualTo("HELLO!");
      assertThat(talk.say("nonsense").hear()).isEqualTo("error nonsense");
      assertThat(talk.say("again").hear()).isEqualTo("AGAIN!");
    }
    try (Talk talk = new Talk(server, "/app/read", "many-1")) {
      assertThat(talk.say("hello").hear()).isEqualTo("read hello");
      assertThat(talk.say(new byte[40]).hear()).isEqualTo("read 40");
      assertThat(talk.say("a".repeat(300)).hear()).startsWith("closed 1009");
    }
    try (Talk talk = new Talk(server, "/app/read-streams", "many-1")) {
      assertThat(talk.say(new byte[1]).hear()).isEqualTo("read 101");
    }
    try (Talk talk = new Talk(server, "/app/code", "many-1")) {
      assertThat(talk.say("hello").hear()).isEqualTo("in code: hello");
      assertThat(talk.say(new byte[40]).hear()).isEqualTo("in code: 40");
    }
  }

  @Test
  void what_a_client_sends_before_it_closes_comes_before_its_end() throws Exception {
    for (int i = 0; i < 30; i++) { // the first messages of a key wait for a moment
      try (Talk talk = new Talk(server, "/app/counting", "many-closing-" + i)) {
        talk.say("one").say("two").say("three");
      }
      assertThat(Endpoints.ENDS.poll(20, TimeUnit.SECONDS)).isEqualTo("closed after 3");
    }
  }

  @Test
  void the_sockets_of_a_key_that_is_revoked_are_closed() throws Exception {
    try (Talk talk = new Talk(server, "/app/code", "many-revoked")) {
      assertThat(talk.say("hello").hear()).isEqualTo("in code: hello");
      REVOKED.add("many-revoked");
      assertThat(talk.hear()).isEqualTo("closed 1008 The API key is no longer valid.");
    }
  }

  @Test
  void a_socket_whose_key_cannot_be_looked_up_any_more_is_closed() throws Exception {
    try (Talk talk = new Talk(server, "/app/code", "many-fading")) {
      assertThat(talk.hear()).startsWith("closed 1011");
    }
  }

  @Test
  void the_application_sends_in_every_way_there_is() throws Exception {
    try (Talk talk = new Talk(server, "/app/sending", "many-1")) {
      for (int i = 0; i < 3; i++) {
        if (kind == Servers.UNDERTOW) { // also without Weir it loses what is written to a stream
          talk.say("hello");
        } else {
          assertThat(talk.say("streams").hear()).isEqualTo("binary 7");
          assertThat(talk.hear()).isEqualTo("streams written");
        }
        assertThat(talk.hear()).isEqualTo("42");
        assertThat(talk.hear()).isEqualTo("in the end");
        assertThat(talk.hear()).isEqualTo("binary 3");
      }
    }
  }

  @Test
  void messages_over_budget_do_not_reach_the_application_on_any_socket_of_the_key_K3_K11()
      throws Exception {
    try (Talk one = new Talk(server, "/app/code", "three-1");
        Talk other = new Talk(server, "/app/number", "three-1")) {
      assertThat(one.say("1").hear()).isEqualTo("in code: 1");
      assertThat(one.say("2", false).ping().say("2", true).hear()).isEqualTo("pong");
      assertThat(one.hear()).isEqualTo("in code: 22"); // one message, whatever its fragments
      assertThat(other.say("3").hear()).isEqualTo("6");
      for (int i = 0; i < 50; i++) {
        one.say("4");
      }
      assertThat(one.hear()).matches(THROTTLE);
      assertThat(one.ping().hear()).isEqualTo("pong"); // it is the only one
      assertThat(other.say("5").hear()).matches(THROTTLE);
    }
  }

  @Test
  void bytes_are_counted_once_by_the_full_size_of_a_message_K5() throws Exception {
    String decoded = "{\"data\":\"" + "A".repeat(80) + "\"}"; // 60 bytes
    try (Talk talk = new Talk(server, "/app/code", "bytes-1")) {
      assertThat(talk.say(new byte[15], false).say(new byte[15], true).hear())
          .isEqualTo("in code: 30");
      assertThat(talk.say(decoded).hear()).isEqualTo("in code: " + decoded);
      assertThat(talk.say(new byte[11]).hear()).matches(THROTTLE);
      assertThat(talk.say(new byte[10]).hear()).isEqualTo("in code: 10");
    }
  }

  @Test
  void a_message_in_parts_is_judged_before_its_first_part_is_seen() throws Exception {
    try (Talk talk = new Talk(server, "/app/parts", "both-1")) {
      assertThat(talk.say("a".repeat(60), false).say("b".repeat(60), true).hear())
          .matches(THROTTLE);
      assertThat(talk.say("c".repeat(40), false).say("d".repeat(40), true).hear())
          .isEqualTo("in parts: " + "c".repeat(40) + "d".repeat(40));
    }
    try (Talk talk = new Talk(server, "/app/parts", "both-2")) {
      for (int i = 0; i < 30; i++) { // no end of it is kept
        talk.say("e".repeat(10_000), false);
      }
      for (int i = 0; i < 100; i++) {
        talk.say("", false);
      }
      talk.say("", true);
      assertThat(talk.hear()).matches(THROTTLE);
      assertThat(talk.say("fits").hear()).isEqualTo("in parts: fits");
    }
  }

  @Test
  void the_frame_goes_between_the_messages_of_the_application_never_into_one() throws Exception {
    try (Talk talk = new Talk(server, "/app/slowly", "three-2");
        Talk other = new Talk(server, "/app/slowly", "three-2")) {
      talk.say("one ").say("two ");
      other.say("three.");
      assertThat(other.hear()).isEqualTo("three.");
      assertThat(talk.say("excess").ping().hear()).isEqualTo("pong");
      assertThat(talk.unheard()).isZero();
    }
  }

  @Test
  void a_socket_over_budget_is_closed_where_that_is_wanted() throws Exception {
    try (Weir strict =
            Weir.builder()
                .configuration(
                    Configuration.parse(
                        "strict.yaml",
                        """
                        plans: { two: { websocket: { messages: 2/day } } }
                        websocket: { excess: close }
                        cluster: { store: memory }
                        """))
                .directory(key -> Account.of("two"))
                .build();
        Server other =
            kind.start(
                new Application("/app")
                    .with(context -> context.setAttribute(RateLimitFilter.WEIR_ATTRIBUTE, strict))
                    .with(context -> Servlets.add(context, "/", (in, out) -> out.setStatus(404)))
                    .with(new WeirInitializer())
                    .withEndpoint(RateLimitedEndpoint.of(Endpoints.Doubling.class)));
        Talk talk = new Talk(other, "/app/number", "mine")) {
      assertThat(talk.say("1").hear()).isEqualTo("2");
      assertThat(talk.say("2").hear()).isEqualTo("4");
      assertThat(talk.say("3").hear()).isEqualTo("closed 1008 Rate limit exceeded.");
    }
  }

  @Test
  void an_upgrade_is_judged_like_any_request() throws Exception {
    assertThatThrownBy(() -> new Talk(server, "/app/code", null))
        .satisfies(refused -> assertThat(status(refused)).isEqualTo(401));
    assertThatThrownBy(() -> new Talk(server, "/app/code", "nobody-1"))
        .satisfies(refused -> assertThat(status(refused)).isEqualTo(401));
    try (Talk talk = new Talk(server, "/app/code", "once-1")) {
      assertThat(talk.say("unlimited").hear()).isEqualTo("in code: unlimited");
    }
    assertThatThrownBy(() -> new Talk(server, "/app/code", "once-1"))
        .satisfies(refused -> assertThat(status(refused)).isEqualTo(429));
  }

  private static int status(Throwable refused) {
    return refused.getCause() instanceof WebSocketHandshakeException handshake
        ? handshake.getResponse().statusCode()
        : 0;
  }

  @Test
  void sockets_that_open_at_once_draw_on_their_own_key() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(16);
    try {
      List<Future<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String key = "three-at-once-" + i;
        answers.add(
            clients.submit(
                () -> {
                  try (Talk talk = new Talk(server, "/app/number", key)) {
                    int good = 0;
                    for (int said = 0; said < 4; said++) {
                      good += "2".equals(talk.say("1").hear()) ? 1 : 0;
                    }
                    return good;
                  }
                }));
      }
      for (Future<Integer> answer : answers) {
        assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(3);
      }
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void an_open_socket_keeps_its_session_and_a_dropped_one_starts_the_grace_time_K9()
      throws Exception {
    client.send("PUT", "/app/sessions/s1", "X-API-Key", "sessions-1");
    Talk talk = new Talk(server, "/app/whole/a?session=s1", "sessions-1");
    for (int i = 0; i < 4; i++) {
      now.addAndGet(Duration.ofMinutes(2).toMillis());
      long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1_500);
      await().until(() -> System.nanoTime() - until > 0); // the socket is looked at each second
      assertThat(active("sessions-1")).isEqualTo(1);
    }

    talk.drop();
    assertThat(Endpoints.ENDS.poll(20, TimeUnit.SECONDS)).isNotNull();
    now.addAndGet(Duration.ofMinutes(4).toMillis());
    assertThat(active("sessions-1")).isEqualTo(1);
    now.addAndGet(Duration.ofMinutes(2).toMillis());
    assertThat(active("sessions-1")).isZero();
  }

  private int active(String key) throws Exception {
    String usage = client.get("/app/usage", key).body();
    return Integer.parseInt(usage.replaceAll(".*\"active\":([0-9]+).*", "$1"));
  }
}
