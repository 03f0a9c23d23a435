package dev.weir.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.RateLimited;
import dev.weir.Weir;
import dev.weir.containers.Client.Response;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.servlet.WeirInitializer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.catalina.util.ServerInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client sees of an application behind the filter, on every server. */
@ParameterizedClass
@MethodSource("dev.weir.containers.Servers#here")
class ResponsesIT {

  private static final String ORIGIN = "https://app.example";

  @RateLimited(group = "annotated")
  static final class AnnotatedServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      Servlets.say(response, "annotated");
    }
  }

  private static final AtomicInteger ran = new AtomicInteger();
  private static Weir weir;
  private static Server server;

  private final Servers kind;
  private final Client client = new Client(server);

  ResponsesIT(Servers kind) {
    this.kind = kind;
  }

  @BeforeParameterizedClassInvocation
  static void start(Servers kind) throws Exception {
    weir = Limits.open();
    server =
        kind.start(
            new Application("/app")
                .with(context -> context.setAttribute(RateLimitFilter.WEIR_ATTRIBUTE, weir))
                .with(Servlets::addAll)
                .with(
                    context -> {
                      context.addServlet("annotated", new AnnotatedServlet()).addMapping("/a/*");
                      Servlets.add(context, "/counted", (in, out) -> ran.incrementAndGet());
                      Servlets.add(context, "/health", (in, out) -> Servlets.say(out, "up"));
                      Servlets.add(
                          context,
                          "/forward-to-annotated",
                          (in, out) -> in.getRequestDispatcher("/a/x").forward(in, out));
                    })
                .withErrorPage(403, "/error-page")
                .withErrorPage(Servlets.WithPage.class, "/error-page")
                .with(new WeirInitializer()));
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    server.close();
    weir.close();
  }

  @ParameterizedTest
  @MethodSource("dev.weir.containers.Servlets#endings")
  void every_answer_carries_the_trio_once_and_is_counted_once(String path, int status)
      throws Exception { // R4, R5, R13, R14
    String key = "every-" + path;

    Response response = client.send("GET", "/app" + path, "X-API-Key", key, "Origin", ORIGIN);

    assertThat(response.status()).isEqualTo(status);
    assertThat(response.limit()).isEqualTo(Limits.PLAN_LIMIT);
    assertThat(response.remaining()).isEqualTo(999);
    assertThat(response.header("X-RateLimit-Reset")).matches("[0-9]{10}");
    assertThat(response.header("Access-Control-Expose-Headers"))
        .containsIgnoringCase("X-RateLimit-Limit")
        .containsIgnoringCase("X-RateLimit-Remaining")
        .containsIgnoringCase("X-RateLimit-Reset");
    assertThat(client.get("/app/ok", key).remaining()).isEqualTo(998);
  }

  @Test
  void a_failure_after_the_start_of_asynchronous_work_carries_the_trio() throws Exception { // R5
    Response response = client.sendRaw("GET", "/app/async-start-then-throw", "X-API-Key", "async");

    if (kind == Servers.TOMCAT && ServerInfo.getServerNumber().startsWith("10.")) {
      assertThat(response.status()).isZero(); // it closes the connection without an answer
    } else {
      assertThat(response.status()).isEqualTo(500);
      assertThat(response.remaining()).isEqualTo(999);
    }
    assertThat(client.get("/app/ok", "async").remaining()).isEqualTo(998);
  }

  @Test
  void a_dispatch_without_a_path_goes_where_it_goes_without_weir() throws Exception {
    assertThat(client.get("/app/async-there-and-back", "back").body()).isEqualTo("back again");
  }

  @Test
  void error_pages_are_shown_as_without_weir() throws Exception {
    assertThat(client.get("/app/send-error-with-page", "pages").body()).isEqualTo("error page");
    assertThat(client.get("/app/throw-with-page", "pages").body()).isEqualTo("error page");
  }

  @Test
  void the_application_keeps_its_own_headers() throws Exception {
    Response response = client.get("/app/own-values", "own");

    assertThat(response.headers("X-Other")).containsExactly("kept", "too");
    assertThat(client.get("/app/reset", "own").header("X-Early")).isNull();
    assertThat(client.get("/app/stream", "own").body()).isEqualTo("first second");
  }

  @Test
  void exposed_headers_of_the_application_are_kept_and_weirs_are_added_once()
      throws Exception { // R14
    Response response = client.send("GET", "/app/exposes", "X-API-Key", "e", "Origin", ORIGIN);

    assertThat(response.header("Access-Control-Expose-Headers"))
        .isEqualTo("X-Total, x-ratelimit-reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Page");
  }

  @Test
  void without_an_origin_exposed_headers_are_left_alone() throws Exception { // R14
    assertThat(client.get("/app/ok", "e").headers("Access-Control-Expose-Headers")).isEmpty();
    assertThat(client.get("/app/exposes", "e").headers("Access-Control-Expose-Headers"))
        .containsExactly("X-Total, x-ratelimit-reset", "X-Page");
  }

  @Test
  void a_refusal_comes_from_weir_alone() throws Exception { // R3, R6, R7, R9, R14
    client.get("/app/ok", "tiny-refused");

    Response refused =
        client.send("GET", "/app/counted", "X-API-Key", "tiny-refused", "Origin", ORIGIN);

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.limit()).isEqualTo("1");
    assertThat(refused.remaining()).isZero();
    assertThat(refused.header("Retry-After")).matches("[1-9][0-9]*");
    assertThat(refused.header("Cache-Control")).isEqualTo("no-store");
    assertThat(refused.header("Content-Type")).isEqualTo("application/json");
    assertThat(refused.header("Content-Length")).isEqualTo("" + refused.body().length());
    assertThat(refused.header("Access-Control-Expose-Headers"))
        .isEqualTo("X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After");
    assertThat(refused.body())
        .isEqualTo(
            "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"Rate limit exceeded."
                + " Please retry after "
                + refused.header("Retry-After")
                + " seconds.\"}}");
    assertThat(ran).hasValue(0);
  }

  @Test
  void a_refused_head_has_the_headers_and_no_body() throws Exception {
    client.get("/app/ok", "tiny-head");

    Response refused = client.sendRaw("HEAD", "/app/ok", "X-API-Key", "tiny-head");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.remaining()).isZero();
    assertThat(Integer.parseInt(refused.header("Content-Length"))).isPositive();
    assertThat(refused.body()).isEmpty();
  }

  @Test
  void who_is_not_known_gets_no_further_and_no_trio() throws Exception { // R9, R10
    Response none = client.send("GET", "/app/counted");
    Response unknown = client.get("/app/counted", "unknown-1");
    Response two =
        client.send("GET", "/app/counted", "X-API-Key", "a", "Authorization", "Bearer b");

    assertThat(none.status()).isEqualTo(401);
    assertThat(unknown.status()).isEqualTo(401);
    assertThat(two.status()).isEqualTo(400);
    for (Response response : new Response[] {none, unknown, two}) {
      assertThat(response.header("Content-Type")).isEqualTo("application/json");
      assertThat(response.body()).startsWith("{\"error\":{\"code\":\"api_key_");
      assertThat(response.limit()).isNull();
    }
    assertThat(client.get("/app/ok", "a").remaining()).isEqualTo(999);
    assertThat(ran).hasValue(0);
  }

  @Test
  void a_preflight_passes_uncounted_and_a_plain_options_does_not() throws Exception { // R13
    Response preflight =
        client.sendRaw(
            "OPTIONS", "/app/ok", "Origin", ORIGIN, "Access-Control-Request-Method", "GET");

    assertThat(preflight.status()).isEqualTo(200);
    assertThat(preflight.limit()).isNull();
    assertThat(client.sendRaw("OPTIONS", "/app/ok", "Origin", ORIGIN).status()).isEqualTo(401);
  }

  @Test
  void an_exempt_path_needs_no_key_and_says_nothing() throws Exception {
    Response response = client.send("GET", "/app/health");

    assertThat(response.body()).isEqualTo("up");
    assertThat(response.limit()).isNull();
  }

  @Test
  void callers_read_their_usage_without_using_any_up() throws Exception {
    client.get("/app/ok", "usage");

    Response usage = client.get("/app/usage", "usage");

    assertThat(usage.status()).isEqualTo(200);
    assertThat(usage.header("Content-Type")).isEqualTo("application/json");
    assertThat(usage.body()).startsWith("{").contains("999");
    assertThat(client.get("/app/ok", "usage").remaining()).isEqualTo(998);
  }

  @Test
  void an_annotated_servlet_belongs_to_its_group() throws Exception {
    assertThat(client.get("/app/a/1", "annotated").limit()).isEqualTo(Limits.SERVLET_LIMIT);
    assertThat(client.get("/app/a;x=1/2", "annotated").remaining()).isEqualTo(48);
    assertThat(client.get("/app/ok", "annotated").remaining()).isEqualTo(997);
  }

  @Test
  void a_forward_to_an_annotated_servlet_counts_where_it_came_from() throws Exception { // R13
    Response forwarded = client.get("/app/forward-to-annotated", "forwarded");

    assertThat(forwarded.body()).isEqualTo("annotated");
    assertThat(forwarded.limit()).isEqualTo(Limits.PLAN_LIMIT);
    assertThat(client.get("/app/a/1", "forwarded").remaining()).isEqualTo(49);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ok", "/forward", "/async-dispatch", "/throw-runtime"})
  void head_is_counted_like_get(String path) throws Exception {
    Response response = client.sendRaw("HEAD", "/app" + path, "X-API-Key", "head-" + path);

    assertThat(response.remaining()).isEqualTo(999);
    assertThat(response.body()).isEmpty();
  }
}
