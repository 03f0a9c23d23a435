package dev.weir.jaxrs;

import static dev.weir.jaxrs.TestServer.header;
import static dev.weir.jaxrs.TestServer.trio;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.RateLimited;
import dev.weir.Weir;
import jakarta.annotation.Priority;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.glassfish.jersey.server.ResourceConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The headers are on every response, however it comes about. */
class ResponsesTest {

  private static final String YAML = "plans: { starter: { limits: [3/minute] } }\n";

  private final AtomicInteger authenticated = new AtomicInteger();
  private final TestServer server =
      TestServer.start(
          YAML,
          new ResourceConfig(Things.class)
              .register(new Authenticator(authenticated))
              .register(OutOfStock.Mapper.class)
              .register(Forger.class));

  @Path("things")
  public static class Things {

    @GET
    public String get() {
      return "thing";
    }

    @GET
    @Path("invalid")
    public String invalid() {
      throw new BadRequestException();
    }

    @GET
    @Path("mapped")
    public String mapped() {
      throw new OutOfStock();
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
    @Path("unwritable")
    public Object unwritable() {
      return new Object();
    }

    @GET
    @Path("stream")
    public StreamingOutput stream() {
      return out -> {
        out.write("first,".getBytes(StandardCharsets.UTF_8));
        out.flush();
        out.write("x".repeat(100_000).getBytes(StandardCharsets.UTF_8));
      };
    }

    @GET
    @Path("forged")
    public Response forged() {
      return Response.ok("forged")
          .header("x-ratelimit-remaining", "999")
          .header("X-RateLimit-Remaining", "998")
          .build();
    }

    @GET
    @Path("exposing")
    public Response exposing() {
      return Response.ok("exposing")
          .header("Access-Control-Expose-Headers", "ETag, x-ratelimit-limit")
          .build();
    }

    @GET
    @Path("open")
    @RateLimited(exempt = true)
    public Response open() {
      return Response.ok("open").header("X-RateLimit-Limit", "mine").build();
    }
  }

  static final class OutOfStock extends RuntimeException {

    private static final long serialVersionUID = 1;

    public static final class Mapper implements ExceptionMapper<OutOfStock> {

      @Override
      public Response toResponse(OutOfStock exception) {
        return Response.status(409).entity("out of stock").build();
      }
    }
  }

  @Priority(Priorities.AUTHENTICATION)
  record Authenticator(AtomicInteger asked) implements ContainerRequestFilter {

    @Override
    public void filter(ContainerRequestContext request) {
      asked.incrementAndGet();
    }
  }

  /** Runs after all other response filters whose authors did not think of priorities below 1. */
  @Priority(2)
  public static final class Forger implements ContainerResponseFilter {

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
      if (request.getHeaderString("X-Forge") != null) {
        response.getHeaders().putSingle("X-RateLimit-Limit", "1000000");
        response.getHeaders().putSingle("Access-Control-Expose-Headers", "X-Forged");
      }
    }
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest // R5
  @CsvSource({
    "/things, 200, thing",
    "/things/invalid, 400,",
    "/things/mapped, 409, out of stock",
    "/things/unmapped, 500,",
    "/things/unmapped-async, 500,",
  })
  void the_trio_is_on_every_response_and_each_request_counts_once(
      String path, int status, String body) {
    HttpResponse<String> response = server.get(path);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.body().strip()).isEqualTo(body == null ? "" : body);
    assertThat(trio(response)).isEqualTo("3/2/1711454460");
    assertThat(server.decisions).hasSize(1);
    assertThat(trio(server.get("/things"))).isEqualTo("3/1/1711454460");
  }

  @Test
  void a_response_that_is_committed_early_carries_the_trio() { // R5
    HttpResponse<String> response = server.get("/things/stream");

    assertThat(response.body()).startsWith("first,").hasSize(100_006);
    assertThat(trio(response)).isEqualTo("3/2/1711454460");
  }

  @Test
  void an_entity_that_cannot_be_written_is_a_500_with_the_trio() { // R5
    HttpResponse<String> response = server.get("/things/unwritable");

    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(trio(response)).isEqualTo("3/2/1711454460");
    assertThat(server.decisions).hasSize(1);
  }

  @Test
  void head_is_answered_and_counted_as_get_is() {
    HttpResponse<String> response = server.send("HEAD", "/things");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
    assertThat(trio(response)).isEqualTo("3/2/1711454460");
  }

  @Test
  void a_refusal_is_the_profiles_and_reaches_neither_authenticator_nor_resource() { // R6, R7, R9
    for (int i = 0; i < 3; i++) {
      server.get("/things");
    }
    assertThat(authenticated).hasValue(3);

    HttpResponse<String> refused = server.get("/things");

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(trio(refused)).isEqualTo("3/0/1711454460");
    assertThat(header(refused, "Retry-After")).isEqualTo("30");
    assertThat(header(refused, "Cache-Control")).isEqualTo("no-store");
    assertThat(header(refused, "Content-Type")).isEqualTo("application/json");
    assertThat(refused.body())
        .isEqualTo(
            "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":"
                + "\"Rate limit exceeded. Please retry after 30 seconds.\"}}");
    assertThat(server.send("HEAD", "/things").statusCode()).isEqualTo(429);
    assertThat(server.get("/things", "Accept", "image/png").body()).isEqualTo(refused.body());
    assertThat(authenticated).hasValue(3);
  }

  @Test
  void a_caller_without_a_key_or_with_two_is_refused_in_the_profiles_envelope() { // R9, R10
    HttpResponse<String> missing = server.sendWithoutKey("GET", "/things");
    HttpResponse<String> unknown = server.sendWithoutKey("GET", "/things", "X-API-Key", "nobody");
    HttpResponse<String> conflict = server.get("/things", "Authorization", "Bearer other");

    assertThat(missing.statusCode()).isEqualTo(401);
    assertThat(missing.body()).contains("api_key_missing");
    assertThat(unknown.statusCode()).isEqualTo(401);
    assertThat(unknown.body()).contains("api_key_invalid");
    assertThat(conflict.statusCode()).isEqualTo(400);
    assertThat(conflict.body()).contains("api_key_conflict");
    assertThat(trio(server.get("/things"))).isEqualTo("3/2/1711454460");
  }

  @Test
  void what_the_application_says_under_the_same_names_is_overridden() {
    HttpResponse<String> byResource = server.get("/things/forged");
    HttpResponse<String> byFilter = server.get("/things", "X-Forge", "yes");

    assertThat(trio(byResource)).isEqualTo("3/2/1711454460");
    assertThat(trio(byFilter)).isEqualTo("3/1/1711454460");
    assertThat(header(server.get("/things/open"), "X-RateLimit-Limit")).isEqualTo("mine");
  }

  @Test
  void the_headers_are_exposed_to_other_origins_beside_those_of_the_application() { // R14
    String origin = "https://app.example";
    String own = "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset";

    assertThat(exposed(server.get("/things", "Origin", origin))).isEqualTo(own);
    assertThat(exposed(server.get("/things/exposing", "Origin", origin)))
        .isEqualTo("ETag, x-ratelimit-limit, X-RateLimit-Remaining, X-RateLimit-Reset");
    assertThat(exposed(server.get("/things", "Origin", origin, "X-Forge", "yes")))
        .isEqualTo("X-Forged, " + own);
    HttpResponse<String> refused = server.get("/things", "Origin", origin);
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(exposed(refused)).startsWith(own).contains("Retry-After");
  }

  @Test
  void without_another_origin_nothing_is_exposed() {
    assertThat(exposed(server.get("/things"))).isEqualTo("-");
  }

  @Test
  void a_resolver_that_fails_is_asked_once_and_no_resource_runs() {
    AtomicInteger asked = new AtomicInteger();
    Weir weir =
        TestServer.builder(YAML)
            .keys(
                request -> {
                  asked.incrementAndGet();
                  throw new IllegalStateException("a bug in the resolver");
                })
            .build();
    try (TestServer failing =
        TestServer.start(new ResourceConfig(Things.class).register(new RateLimitFeature(weir)))) {
      assertThat(failing.get("/things").statusCode()).isEqualTo(500);
      assertThat(asked).hasValue(1);
      assertThat(failing.get("/nowhere").statusCode()).isEqualTo(500);
      assertThat(asked).hasValue(2);
    }
  }

  private static String exposed(HttpResponse<?> response) {
    return header(response, "Access-Control-Expose-Headers");
  }
}
