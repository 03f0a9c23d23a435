package dev.weir.jaxrs;

import static dev.weir.jaxrs.TestServer.trio;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Outcome;
import dev.weir.RateLimited;
import dev.weir.Weir;
import dev.weir.key.ApiKey;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Application;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.glassfish.jersey.server.ResourceConfig;
import org.junit.jupiter.api.Test;

/** What annotations make of requests. */
class AnnotatedResourcesTest {

  private static final String YAML =
      """
      plans:
        starter:
          limits: [9/minute]
          groups: { analysis: [2/minute], reports: [5/minute] }
      groups:
        analysis: { cost: 2 }
        reports: { match: ["GET /reports/{year}", "GET /reports/{year}/dear"] }
        health: { match: ["GET /health"], exempt: true }
      """;

  @Path("plain")
  public static class Plain {

    @GET
    public String get() {
      return "plain";
    }

    @POST
    @RateLimited(group = "analysis")
    public String analyse() {
      return "analysed";
    }

    @GET
    @Path("dear")
    @RateLimited(cost = 4)
    public String dear() {
      return "dear";
    }

    @GET
    @Path("open")
    @RateLimited(exempt = true)
    public String open() {
      return "open";
    }

    @GET
    @Path("narrow")
    @RateLimited(limits = "1/second")
    public String narrow() {
      return "narrow";
    }

    @GET
    @Path("narrow/{id}")
    @RateLimited(limits = "1/second")
    public String narrow2() {
      return "narrow2";
    }
  }

  @Path("shared")
  @RateLimited(limits = "2/second")
  public static class Shared {

    @GET
    public String get() {
      return "get";
    }

    @POST
    public String post() {
      return "post";
    }

    @GET
    @Path("own")
    @RateLimited(limits = "1/second")
    public String own() {
      return "own";
    }
  }

  @Path("reports")
  public static class Reports {

    @GET
    @Path("{year}")
    public String get() {
      return "report";
    }

    @GET
    @Path("{year}/dear")
    @RateLimited(limits = "2/second")
    public String dear() {
      return "dear report";
    }
  }

  @Path("health")
  public static class Health {

    @GET
    public String get() {
      return "up";
    }
  }

  @Path("shop")
  public static class Shop {

    @Path("orders/{id}")
    public Orders orders() {
      return new Orders();
    }
  }

  public static class Orders {

    @GET
    @RateLimited(group = "analysis")
    public String get() {
      return "order";
    }
  }

  public static class Free extends Application {

    @Override
    public Set<Class<?>> getClasses() {
      return Set.of(Plain.class, Shared.class);
    }
  }

  @RateLimited(limits = "3/second")
  public static class Limited extends Free {}

  @RateLimited(exempt = true)
  public static class Open extends Free {}

  @Test
  void without_an_annotation_the_plan_counts() {
    try (TestServer server = start()) {
      assertThat(trio(server.get("/plain"))).isEqualTo("9/8/1711454460");
      assertThat(trio(server.get("/plain"))).isEqualTo("9/7/1711454460");
      assertThat(server.decisions).extracting("outcome").containsOnly(Outcome.ALLOWED);
    }
  }

  @Test
  void a_group_named_by_a_method_counts_beside_the_plan_at_its_cost() { // R3, K4
    try (TestServer server = start()) {
      assertThat(trio(server.send("POST", "/plain"))).isEqualTo("2/0/1711454460");

      HttpResponse<String> refused = server.send("POST", "/plain");

      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(trio(refused)).isEqualTo("2/0/1711454460");
      assertThat(trio(server.get("/plain"))).isEqualTo("9/6/1711454460");
    }
  }

  @Test
  void a_method_has_a_cost_of_its_own() {
    try (TestServer server = start()) {
      assertThat(trio(server.get("/plain/dear"))).isEqualTo("9/5/1711454460");
    }
  }

  @Test
  void an_exempt_method_needs_no_key_and_counts_nothing() {
    try (TestServer server = start()) {
      HttpResponse<String> open = server.sendWithoutKey("GET", "/plain/open");

      assertThat(open.statusCode()).isEqualTo(200);
      assertThat(trio(open)).isEqualTo("-/-/-");
      assertThat(trio(server.get("/plain"))).isEqualTo("9/8/1711454460");
    }
  }

  @Test
  void limits_of_a_method_are_its_own() {
    try (TestServer server = start()) {
      assertThat(trio(server.get("/plain/narrow"))).isEqualTo("1/0/1711454431");
      assertThat(server.get("/plain/narrow").statusCode()).isEqualTo(429);
      assertThat(trio(server.get("/plain/narrow/7"))).isEqualTo("1/0/1711454431");
    }
  }

  @Test
  void limits_of_a_class_are_shared_by_its_methods() {
    try (TestServer server = start()) {
      assertThat(trio(server.get("/shared"))).isEqualTo("2/1/1711454431");
      assertThat(trio(server.send("POST", "/shared"))).isEqualTo("2/0/1711454431");
      assertThat(server.get("/shared").statusCode()).isEqualTo(429);
      assertThat(trio(server.get("/shared/own"))).isEqualTo("1/0/1711454431");
    }
  }

  @Test
  void without_a_group_in_an_annotation_the_path_below_the_application_decides() {
    try (TestServer server = start()) {
      assertThat(trio(server.get("/reports/2024"))).isEqualTo("5/4/1711454460");
      assertThat(trio(server.get("/reports;v=1/%32024"))).isEqualTo("5/3/1711454460");
      assertThat(trio(server.get("/reports/2024/dear"))).isEqualTo("2/1/1711454431");
      assertThat(trio(server.get("/reports/2024"))).isEqualTo("5/1/1711454460");
      assertThat(server.sendWithoutKey("GET", "/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void an_encoded_slash_does_not_lead_out_of_a_group() {
    try (TestServer server = start()) {
      HttpResponse<String> response = server.get("/reports/20%2F24");

      assertThat(response.body()).isEqualTo("report");
      assertThat(trio(response)).isEqualTo("5/4/1711454460");
    }
  }

  @Test
  void a_request_is_seen_as_it_was_sent_below_the_application() {
    List<String> seen = new CopyOnWriteArrayList<>();
    Weir weir =
        TestServer.builder(YAML)
            .keys(
                request -> {
                  seen.add(
                      String.join(
                          " ",
                          request.method(),
                          request.rawPath(),
                          request.dispatchPath(),
                          String.valueOf(request.query()),
                          request.headers("x-LETTER").toString(),
                          request.headers("absent").toString(),
                          String.valueOf(request.remoteAddress())));
                  return ApiKey.parse("k1");
                })
            .build();
    try (TestServer server =
        TestServer.start(
            new ResourceConfig(Reports.class, Plain.class).register(new RateLimitFeature(weir)))) {
      server.get("/reports;a=b/%32024?q=%20&r", "X-Letter", "a", "X-Letter", "b");
      server.get("/reports/2024");

      assertThat(seen)
          .containsExactly(
              "GET /reports;a=b/%32024 /reports/2024 q=%20&r [a, b] [] null",
              "GET /reports/2024 /reports/2024 null [] [] null");
    }
  }

  @Test
  void annotations_of_a_sub_resource_count() {
    try (TestServer server = start()) {
      HttpResponse<String> first = server.get("/shop/orders/7");

      assertThat(first.body()).isEqualTo("order");
      assertThat(trio(first)).isEqualTo("2/0/1711454460");
      assertThat(server.get("/shop/orders/8").statusCode()).isEqualTo(429);
    }
  }

  @Test
  void an_application_is_annotated_as_a_whole() {
    try (TestServer server =
        TestServer.start(YAML, ResourceConfig.forApplicationClass(Limited.class))) {
      assertThat(trio(server.get("/plain"))).isEqualTo("3/2/1711454431");
      assertThat(trio(server.get("/shared"))).isEqualTo("2/1/1711454431"); // the nearest
      assertThat(trio(server.get("/nowhere"))).isEqualTo("3/1/1711454431");
    }
    try (TestServer server = TestServer.start(YAML, ResourceConfig.forApplication(new Open()))) {
      assertThat(server.sendWithoutKey("GET", "/plain").statusCode()).isEqualTo(200);
      assertThat(server.sendWithoutKey("GET", "/nowhere").statusCode()).isEqualTo(404);
      assertThat(server.sendWithoutKey("GET", "/shared").statusCode()).isEqualTo(401);
    }
  }

  private static TestServer start() {
    return TestServer.start(
        YAML,
        new ResourceConfig(Plain.class, Shared.class, Reports.class, Health.class, Shop.class));
  }
}
