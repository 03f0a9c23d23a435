package dev.weir.jaxrs;

import static dev.weir.jaxrs.TestServer.header;
import static dev.weir.jaxrs.TestServer.trio;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.Decision;
import dev.weir.RateLimited;
import dev.weir.Weir;
import dev.weir.http.Answer;
import dev.weir.key.ApiKey;
import dev.weir.key.RequestView;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The feature on Jersey in a servlet container. */
class ServletContainerTest {

  private static final String YAML =
      """
      plans:
        starter: { limits: [3/minute], groups: { analysis: [2/minute] } }
      groups:
        analysis: { match: [/never] }
      """;

  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);
  private final ServletContextHandler context = new ServletContextHandler("/shop");
  private final List<Decision> decisions = new CopyOnWriteArrayList<>();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final Weir weir = TestServer.builder(YAML).listener(decisions::add).build();

  @Path("things")
  public static class Things {

    @GET
    public String get() {
      return "thing";
    }

    @GET
    @Path("analysis")
    @RateLimited(group = "analysis")
    public Response analysis() {
      return Response.ok("analysis").header("X-RateLimit-Remaining", "forged").build();
    }

    @GET
    @Path("unmapped")
    public String unmapped() {
      throw new IllegalStateException("a fault of the application");
    }

    @GET
    @Path("unmapped-async")
    public CompletionStage<String> unmappedAsync() {
      return CompletableFuture.failedFuture(new IllegalStateException("a fault, later"));
    }

    @GET
    @Path("mapped")
    public String mapped() {
      throw new IllegalArgumentException("which is no fault");
    }

    @GET
    @Path("stage")
    public CompletionStage<String> stage() {
      return CompletableFuture.supplyAsync(() -> "later");
    }

    @GET
    @Path("suspended")
    public void suspended(@Suspended AsyncResponse response) {
      Thread resumer = new Thread(() -> response.resume("resumed"));
      resumer.start();
    }

    @GET
    @Path("timeout")
    public void timeout(@Suspended AsyncResponse response) {
      // Jetty loses one in some ten thousands of timeouts of a millisecond
      response.setTimeout(100, TimeUnit.MILLISECONDS);
    }

    @GET
    @Path("events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    public void events(@Context SseEventSink sink, @Context Sse sse) throws IOException {
      try (sink) {
        sink.send(sse.newEvent("tick"));
      }
    }
  }

  /** Makes a success of one kind of exception. */
  public static class Mapper implements ExceptionMapper<IllegalArgumentException> {

    @Override
    public Response toResponse(IllegalArgumentException exception) {
      return Response.ok(exception.getMessage()).build();
    }
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
    weir.close();
  }

  @ParameterizedTest // R5
  @CsvSource({
    "/things, 200, thing",
    "/things/stage, 200, later",
    "/things/suspended, 200, resumed",
    "/things/timeout, 503, Service Unavailable",
    "/things/events, 200, data: tick",
    "/things/unmapped, 500, Request failed",
    "/things/unmapped-async, 500, Request failed",
    "/nowhere, 404, Not Found",
  })
  void the_trio_is_on_every_response_and_each_request_counts_once(
      String path, int status, String body) throws Exception {
    start(new RateLimitFeature(weir));

    HttpResponse<String> response = get(path, "X-API-Key", "k1");

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.body()).contains(body);
    assertThat(trio(response)).isEqualTo("3/2/1711454460");
    assertThat(decisions).hasSize(1);
  }

  @ParameterizedTest // K9, I10
  @CsvSource({
    "/things, 200",
    "/things/stage, 200",
    "/things/suspended, 200",
    "/things/timeout, 503",
    "/things/events, 200",
    "/things/unmapped, 500",
    "/things/unmapped-async, 500",
    "/things/mapped, 200",
    "/nowhere, 404",
  })
  void a_session_keeps_its_slot_if_its_creation_succeeds_and_frees_it_if_not(
      String path, int status) throws Exception {
    try (Weir counting =
        TestServer.builder(
                """
                plans: { starter: { sessions: 2 } }
                groups: { analysis: { match: [/never] } }
                sessions: { open: ["GET /things/**", GET /nowhere] }
                usage: { path: /usage }
                """)
            .build()) {
      start(new RateLimitFeature(counting));

      for (int i = 1; i <= 4; i++) {
        boolean room = status != 200 || i <= 2;
        assertThat(get(path, "X-API-Key", "k1").statusCode()).isEqualTo(room ? status : 429);
        String active = "\"active\":" + (status == 200 ? Math.min(i, 2) : 0);
        await()
            .untilAsserted(
                () -> assertThat(get("/usage", "X-API-Key", "k1").body()).contains(active));
      }
    }
  }

  @Test
  void an_exception_without_a_mapper_still_reaches_the_filters_and_error_pages_around() // R5, R14
      throws Exception {
    start(new RateLimitFeature(weir));

    HttpResponse<String> response =
        get("/things/unmapped", "X-API-Key", "k1", "Origin", "https://app.example");

    assertThat(failures)
        .containsExactly("java.lang.IllegalStateException: a fault of the application");
    assertThat(header(response, "Access-Control-Expose-Headers"))
        .isEqualTo("X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset");
  }

  @Test
  void callers_are_known_by_their_address() throws Exception {
    List<String> addresses = new CopyOnWriteArrayList<>();
    try (Weir recording =
        TestServer.builder(YAML)
            .keys(
                request -> {
                  addresses.add(request.remoteAddress());
                  return ApiKey.parse("k1");
                })
            .build()) {
      start(new RateLimitFeature(recording));

      get("/things");

      assertThat(addresses).containsExactly("127.0.0.1");
    }
  }

  @Test
  void what_a_servlet_filter_has_charged_is_not_charged_again() throws Exception { // R13
    context.addFilter(new FilterHolder(new Judge()), "/*", EnumSet.of(DispatcherType.REQUEST));
    start(new RateLimitFeature(weir));

    assertThat(trio(get("/things/analysis", "X-API-Key", "k1"))).isEqualTo("2/1/1711454460");
    assertThat(trio(get("/things", "X-API-Key", "k1"))).isEqualTo("3/1/1711454460");
    assertThat(trio(get("/nowhere", "X-API-Key", "k1"))).isEqualTo("3/0/1711454460");
  }

  @Test
  void limits_that_only_an_annotation_names_are_charged_behind_a_servlet_filter() // R13, R7
      throws Exception {
    try (Weir roomy = TestServer.builder(YAML.replace("3/minute", "9/minute")).build()) {
      context.addFilter(
          new FilterHolder(new Judge(roomy)), "/*", EnumSet.of(DispatcherType.REQUEST));
      start(new RateLimitFeature(roomy));
      get("/things/analysis", "X-API-Key", "k1");
      get("/things/analysis", "X-API-Key", "k1");

      HttpResponse<String> refused = get("/things/analysis", "X-API-Key", "k1");

      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(trio(refused)).isEqualTo("2/0/1711454460");
      assertThat(header(refused, "Retry-After")).isEqualTo("30");
      assertThat(header(refused, "Content-Type")).isEqualTo("application/json");
      assertThat(trio(get("/things", "X-API-Key", "k1"))).isEqualTo("9/5/1711454460");
    }
  }

  @Test
  void jersey_as_a_filter_hands_requests_on_that_are_none_of_its_own() throws Exception {
    ResourceConfig application =
        new ResourceConfig(Things.class)
            .register(new RateLimitFeature(weir))
            .property("jersey.config.servlet.filter.forwardOn404", true);
    context.addFilter(
        new FilterHolder(new ServletContainer(application)),
        "/api/*",
        EnumSet.of(DispatcherType.REQUEST));
    context.addServlet(new ServletHolder(new Page()), "/*");
    startServer();

    assertThat(get("/index.html").body()).isEqualTo("page");
    assertThat(get("/things").statusCode()).isEqualTo(401);
    assertThat(trio(get("/things", "X-API-Key", "k1"))).isEqualTo("3/2/1711454460");
  }

  @Test
  void the_end_of_the_servlet_closes_what_was_opened() throws Exception {
    ResourceConfig application =
        new ResourceConfig(StartTest.Plain.class)
            .property(RateLimitFeature.CONFIG, "classpath:one-a-minute.yaml");
    context.addServlet(new ServletHolder(new ServletContainer(application)), "/api/*");
    startServer();
    assertThat(get("/plain", "X-API-Key", "k1").statusCode()).isEqualTo(200);
    assertOpen(true);

    server.stop();

    assertOpen(false);
  }

  @Test
  void the_end_of_a_web_application_closes_what_no_one_else_does() throws Exception {
    context.addServletContainerInitializer(new ServletShutdown());
    context.addServlet(new ServletHolder(new OtherImplementation()), "/api/*");
    startServer();
    assertThat(get("/things").body()).isEqualTo("page");
    assertOpen(true);

    server.stop();

    assertOpen(false);
  }

  /** Whoever opens first says with which configuration; any other is refused. */
  private static void assertOpen(boolean open) {
    if (open) {
      assertThatThrownBy(() -> Weir.shared("classpath:two-a-minute.yaml"))
          .hasMessageContaining("one-a-minute.yaml");
    } else {
      Weir.shared("classpath:two-a-minute.yaml").close();
    }
  }

  private void start(RateLimitFeature feature) throws Exception {
    ServletContainer jersey =
        new ServletContainer(new ResourceConfig(Things.class, Mapper.class).register(feature));
    context.addServletContainerInitializer(new ServletShutdown());
    ServletHolder holder = new ServletHolder(jersey);
    holder.setAsyncSupported(true);
    FilterHolder witness = new FilterHolder(new Witness());
    witness.setAsyncSupported(true);
    context.addFilter(witness, "/*", EnumSet.of(DispatcherType.REQUEST));
    context.addServlet(holder, "/api/*");
    startServer();
  }

  private void startServer() throws Exception {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(context);
    server.start();
  }

  private HttpResponse<String> get(String path, String... headers) {
    return TestServer.send(
        "GET",
        "http://127.0.0.1:%d/shop/api%s".formatted(connector.getLocalPort(), path),
        List.of(headers));
  }

  /** Sees what comes out of Jersey. */
  private final class Witness implements Filter {

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      try {
        chain.doFilter(request, response);
      } catch (ServletException failure) {
        failures.add(failure.getRootCause().toString());
        throw failure;
      }
    }
  }

  /** Does what the servlet filter of Weir does before Jersey sees the request. */
  private final class Judge implements Filter {

    private final Weir judge;

    Judge() {
      this(weir);
    }

    Judge(Weir judge) {
      this.judge = judge;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      HttpServletRequest http = (HttpServletRequest) request;
      http.setAttribute(Answer.ATTRIBUTE, judge.judge(new View(http), null, null));
      chain.doFilter(request, response);
    }
  }

  private record View(HttpServletRequest request) implements RequestView {

    @Override
    public String method() {
      return request.getMethod();
    }

    @Override
    public String rawPath() {
      return request.getRequestURI();
    }

    @Override
    public String query() {
      return request.getQueryString();
    }

    @Override
    public List<String> headers(String name) {
      List<String> values = new ArrayList<>();
      request.getHeaders(name).asIterator().forEachRemaining(values::add);
      return values;
    }

    @Override
    public String remoteAddress() {
      return request.getRemoteAddr();
    }
  }

  private static class Page extends HttpServlet {

    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getWriter().write("page");
    }
  }

  /** Opens the shared instance as the feature does, and tells it of no end. */
  private static final class OtherImplementation extends Page {

    private static final long serialVersionUID = 1;

    @Override
    public void init() {
      SharedInstances.open("classpath:one-a-minute.yaml");
    }
  }
}
