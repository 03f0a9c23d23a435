package dev.weir.jaxrs;

import static dev.weir.jaxrs.TestServer.header;
import static dev.weir.jaxrs.TestServer.trio;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Outcome;
import dev.weir.RateLimited;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.glassfish.jersey.server.ResourceConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that reach no resource method. */
class UnmatchedRequestsTest {

  private static final String YAML =
      """
      plans: { starter: { limits: [3/minute] } }
      groups: { probes: { match: [/admin/**], limits: [1/minute] } }
      usage: { path: /usage }
      """;

  private static final AtomicInteger ran = new AtomicInteger();

  private final TestServer server = TestServer.start(YAML, application());

  @Path("things")
  public static class Things {

    @GET
    @Produces("text/plain")
    public String get() {
      ran.incrementAndGet();
      return "thing";
    }

    @PUT
    @Consumes("text/plain")
    public void put() {
      ran.incrementAndGet();
    }

    @GET
    @Path("gone")
    public String gone() {
      ran.incrementAndGet();
      throw new NotFoundException(Response.status(404).entity("gone").build());
    }

    @GET
    @Path("open")
    @RateLimited(exempt = true)
    public String open() {
      return "open";
    }

    @Path("none")
    public Object none() {
      ran.incrementAndGet();
      return null;
    }

    @Path("parts")
    public Parts parts() {
      ran.incrementAndGet();
      return new Parts();
    }
  }

  public static class Parts {

    @GET
    public String get() {
      return "part";
    }
  }

  /** Answers before matching as {@code X-Answer} says. */
  @PreMatching
  public static final class BeforeMatching implements ContainerRequestFilter {

    @Override
    public void filter(ContainerRequestContext request) {
      String answer = request.getHeaderString("X-Answer");
      if (answer != null) {
        ran.incrementAndGet();
        request.abortWith(
            Response.status(Integer.parseInt(answer))
                .entity("by a filter")
                .header("ETag", "\"of-the-filter\"")
                .header("X-Kept", "yes")
                .build());
      }
      if (request.getHeaderString("X-Fail") != null) {
        throw new IllegalStateException("a fault of a filter");
      }
    }
  }

  /** Answers after matching, but before Weir, as {@code X-Answer-Matched} says. */
  @Priority(Priorities.AUTHENTICATION - 200)
  public static final class BeforeWeir implements ContainerRequestFilter {

    @Override
    public void filter(ContainerRequestContext request) {
      String answer = request.getHeaderString("X-Answer-Matched");
      if (answer != null) {
        request.abortWith(Response.status(Integer.parseInt(answer)).entity("early").build());
      }
    }
  }

  @BeforeEach
  void reset() {
    ran.set(0);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /nowhere, Accept, text/plain, 404",
    "DELETE, /things, Accept, text/plain, 405",
    "GET, /things, Accept, image/png, 406",
    "PUT, /things, Content-Type, image/png, 415",
    "OPTIONS, /things, Accept, text/plain, 200",
    "OPTIONS, /nowhere, Accept, text/plain, 404",
    "GET, /things/none/part, Accept, text/plain, 404",
    "GET, /things/parts/none, Accept, text/plain, 404",
    "DELETE, /things/parts, Accept, text/plain, 405",
  })
  void a_request_that_matches_nothing_counts_against_the_plan_once(
      String method, String path, String name, String value, int status) {
    HttpResponse<String> response = server.send(method, path, name, value);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(trio(response)).isEqualTo("3/2/1711454460");
    assertThat(server.decisions).hasSize(1);
    assertThat(trio(server.get("/things"))).isEqualTo("3/1/1711454460");
  }

  @Test
  void a_refusal_takes_the_place_of_the_error() { // R6, R7, R9, R14
    for (int i = 0; i < 3; i++) {
      server.get("/nowhere");
    }

    HttpResponse<String> refused =
        server.send("DELETE", "/things", "Origin", "https://app.example");

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(trio(refused)).isEqualTo("3/0/1711454460");
    assertThat(header(refused, "Retry-After")).isEqualTo("30");
    assertThat(header(refused, "Cache-Control")).isEqualTo("no-store");
    assertThat(header(refused, "Content-Type")).isEqualTo("application/json");
    assertThat(header(refused, "Allow")).isEqualTo("-");
    assertThat(header(refused, "Access-Control-Expose-Headers")).contains("Retry-After");
    assertThat(refused.body()).contains("Please retry after 30 seconds.");
    assertThat(server.send("HEAD", "/nowhere").statusCode()).isEqualTo(429);
    assertThat(server.send("OPTIONS", "/things").statusCode()).isEqualTo(429);
  }

  @Test
  void without_a_key_an_unknown_path_is_401() { // R10
    HttpResponse<String> response = server.sendWithoutKey("GET", "/nowhere");

    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.body()).contains("api_key_missing");
  }

  @Test
  void the_group_of_an_unknown_path_counts() {
    assertThat(trio(server.get("/admin/login"))).isEqualTo("1/0/1711454460");
    assertThat(server.get("/admin/setup").statusCode()).isEqualTo(429);
  }

  @Test
  void a_preflight_passes_without_a_key_and_uncounted() { // R13
    HttpResponse<String> preflight =
        server.sendWithoutKey(
            "OPTIONS",
            "/things",
            "Origin",
            "https://app.example",
            "Access-Control-Request-Method",
            "GET");

    assertThat(preflight.statusCode()).isEqualTo(200);
    assertThat(trio(server.get("/things"))).isEqualTo("3/2/1711454460");
  }

  @Test
  void a_404_of_a_resource_method_is_counted_before_and_never_replaced() {
    for (int remaining = 2; remaining >= 0; remaining--) {
      HttpResponse<String> gone = server.get("/things/gone");
      assertThat(gone.statusCode()).isEqualTo(404);
      assertThat(gone.body()).isEqualTo("gone");
      assertThat(trio(gone)).isEqualTo("3/" + remaining + "/1711454460");
    }
    assertThat(server.get("/things/gone").statusCode()).isEqualTo(429);
    assertThat(ran).hasValue(3);
  }

  @Test
  void an_error_of_a_filter_before_matching_is_judged() {
    HttpResponse<String> denied = server.get("/things", "X-Answer", "403");

    assertThat(denied.statusCode()).isEqualTo(403);
    assertThat(denied.body()).isEqualTo("by a filter");
    assertThat(trio(denied)).isEqualTo("3/2/1711454460");
    server.get("/things", "X-Answer", "403");
    server.get("/things", "X-Answer", "403");

    HttpResponse<String> refused = server.get("/things", "X-Answer", "403");

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.body()).contains("rate_limit_exceeded");
    assertThat(header(refused, "ETag")).isEqualTo("-");
    assertThat(header(refused, "X-Kept")).isEqualTo("yes");
  }

  @Test
  void what_a_filter_before_matching_has_done_is_never_undone() {
    for (int i = 0; i < 5; i++) {
      HttpResponse<String> done = server.send("PUT", "/things", "X-Answer", "201");
      assertThat(done.statusCode()).isEqualTo(201);
      assertThat(trio(done)).isEqualTo("-/-/-");
    }
    assertThat(server.sendWithoutKey("GET", "/things", "X-Answer", "302").statusCode())
        .isEqualTo(302);
    assertThat(server.decisions).isEmpty();
    assertThat(ran).hasValue(6);
  }

  @Test
  void a_filter_that_fails_before_matching_leaves_the_request_judged() { // R5
    HttpResponse<String> failed = server.get("/things", "X-Fail", "yes");

    assertThat(failed.statusCode()).isEqualTo(500);
    assertThat(trio(failed)).isEqualTo("3/2/1711454460");
  }

  @Test
  void a_filter_between_matching_and_weir_leaves_errors_to_be_judged_by_the_method() {
    assertThat(trio(server.get("/things", "X-Answer-Matched", "403"))).isEqualTo("3/2/1711454460");
    assertThat(trio(server.get("/things", "X-Answer-Matched", "200"))).isEqualTo("-/-/-");
    assertThat(server.sendWithoutKey("GET", "/things/open", "X-Answer-Matched", "403").body())
        .isEqualTo("early");
    assertThat(ran).hasValue(0);
  }

  @Test
  void a_404_that_is_mapped_to_a_page_is_judged_as_a_404() {
    AtomicBoolean closed = new AtomicBoolean();
    ExceptionMapper<NotFoundException> page = new Page(closed);
    try (TestServer mapped = TestServer.start(YAML, application().register(page))) {
      assertThat(trio(mapped.get("/nowhere"))).isEqualTo("3/2/1711454460");
      assertThat(mapped.get("/nowhere").body()).isEqualTo("page");
      mapped.get("/nowhere");
      closed.set(false);

      assertThat(mapped.get("/nowhere").statusCode()).isEqualTo(429);
      assertThat(closed).isTrue();
    }
  }

  record Page(AtomicBoolean closed) implements ExceptionMapper<NotFoundException> {

    @Override
    public Response toResponse(NotFoundException exception) {
      InputStream page =
          new ByteArrayInputStream("page".getBytes(StandardCharsets.UTF_8)) {
            @Override
            public void close() {
              closed.set(true);
            }
          };
      return Response.ok(page, "text/html").build();
    }
  }

  @Test
  void callers_read_their_own_usage_where_there_is_no_resource() {
    server.get("/things");

    HttpResponse<String> usage = server.get("/usage");

    assertThat(usage.statusCode()).isEqualTo(200);
    assertThat(usage.body()).contains("\"plan\":\"starter\"", "\"remaining\":2");
    assertThat(trio(server.get("/things"))).isEqualTo("3/1/1711454460");
  }

  @Test
  void a_404_that_hands_the_request_on_to_a_servlet_container_is_no_answer() {
    ResourceConfig handingOn =
        application().property("jersey.config.servlet.filter.forwardOn404", "true");
    try (TestServer forwarding = TestServer.start(YAML, handingOn)) {
      assertThat(forwarding.sendWithoutKey("GET", "/index.html").statusCode()).isEqualTo(404);
      assertThat(forwarding.send("DELETE", "/things").statusCode()).isEqualTo(405);
      assertThat(forwarding.decisions).extracting("outcome").containsExactly(Outcome.ALLOWED);
    }
  }

  private static ResourceConfig application() {
    return new ResourceConfig(Things.class)
        .register(BeforeMatching.class)
        .register(BeforeWeir.class);
  }
}
