package dev.weir.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.RateLimited;
import dev.weir.Weir;
import dev.weir.config.Configuration;
import dev.weir.containers.Client.Response;
import dev.weir.http.Answer;
import dev.weir.jaxrs.RateLimitFeature;
import dev.weir.plan.Account;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.servlet.WeirInitializer;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import java.util.Objects;
import java.util.concurrent.ForkJoinPool;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What requests cost, and what comes back, behind both adapters on every container (C2 to C4). */
@ParameterizedClass
@MethodSource("dev.weir.containers.Servers#here")
class CreditsIT {

  private static final String YAML =
      """
      plans: { paid: { credits: 100 } }
      groups: { dear: { match: [/dear], credits: 60 } }
      credits: { refund-on: [5xx] }
      usage: { path: /usage, limits: unlimited }
      cluster: { store: memory }
      """;

  /** Resources that cost more, fail, or give back. */
  @Path("/")
  public static final class Resources {

    /** Creates the resources; for Jersey. */
    public Resources() {}

    @GET
    @Path("annotated")
    @RateLimited(credits = 7)
    public String annotated() {
      return "annotated";
    }

    @GET
    @Path("fail/{how}")
    @RateLimited(credits = 7)
    public String fail(@PathParam("how") String how) {
      if (how.equals("mapped")) {
        throw new WebApplicationException(503);
      }
      throw new IllegalStateException("meant to fail");
    }

    @GET
    @Path("fail-later")
    @RateLimited(credits = 7)
    public void failLater(@Suspended AsyncResponse response) {
      ForkJoinPool.commonPool()
          .execute(() -> response.resume(new IllegalStateException("meant to fail")));
    }

    @GET
    @Path("give-back")
    @RateLimited(credits = 7)
    public String giveBack(@Context ContainerRequestContext request) {
      Answer answer = (Answer) Objects.requireNonNull(request.getProperty(Answer.ATTRIBUTE));
      Objects.requireNonNull(answer.charge()).refund(5);
      return "less";
    }
  }

  private static Weir weir;
  private static Server server;

  private final Client client = new Client(server);

  CreditsIT(Servers kind) {
    assertThat(kind).isNotNull();
  }

  @BeforeParameterizedClassInvocation
  static void start(Servers kind) throws Exception {
    weir =
        Weir.builder()
            .configuration(Configuration.parse("credits.yaml", YAML))
            .directory(key -> Account.of("paid"))
            .build();
    server =
        kind.start(
            new Application("/app")
                .with(context -> context.setAttribute(RateLimitFilter.WEIR_ATTRIBUTE, weir))
                .with(
                    context -> {
                      Servlets.add(context, "/", (in, out) -> out.setStatus(404));
                      Servlets.add(context, "/dear", (in, out) -> out.getWriter().print("dear"));
                      Servlets.add(context, "/fail", (in, out) -> out.sendError(503));
                      Servlets.add(
                          context,
                          "/throw",
                          (in, out) -> {
                            throw new IllegalStateException("meant to fail");
                          });
                      Servlets.add(context, "/give-back", (in, out) -> giveBack(in));
                    })
                .with(
                    context -> {
                      ServletRegistration.Dynamic jersey =
                          context.addServlet(
                              "jersey",
                              new ServletContainer(
                                  new ResourceConfig(Resources.class)
                                      .register(new RateLimitFeature(weir))));
                      jersey.addMapping("/api/*");
                      jersey.setAsyncSupported(true);
                    })
                .with(new WeirInitializer()));
  }

  private static void giveBack(HttpServletRequest request) {
    Answer answer = (Answer) request.getAttribute(Answer.ATTRIBUTE);
    Objects.requireNonNull(answer.charge()).refund();
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    server.close();
    weir.close();
  }

  @Test
  void requests_cost_what_their_group_says_and_are_refused_when_too_little_is_left()
      throws Exception {
    Response first = client.get("/app/dear", "dear");
    assertThat(first.status()).isEqualTo(200);
    assertThat(first.header("X-API-Credits-Remaining")).isEqualTo("40");
    assertThat(first.header("X-API-Credits-Used")).isEqualTo("60");

    Response refused = client.get("/app/dear", "dear");

    assertThat(refused.status()).isEqualTo(402);
    assertThat(refused.body())
        .isEqualTo(
            "{\"error\":{\"code\":\"insufficient_api_credits\",\"message\":\"API credits exhausted."
                + " Purchase more credits to continue.\"}}");
    assertThat(refused.header("X-API-Credits-Remaining")).isEqualTo("40");
    assertThat(refused.header("Retry-After")).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "/app/nowhere, 404, 1",
    "/app/fail, 503, 0",
    "/app/throw, 500, 0",
    "/app/give-back, 200, 0",
    "/app/api/annotated, 200, 7", // of which the filter in front has charged one
    "/app/api/fail/mapped, 503, 0",
    "/app/api/fail/unmapped, 500, 0",
    "/app/api/fail-later, 500, 0",
    "/app/api/give-back, 200, 2",
  })
  void what_is_paid_comes_back_after_a_failure_and_when_the_application_says_so(
      String path, int status, int used) throws Exception {
    String key = "key" + path;

    assertThat(client.get(path, key).status()).isEqualTo(status);

    await().untilAsserted(() -> assertThat(used(key)).isEqualTo(used));
  }

  private int used(String key) throws Exception {
    String usage = client.get("/app/usage", key).body();
    return Integer.parseInt(usage.replaceAll(".*\"used\":([0-9]+).*", "$1"));
  }
}
