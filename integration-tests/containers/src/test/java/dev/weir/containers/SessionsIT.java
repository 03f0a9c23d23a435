package dev.weir.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.Weir;
import dev.weir.config.Configuration;
import dev.weir.containers.Client.Response;
import dev.weir.plan.Account;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.servlet.WeirInitializer;
import jakarta.servlet.http.HttpServletResponse;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a session's slot, however its creation ends, on every server (K9, I10). */
@ParameterizedClass
@MethodSource("dev.weir.containers.Servers#here")
class SessionsIT {

  private static final int SLOTS = 3;
  private static final int CREATIONS = 10_000;
  private static final int FEW_CREATIONS = 200;

  /** Everything creates a session; GET says so in a header, POST in the body. */
  private static final String YAML =
      """
      plans:
        starter: { limits: [1000000/366d], sessions: 3 }
      sessions:
        use: ["GET /watch/{id}"]
        open:
          - { match: "GET /**", id: location }
          - { match: "POST /**", id: json $.id }
        end: ["DELETE /end/{id}", "DELETE /sessions/{id}"]
      usage: { path: /usage, limits: unlimited }
      cluster: { store: memory }
      """;

  private static final AtomicLong now = new AtomicLong(1_711_454_430_000L);

  /** What the one who watches is to be told. */
  private static final BlockingQueue<String> news = new SynchronousQueue<>();

  private static final AtomicInteger watchers = new AtomicInteger();

  private static Weir weir;
  private static Server server;

  private final Servers kind;
  private final Client client = new Client(server);

  SessionsIT(Servers kind) {
    this.kind = kind;
  }

  @BeforeParameterizedClassInvocation
  static void start(Servers kind) throws Exception {
    weir =
        Weir.builder()
            .configuration(Configuration.parse("sessions.yaml", YAML))
            .directory(key -> Account.of("starter"))
            .clock(() -> Instant.ofEpochMilli(now.get()))
            .build();
    server =
        kind.start(
            new Application("/app")
                .with(context -> context.setAttribute(RateLimitFilter.WEIR_ATTRIBUTE, weir))
                .with(Servlets::addAll)
                .with(
                    context -> {
                      Servlets.add(
                          context, "/create", (in, out) -> create(out, in.getQueryString()));
                      Servlets.add(context, "/watch/*", (in, out) -> watch(out));
                      Servlets.add(context, "/sessions/*", (in, out) -> out.setStatus(204));
                      Servlets.add(context, "/flood", (in, out) -> flood(out));
                      Servlets.add(context, "/end/*", (in, out) -> out.setStatus(204));
                    })
                .withErrorPage(403, "/error-page")
                .withErrorPage(Servlets.WithPage.class, "/error-page")
                .with(new WeirInitializer()));
  }

  private static void create(HttpServletResponse response, String how) throws Exception {
    response.setStatus(201);
    response.setHeader("Location", "/app/sessions/sess_1");
    response.setContentType("application/json");
    String body = "{\"status\":\"active\",\"id\":\"sess_1\"}";
    if ("late".equals(how)) { // as long as nothing is sent, headers may follow
      response.setHeader("Location", "/app/nowhere?yet");
      response.getWriter().print(body);
      response.setHeader("Location", "/app/sessions/sess_1");
    } else if ("stream".equals(how)) {
      OutputStream out = response.getOutputStream();
      out.write(body.getBytes(StandardCharsets.UTF_8), 0, 10);
      out.flush();
      out.write(body.getBytes(StandardCharsets.UTF_8), 10, body.length() - 10);
    } else {
      response.getWriter().write("something else");
      response.resetBuffer();
      response.getWriter().print(body);
    }
  }

  /** Passes news on until the client has gone. */
  private static void watch(HttpServletResponse response) throws Exception {
    PrintWriter writer = response.getWriter();
    watchers.incrementAndGet();
    try {
      for (String told = news.take(); !told.isEmpty(); told = news.take()) {
        writer.println(told);
        if (writer.checkError()) {
          return;
        }
      }
    } finally {
      watchers.decrementAndGet();
    }
  }

  /** Writes until the client has gone. */
  private static void flood(HttpServletResponse response) throws Exception {
    byte[] block = new byte[65_536];
    for (int i = 0; i < 10_000; i++) {
      response.getOutputStream().write(block);
    }
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    server.close();
    weir.close();
  }

  @ParameterizedTest
  @MethodSource("dev.weir.containers.Servlets#endings")
  void a_creation_keeps_its_slot_if_it_succeeds_and_frees_it_if_not(String path, int status)
      throws Exception {
    for (String method : List.of("GET", "POST")) {
      String key = "every-" + method + path;

      // the Location of a redirect names its session, the same each time; the others name none
      int sessions = status == 302 && method.equals("GET") ? 1 : SLOTS + 1;
      int creations = status < 400 ? SLOTS + 1 : 1; // one slot left behind shows
      for (int i = 1; i <= creations; i++) {
        int taken = status < 400 ? Math.min(Math.min(i, sessions), SLOTS) : 0;
        int expected = status < 400 && Math.min(i, sessions) > SLOTS ? 429 : status;
        assertThat(client.send(method, "/app" + path, "X-API-Key", key).status())
            .isEqualTo(expected);
        soon().untilAsserted(() -> assertThat(active(key)).isEqualTo(taken));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"GET, writer", "GET, late", "POST, writer", "POST, stream"})
  void the_id_is_read_from_the_response_so_that_the_session_can_end(String method, String how)
      throws Exception {
    String key = "create-" + method + how;
    for (int i = 0; i < 3; i++) {
      Response created = client.send(method, "/app/create?" + how, "X-API-Key", key);
      assertThat(created.status()).isEqualTo(201);
      assertThat(created.body()).isEqualTo("{\"status\":\"active\",\"id\":\"sess_1\"}");
      soon().untilAsserted(() -> assertThat(active(key)).isEqualTo(1)); // the same one each time
    }

    assertThat(client.send("DELETE", "/app/end/sess_1", "X-API-Key", key).status()).isEqualTo(204);

    soon().untilAsserted(() -> assertThat(active(key)).isZero());
  }

  @Test
  void a_session_is_kept_while_somebody_watches_it_and_the_watching_ends_with_the_client()
      throws Exception {
    client.send("GET", "/app/create?writer", "X-API-Key", "watched");
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket
          .getOutputStream()
          .write(
              "GET /app/watch/sess_1 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: watched\r\n\r\n"
                  .getBytes(StandardCharsets.ISO_8859_1));
      for (int i = 0; i < 4; i++) {
        now.addAndGet(Duration.ofMinutes(4).toMillis());
        assertThat(news.offer("news " + i, 20, TimeUnit.SECONDS)).isTrue();
        StringBuilder heard = new StringBuilder();
        while (heard.indexOf("news " + i) < 0) {
          heard.append((char) socket.getInputStream().read());
        }
        soon().untilAsserted(() -> assertThat(active("watched")).isEqualTo(1));
      }
      socket.setSoLinger(true, 0); // a reset
    }

    await()
        .untilAsserted(
            () -> {
              news.offer("nobody hears this", 10, TimeUnit.MILLISECONDS);
              assertThat(watchers).hasValue(0);
            });
    now.addAndGet(Duration.ofMinutes(6).toMillis());
    assertThat(active("watched")).isZero();
  }

  @Test
  void a_session_whose_client_has_gone_frees_its_slot() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket
          .getOutputStream()
          .write(
              "GET /app/flood HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: gone\r\n\r\n"
                  .getBytes(StandardCharsets.ISO_8859_1));
      assertThat(socket.getInputStream().read()).isPositive();
      assertThat(active("gone")).isEqualTo(1);
      socket.setSoLinger(true, 0); // a reset
    }

    soon().untilAsserted(() -> assertThat(active("gone")).isZero());
  }

  @Test
  void a_failing_application_leaks_no_slot() throws Exception {
    List<String> failures =
        List.of("/set-status", "/send-error", "/nowhere", "/send-error-with-page");
    int creations = kind == Servers.JETTY ? CREATIONS : FEW_CREATIONS; // as many take 15 s
    for (int i = 0; i < creations; i++) {
      Response response =
          client.send("GET", "/app" + failures.get(i % failures.size()), "X-API-Key", "failing");
      // a slot left behind each would be too many at the fourth
      assertThat(response.status()).as("%s, %d", kind, i).isBetween(403, 410);
      assertThat(response.body()).doesNotContain("concurrent sessions");
    }

    soon().untilAsserted(() -> assertThat(active("failing")).isZero());
  }

  private int active(String key) throws Exception {
    String usage = client.get("/app/usage", key).body();
    return Integer.parseInt(usage.replaceAll(".*\"active\":([0-9]+).*", "$1"));
  }

  /** Mostly it is so at once, and there are hundreds to wait for. */
  private static ConditionFactory soon() {
    return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(20));
  }
}
