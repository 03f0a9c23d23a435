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
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a session's slot, however its creation ends, on every server (K9, I10). */
@ParameterizedClass
@EnumSource
class SessionsIT {

  private static final int CREATIONS = 10_000;
  private static final int FEW_CREATIONS = 200;

  /** Everything creates a session; GET says so in a header, POST in the body. */
  private static final String YAML =
      """
      plans:
        starter: { limits: [1000000/366d], sessions: 3 }
      sessions:
        open:
          - { match: "GET /**", id: location }
          - { match: "POST /**", id: json $.id }
        end: ["DELETE /end/{id}"]
      usage: { path: /usage }
      cluster: { store: memory }
      """;

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
    if ("stream".equals(how)) {
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
  @CsvSource({
    "/ok, 200",
    "/nowhere, 404",
    "/set-status, 409",
    "/send-error, 410",
    "/send-error-with-page, 403",
    "/redirect, 302",
    "/forward, 200",
    "/forward-to-failure, 500",
    "/throw-runtime, 500",
    "/throw-io, 500",
    "/throw-servlet-exception, 500",
    "/throw-error, 500",
    "/throw-with-page, 500",
    "/write-then-throw, 500",
    "/stream, 200",
    "/reset, 200",
    "/reset-then-throw, 500",
    "/async-complete, 200",
    "/async-other-thread, 200",
    "/async-reset, 200",
    "/async-there-and-back, 200",
    "/async-dispatch, 200",
    "/async-dispatch-reset, 200",
    "/async-dispatch-failure, 500",
    "/async-dispatch-failure-wrapped, 500",
    "/async-timeout, 500",
    "/async-timeout-wrapped, 500",
    "/async-timeout-handled, 504",
  })
  void a_creation_keeps_its_slot_if_it_succeeds_and_frees_it_if_not(String path, int status)
      throws Exception {
    for (String method : List.of("GET", "POST")) {
      String key = "every-" + method + path;

      assertThat(client.send(method, "/app" + path, "X-API-Key", key).status()).isEqualTo(status);

      await().untilAsserted(() -> assertThat(active(key)).isEqualTo(status < 400 ? 1 : 0));
    }
  }

  @ParameterizedTest
  @CsvSource({"GET, writer", "POST, writer", "POST, stream"})
  void the_id_is_read_from_the_response_so_that_the_session_can_end(String method, String how)
      throws Exception {
    String key = "create-" + method + how;
    for (int i = 0; i < 3; i++) {
      Response created = client.send(method, "/app/create?" + how, "X-API-Key", key);
      assertThat(created.status()).isEqualTo(201);
      assertThat(created.body()).isEqualTo("{\"status\":\"active\",\"id\":\"sess_1\"}");
      await().untilAsserted(() -> assertThat(active(key)).isEqualTo(1)); // the same one each time
    }

    assertThat(client.send("DELETE", "/app/end/sess_1", "X-API-Key", key).status()).isEqualTo(204);

    await().untilAsserted(() -> assertThat(active(key)).isZero());
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

    await().untilAsserted(() -> assertThat(active("gone")).isZero());
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

    await().untilAsserted(() -> assertThat(active("failing")).isZero());
  }

  private int active(String key) throws Exception {
    String usage = client.get("/app/usage", key).body();
    return Integer.parseInt(usage.replaceAll(".*\"active\":([0-9]+).*", "$1"));
  }
}
