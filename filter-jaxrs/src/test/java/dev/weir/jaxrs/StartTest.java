package dev.weir.jaxrs;

import static dev.weir.jaxrs.TestServer.header;
import static dev.weir.jaxrs.TestServer.trio;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.RateLimited;
import dev.weir.Weir;
import dev.weir.config.ConfigurationException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Application;
import jakarta.ws.rs.core.Feature;
import java.util.List;
import java.util.Set;
import org.glassfish.jersey.client.JerseyClientBuilder;
import org.glassfish.jersey.server.ApplicationHandler;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.spi.Container;
import org.jboss.resteasy.reactive.QuarkusRest;
import org.junit.jupiter.api.Test;

/** What happens at start and at the end, on Jersey. */
class StartTest {

  private static final String PLAN = "plans: { starter: { limits: [3/minute] } }\n";
  private static final String ONE = "classpath:one-a-minute.yaml";
  private static final String TWO = "classpath:two-a-minute.yaml";

  @Path("plain")
  public static class Plain {

    @GET
    public String get() {
      return "plain";
    }

    @POST
    @RateLimited(exempt = true)
    public String post() {
      return "posted";
    }
  }

  @Path("misspelt")
  public static class Misspelt {

    @GET
    @RateLimited(group = "anlysis")
    public String get() {
      return "never";
    }
  }

  @Path("malformed")
  public static class Malformed {

    @GET
    @RateLimited(limits = "10/fortnight")
    public String get() {
      return "never";
    }
  }

  @Path("analysis")
  public static class Analysis {

    @GET
    @RateLimited(group = "analysis")
    public String get() {
      return "analysed";
    }
  }

  @Path("shop")
  public static class Shop {

    @Path("parts")
    public Analysis parts() {
      return new Analysis();
    }

    @Path("wrong")
    public Misspelt wrong() {
      return new Misspelt();
    }
  }

  @RateLimited(group = "anlysis")
  public static class MisspeltApplication extends Application {

    @Override
    public Set<Class<?>> getClasses() {
      return Set.of(Plain.class);
    }
  }

  /** The build runs these tests twice. */
  @Test
  void the_servlet_api_is_absent_where_the_build_says_so() {
    boolean absent = "absent".equals(System.getProperty("weir.test.servlet-api"));

    assertThat(getClass().getClassLoader().getResource("jakarta/servlet/Servlet.class") == null)
        .isEqualTo(absent);
  }

  @Test
  void an_unknown_group_stops_the_start_and_the_message_names_what_there_is() {
    String yaml = PLAN + "groups: { analysis: { match: [/analysis] }, reports: { match: [/r] } }\n";

    assertThatThrownBy(() -> start(yaml, new ResourceConfig(Misspelt.class)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(Misspelt.class.getName() + "#get")
        .hasMessageContaining("'anlysis'")
        .hasMessageContaining("analysis, reports");
    assertThatThrownBy(
            () -> start(yaml, ResourceConfig.forApplicationClass(MisspeltApplication.class)))
        .hasMessageContaining(MisspeltApplication.class.getName());
  }

  @Test
  void a_malformed_limit_stops_the_start() {
    assertThatThrownBy(() -> start(PLAN, new ResourceConfig(Malformed.class)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(Malformed.class.getName() + "#get")
        .hasMessageContaining("'fortnight'");
  }

  @Test
  void a_group_that_nothing_can_belong_to_stops_the_start() {
    String yaml = PLAN + "groups: { analysis: {} }\n";

    assertThatThrownBy(() -> start(yaml, new ResourceConfig(Plain.class)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("test.yaml:2:")
        .hasMessageContaining("nothing is known to belong to group 'analysis'")
        .hasMessageContaining("@RateLimited(group = \"analysis\")");
    assertThat(TestLog.of(() -> start(yaml, new ResourceConfig(Analysis.class))))
        .doesNotContain("WARN");
  }

  @Test
  void a_group_that_a_sub_resource_may_name_is_only_warned_of() {
    String yaml = PLAN + "groups: { analysis: {} }\n";

    assertThat(TestLog.of(() -> start(yaml, new ResourceConfig(Shop.class))))
        .contains("WARN", "nothing is known to belong to group 'analysis'");
  }

  @Test
  void a_sub_resource_that_is_annotated_wrongly_fails_alone() {
    try (TestServer server = TestServer.start(PLAN, new ResourceConfig(Plain.class, Shop.class))) {
      assertThat(server.get("/shop/wrong").statusCode()).isEqualTo(500);
      assertThat(server.get("/shop/wrong").statusCode()).isEqualTo(500);
      assertThat(trio(server.get("/plain"))).isEqualTo("3/2/1711454460");
    }
  }

  @Test
  void the_log_says_how_much_is_protected() {
    assertThat(TestLog.of(() -> start(PLAN, new ResourceConfig(Plain.class, Shop.class))))
        .contains("INFO", "Weir limits 1 resource methods", "exempt by annotation: 1");
  }

  @Test
  void jersey_finds_the_feature_by_itself_and_its_configuration_by_a_property() {
    try (TestServer server =
        TestServer.start(new ResourceConfig(Plain.class).property(RateLimitFeature.CONFIG, ONE))) {
      assertThat(server.get("/plain").statusCode()).isEqualTo(200);
      assertThat(server.get("/plain").statusCode()).isEqualTo(429);
    }
  }

  @Test
  void without_a_configuration_nothing_starts() {
    assertThatThrownBy(
            () ->
                new ApplicationHandler(
                    new ResourceConfig(Plain.class)
                        .property(RateLimitFeature.CONFIG, "classpath:missing.yaml")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("missing.yaml");
  }

  @Test
  void a_property_of_jersey_or_of_the_system_switches_the_finding_off() {
    assertUnlimited(new ResourceConfig(Plain.class).property(RateLimitFeature.ENABLED, "false"));
    System.setProperty(RateLimitFeature.ENABLED, "False");
    try {
      assertUnlimited(new ResourceConfig(Plain.class));
    } finally {
      System.clearProperty(RateLimitFeature.ENABLED);
    }
  }

  private static void assertUnlimited(ResourceConfig application) {
    try (TestServer server = TestServer.start(application)) {
      assertThat(server.sendWithoutKey("GET", "/plain").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void a_feature_of_the_applications_own_comes_before_the_found_one() {
    Feature feature =
        context -> {
          context.register(new RateLimitFeature(TestServer.builder(PLAN).build()));
          return true;
        };
    ResourceConfig nested =
        new ResourceConfig(Plain.class).register(feature).property(RateLimitFeature.ENABLED, false);
    try (TestServer server = TestServer.start(nested)) {
      assertThat(trio(server.get("/plain"))).isEqualTo("3/2/1711454460");
    }
  }

  @Test
  void a_feature_that_is_registered_twice_counts_once_and_opens_once() {
    Feature again = context -> new RateLimitFeature().configure(context);
    ResourceConfig twice =
        new ResourceConfig(Plain.class)
            .register(RateLimitFeature.class)
            .register(again)
            .property(RateLimitFeature.CONFIG, TWO);
    try (TestServer server = TestServer.start(twice)) {
      assertThat(header(server.get("/plain"), "X-RateLimit-Remaining")).isEqualTo("1");
    }
    assertNothingIsOpen();
  }

  @Test
  void clients_are_left_alone() {
    assertThat(
            JerseyClientBuilder.createClient()
                .register(Plain.class)
                .getConfiguration()
                .isRegistered(RateLimitFeature.class))
        .isFalse();
  }

  @Test
  void the_end_of_the_application_closes_what_was_opened() {
    ApplicationHandler application =
        new ApplicationHandler(
            new ResourceConfig(Plain.class).property(RateLimitFeature.CONFIG, ONE));
    assertThatThrownBy(() -> Weir.shared(TWO)).hasMessageContaining(ONE);

    application.onShutdown(new NoContainer(application));

    assertNothingIsOpen();
  }

  @Test
  void a_start_that_fails_leaves_nothing_open() {
    assertThatThrownBy(
        () ->
            new ApplicationHandler(
                new ResourceConfig(Plain.class, Misspelt.class)
                    .property(RateLimitFeature.CONFIG, ONE)));

    assertNothingIsOpen();
  }

  @Test
  void an_instance_handed_in_stays_open() {
    try (Weir weir = Weir.shared(ONE)) {
      ApplicationHandler application =
          new ApplicationHandler(
              new ResourceConfig(Plain.class).register(new RateLimitFeature(weir)));

      application.onShutdown(new NoContainer(application));

      assertThatThrownBy(() -> Weir.shared(TWO)).hasMessageContaining(ONE);
    }
  }

  @Test
  void an_application_that_is_reloaded_is_protected_again() {
    ApplicationHandler first =
        new ApplicationHandler(
            new ResourceConfig(Plain.class).property(RateLimitFeature.CONFIG, ONE));
    first.onShutdown(new NoContainer(first));

    ApplicationHandler second =
        new ApplicationHandler(new ResourceConfig(first.getConfiguration()));

    assertThatThrownBy(() -> Weir.shared(TWO)).hasMessageContaining(ONE);
    second.onShutdown(new NoContainer(second));
    assertNothingIsOpen();
  }

  /** Whoever opens first says with which configuration; any other is refused. */
  private static void assertNothingIsOpen() {
    for (String location : List.of(ONE, TWO)) {
      Weir.shared(location).close();
    }
  }

  private static void start(String yaml, ResourceConfig application) {
    Weir weir = TestServer.builder(yaml).build();
    new ApplicationHandler(application.register(new RateLimitFeature(weir)));
  }

  private record NoContainer(ApplicationHandler application) implements Container {

    @Override
    public ResourceConfig getConfiguration() {
      return application.getConfiguration();
    }

    @Override
    public ApplicationHandler getApplicationHandler() {
      return application;
    }

    @Override
    public void reload() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void reload(ResourceConfig configuration) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void quarkus_rest_is_refused_at_the_start() {
    RateLimitFeature feature = new RateLimitFeature();

    assertThatThrownBy(() -> feature.configure(QuarkusRest.context()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Quarkus REST")
        .hasMessageContaining("servlet filter");
  }
}
