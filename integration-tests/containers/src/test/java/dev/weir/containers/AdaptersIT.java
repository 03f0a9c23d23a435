package dev.weir.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.RateLimited;
import dev.weir.containers.Client.Response;
import dev.weir.servlet.WeirInitializer;
import jakarta.servlet.ServletRegistration;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.StreamingOutput;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.concurrent.ForkJoinPool;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Both adapters in one application: the servlet filter in front, the JAX-RS feature behind. */
@ParameterizedClass
@MethodSource("dev.weir.containers.Servers#here")
class AdaptersIT {

  private static final String YAML =
      """
      plans:
        starter: { limits: [1000/366d], groups: { annotated: [50/366d], few: [1/366d] } }
      groups:
        annotated: {}
        few: {}
      keys:
      %s
      cluster: { store: memory }
      """;

  /** Resources of every kind. */
  @Path("/")
  public static final class Resources {

    /** Creates the resources; for Jersey. */
    public Resources() {}

    @GET
    @Path("plain")
    public String plain() {
      return "plain";
    }

    @GET
    @Path("annotated/{id}")
    @RateLimited(group = "annotated")
    public String annotated(@PathParam("id") String id) {
      return id;
    }

    @GET
    @Path("few")
    @RateLimited(group = "few")
    public String few() {
      return "few";
    }

    @GET
    @Path("fail/{how}")
    public String fail(@PathParam("how") String how) {
      if (how.equals("mapped")) {
        throw new WebApplicationException(409);
      }
      if (how.equals("unmapped")) {
        throw new IllegalStateException("meant to fail");
      }
      return how;
    }

    @GET
    @Path("async")
    public void async(@Suspended AsyncResponse response) {
      ForkJoinPool.commonPool().execute(() -> response.resume("later"));
    }

    @GET
    @Path("stream")
    public StreamingOutput stream() {
      return out -> {
        out.write("first".getBytes(StandardCharsets.US_ASCII));
        out.flush();
        out.write(" second".getBytes(StandardCharsets.US_ASCII));
      };
    }
  }

  private static Server server;

  private final Client client = new Client(server);

  AdaptersIT(Servers kind) {
    assertThat(kind).isNotNull();
  }

  @BeforeParameterizedClassInvocation
  static void start(Servers kind, @TempDir java.nio.file.Path directory) throws Exception {
    StringBuilder keys = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      keys.append("  key-").append(i).append(": { plan: starter }\n");
    }
    java.nio.file.Path file =
        Files.writeString(directory.resolve("weir.yaml"), YAML.formatted(keys));
    server =
        kind.start(
            new Application("")
                .withParameter("weir.config", file.toString())
                .with(
                    context -> {
                      ServletRegistration.Dynamic jersey =
                          context.addServlet(
                              "jersey", new ServletContainer(new ResourceConfig(Resources.class)));
                      jersey.addMapping("/api/*");
                      jersey.setAsyncSupported(true);
                    })
                .with(new WeirInitializer()));
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "plain, 200, key-0",
    "nowhere, 404, key-1",
    "fail/mapped, 409, key-2",
    "fail/unmapped, 500, key-3",
    "async, 200, key-4",
    "stream, 200, key-5",
  })
  void a_request_counts_once_and_carries_the_trio_once(String path, int status, String key)
      throws Exception { // R5, R13
    Response response = client.get("/api/" + path, key);

    assertThat(response.status()).isEqualTo(status);
    assertThat(response.limit()).isEqualTo("1000");
    assertThat(response.remaining()).isEqualTo(999);
    assertThat(client.get("/api/plain", key).remaining()).isEqualTo(998);
  }

  @Test
  void what_an_annotation_adds_is_charged_on_top_and_shown() throws Exception {
    Response response = client.get("/api/annotated/7", "key-10");

    assertThat(response.body()).isEqualTo("7");
    assertThat(response.limit()).isEqualTo("50");
    assertThat(response.remaining()).isEqualTo(49);
    assertThat(client.get("/api/plain", "key-10").remaining()).isEqualTo(998);
  }

  @Test
  void a_refusal_by_the_inner_one_is_the_answer() throws Exception { // R1, R7
    assertThat(client.get("/api/few", "key-11").status()).isEqualTo(200);

    Response refused = client.get("/api/few", "key-11");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.limit()).isEqualTo("1");
    assertThat(refused.remaining()).isZero();
    assertThat(refused.header("Retry-After")).matches("[1-9][0-9]*");
    assertThat(refused.header("Content-Type")).isEqualTo("application/json");
    assertThat(refused.body()).startsWith("{\"error\":{\"code\":\"rate_limit_exceeded\"");
  }

  @Test
  void who_is_not_known_is_refused_once() throws Exception {
    Response refused = client.send("GET", "/api/plain");

    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
  }
}
