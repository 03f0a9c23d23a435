package dev.weir.jaxrs;

import static dev.weir.jaxrs.TestServer.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.EndsSession;
import dev.weir.OpensSession;
import dev.weir.RateLimited;
import dev.weir.UsesSession;
import jakarta.annotation.Priority;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import org.glassfish.jersey.message.GZipEncoder;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.filter.EncodingFilter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sessions by annotation (contract K9, K10; design invariant I10). */
class SessionResourcesTest {

  private static final String YAML =
      """
      plans: { starter: { limits: [1000/minute], groups: { writes: [900/minute] }, sessions: 2 } }
      groups: { writes: {} }
      headers: { sessions: true }
      usage: { path: /usage }
      """;

  /** What the annotations may stand on as well. */
  public interface Ending {

    @DELETE
    @Path("{call}")
    @EndsSession(id = "path call")
    String end(@PathParam("call") String call);
  }

  @Path("calls")
  public static class Calls implements Ending {

    @POST
    @OpensSession
    @RateLimited(group = "writes")
    public Response create() {
      return Response.created(URI.create("calls/call_1")).build();
    }

    @POST
    @Path("with-body")
    @OpensSession
    public Response createWithBody() {
      return Response.created(URI.create("calls/call_1")).entity("created").build();
    }

    @POST
    @Path("json")
    @OpensSession(id = "json $.call.id")
    public String json() {
      return "{\"call\":{\"id\":\"call_1\"}}";
    }

    @POST
    @Path("header")
    @OpensSession(id = "header X-Call")
    public Response header() {
      return Response.noContent().header("X-Call", "call_1").build();
    }

    @PUT
    @Path("{id}")
    @OpensSession(id = "path id")
    public String put(@PathParam("id") String id) {
      return id;
    }

    @GET
    @Path("{id}")
    @UsesSession
    public String use(@PathParam("id") String id) {
      return id;
    }

    @POST
    @Path("fails/{how}")
    @OpensSession
    public Response fail(@PathParam("how") String how) {
      switch (how) {
        case "status" -> {
          return Response.status(409).entity("conflict").build();
        }
        case "mapped" -> throw new IllegalArgumentException("mapped");
        case "unmapped" -> throw new IllegalStateException("not mapped");
        case "badly-filtered" -> {
          return Response.noContent().header("X-Failing", "yes").build();
        }
        case "badly-mapped" -> throw new UnsupportedOperationException("the mapper fails");
        case "web" -> throw new WebApplicationException(410);
        case "writing" -> {
          StreamingOutput failing =
              out -> {
                throw new IOException("the client has gone");
              };
          return Response.created(URI.create("calls/call_1")).entity(failing).build();
        }
        default -> throw new AssertionError(how);
      }
    }

    @Override
    public String end(String call) {
      return call;
    }
  }

  /** For one kind of exception. */
  public static class Mapper implements ExceptionMapper<IllegalArgumentException> {

    @Override
    public Response toResponse(IllegalArgumentException exception) {
      return Response.status(422).entity("mapped").build();
    }
  }

  /** Fails itself. */
  public static class FailingMapper implements ExceptionMapper<UnsupportedOperationException> {

    @Override
    public Response toResponse(UnsupportedOperationException exception) {
      throw exception;
    }
  }

  /** Fails over a response, so that no other filter gets to see that. */
  @Priority(Integer.MAX_VALUE)
  public static class FailingFilter implements ContainerResponseFilter {

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
      if (response.getHeaders().containsKey("X-Failing")) {
        throw new IllegalStateException("meant to fail");
      }
    }
  }

  @Path("wrong")
  public static class WrongPlace {

    @DELETE
    @EndsSession(id = "location")
    public String end() {
      return "";
    }
  }

  @Path("both")
  public static class Both {

    @DELETE
    @OpensSession
    @EndsSession
    public String end() {
      return "";
    }
  }

  private final TestServer server =
      TestServer.start(
          YAML,
          new ResourceConfig(
              Calls.class,
              Mapper.class,
              FailingMapper.class,
              FailingFilter.class,
              EncodingFilter.class,
              GZipEncoder.class));

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /calls",
    "POST, /calls/with-body",
    "POST, /calls/json",
    "POST, /calls/header",
    "PUT, /calls/call_1"
  })
  void a_session_takes_one_slot_however_its_id_is_told(String method, String path) {
    for (int i = 0; i < 3; i++) {
      assertThat(server.send(method, path).statusCode()).isBetween(200, 204);
      await().untilAsserted(() -> assertThat(active()).isEqualTo(1));
    }

    assertThat(server.send("DELETE", "/calls/call_1").statusCode()).isEqualTo(200);
    await().untilAsserted(() -> assertThat(active()).isZero());
  }

  @ParameterizedTest
  @CsvSource({
    "status, 409",
    "mapped, 422",
    "unmapped, 500",
    "badly-mapped, 500",
    "badly-filtered, 500",
    "web, 410"
  })
  void a_creation_that_fails_frees_its_slot(String how, int status) {
    for (int i = 0; i < 5; i++) {
      assertThat(server.send("POST", "/calls/fails/" + how).statusCode()).isEqualTo(status);
    }

    await().untilAsserted(() -> assertThat(active()).isZero());
  }

  @Test
  void the_id_is_read_before_the_body_is_compressed() {
    HttpResponse<String> compressed = server.send("POST", "/calls/json", "Accept-Encoding", "gzip");

    assertThat(header(compressed, "Content-Encoding")).isEqualTo("gzip");
    assertThat(active()).isOne();
    server.send("DELETE", "/calls/call_1");
    assertThat(active()).isZero();
  }

  @Test
  void a_session_whose_client_has_gone_frees_its_slot() {
    try {
      server.send("POST", "/calls/fails/writing");
    } catch (AssertionError cutOff) {
      // the response may end before its headers
    }

    await().untilAsserted(() -> assertThat(active()).isZero());
  }

  @Test
  void a_session_too_many_is_refused_before_its_method_runs() { // K10
    server.send("PUT", "/calls/call_1");
    server.send("PUT", "/calls/call_2");

    var refused = server.send("PUT", "/calls/call_3");

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.body()).contains("limit of 2 concurrent sessions");
    assertThat(header(refused, "X-Sessions-Active")).isEqualTo("2");
    assertThat(header(refused, "Retry-After")).isEqualTo("-");
    assertThat(server.send("PUT", "/calls/call_2").statusCode()).isEqualTo(200); // once more
  }

  @Test
  void a_session_annotation_stands_beside_the_group() {
    assertThat(header(server.send("POST", "/calls"), "X-RateLimit-Limit")).isEqualTo("900");
    assertThat(header(server.send("GET", "/calls/call_1"), "X-RateLimit-Limit")).isEqualTo("1000");
  }

  @Test
  void an_annotation_that_cannot_be_stops_the_start() {
    assertThatThrownBy(() -> TestServer.start(YAML, new ResourceConfig(WrongPlace.class)))
        .hasStackTraceContaining(
            "the session annotation on dev.weir.jaxrs.SessionResourcesTest$WrongPlace#end: the id of"
                + " a session that is ended stands in the request");
    assertThatThrownBy(() -> TestServer.start(YAML, new ResourceConfig(Both.class)))
        .hasStackTraceContaining("$Both#end: one of @OpensSession, @UsesSession, @EndsSession");
  }

  private int active() {
    return Integer.parseInt(
        server.get("/usage").body().replaceAll(".*\"active\":([0-9]+).*", "$1"));
  }
}
