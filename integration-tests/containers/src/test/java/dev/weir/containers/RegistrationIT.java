package dev.weir.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.RateLimited;
import dev.weir.Weir;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.servlet.WeirInitializer;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.http.HttpServlet;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** How the filter gets in front of an application, and what keeps the application from starting. */
@ParameterizedClass
@MethodSource("dev.weir.containers.Servers#here")
class RegistrationIT {

  private static final String YAML =
      """
      plans:
        starter: { limits: [1000/366d] }
      keys:
        known: { plan: starter }
      cluster: { store: memory }
      """;

  /** A filter of the application's own. */
  public static final class Subclass extends RateLimitFilter {}

  @RateLimited(group = "no-such-group")
  public static final class WronglyAnnotatedServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
  }

  @TempDir Path directory;

  private final Servers kind;

  RegistrationIT(Servers kind) {
    this.kind = kind;
  }

  @Test
  void the_initializer_alone_protects_the_whole_application() throws Exception {
    try (Server server = kind.start(application().with(new WeirInitializer()))) {
      Client client = new Client(server);

      assertThat(client.send("GET", "/app/ok").status()).isEqualTo(401);
      assertThat(client.get("/app/ok", "known").remaining()).isEqualTo(999);
      assertThat(client.get("/app/nowhere", "known").remaining()).isEqualTo(998);
    }
  }

  @Test
  void the_automatic_filter_comes_before_the_applications() throws Exception {
    AtomicInteger reached = new AtomicInteger();
    Filter expensive =
        (request, response, chain) -> {
          reached.incrementAndGet();
          chain.doFilter(request, response);
        };
    Application application =
        application()
            .with(
                context -> {
                  FilterRegistration.Dynamic filter = context.addFilter("expensive", expensive);
                  filter.setAsyncSupported(true);
                  filter.addMappingForUrlPatterns(null, true, "/*");
                })
            .with(new WeirInitializer());
    try (Server server = kind.start(application)) {
      Client client = new Client(server);

      assertThat(client.send("GET", "/app/ok").status()).isEqualTo(401);
      assertThat(reached).hasValue(0);
      assertThat(client.get("/app/ok", "known").status()).isEqualTo(200);
      assertThat(reached).hasValue(1);
    }
  }

  @Test
  void a_class_with_an_init_param_is_enough_in_code() throws Exception {
    Application application =
        new Application("/app")
            .with(Servlets::addAll)
            .with(
                context -> {
                  FilterRegistration.Dynamic filter =
                      context.addFilter("mine", RateLimitFilter.class);
                  filter.setInitParameter("config", file(YAML));
                  filter.setAsyncSupported(true);
                  filter.addMappingForUrlPatterns(null, true, "/ok");
                })
            .with(new WeirInitializer());
    try (Server server = kind.start(application)) {
      Client client = new Client(server);

      assertThat(client.get("/app/ok", "known").remaining()).isEqualTo(999);
      // what the application's own filter is not mapped to is none of the automatic one's business
      assertThat(client.send("GET", "/app/redirect").status()).isEqualTo(302);
    }
  }

  @Test
  void the_automatic_filter_stands_aside_for_one_that_a_listener_registers() throws Exception {
    Application application =
        application().withListener(Registering.class).with(new WeirInitializer());
    try (Server server = kind.start(application)) {
      Client client = new Client(server);

      assertThat(client.get("/app/ok", "known").remaining()).isEqualTo(999);
      assertThat(client.send("GET", "/app/redirect").status()).isEqualTo(302);
    }
  }

  /** Runs after every initializer. */
  public static final class Registering implements ServletContextListener {

    /** Creates a listener; for the server. */
    public Registering() {}

    @Override
    public void contextInitialized(ServletContextEvent event) {
      ServletContext context = event.getServletContext();
      FilterRegistration.Dynamic filter = context.addFilter("late", Subclass.class);
      filter.setInitParameter("config", context.getInitParameter("weir.config"));
      filter.setAsyncSupported(true);
      filter.addMappingForUrlPatterns(null, true, "/ok");
    }
  }

  @Test
  void a_filter_without_a_mapping_does_not_keep_the_automatic_one_away() throws Exception {
    Application application =
        application()
            .with(context -> context.addFilter("mine", RateLimitFilter.class))
            .with(new WeirInitializer());
    try (Server server = kind.start(application)) {
      assertThat(new Client(server).send("GET", "/app/ok").status()).isEqualTo(401);
    }
  }

  @Test
  void a_context_parameter_switches_it_off() throws Exception {
    Application application =
        new Application("/app")
            .withParameter("weir.enabled", "false")
            .with(Servlets::addAll)
            .with(new WeirInitializer());
    try (Server server = kind.start(application)) {
      assertThat(new Client(server).send("GET", "/app/ok").status()).isEqualTo(200);
    }
  }

  @Test
  void a_system_property_switches_it_off_unless_the_context_parameter_switches_it_on()
      throws Exception {
    System.setProperty("weir.enabled", "FALSE");
    try {
      try (Server server = kind.start(application().with(new WeirInitializer()))) {
        assertThat(new Client(server).send("GET", "/app/ok").status()).isEqualTo(200);
      }
      Application on =
          application().withParameter("weir.enabled", "true").with(new WeirInitializer());
      try (Server server = kind.start(on)) {
        assertThat(new Client(server).send("GET", "/app/ok").status()).isEqualTo(401);
      }
    } finally {
      System.clearProperty("weir.enabled");
    }
  }

  @Test
  void another_value_of_the_switch_stops_the_start() {
    assertStartFailsWith(
        application().withParameter("weir.enabled", "off").with(new WeirInitializer()),
        "weir.enabled must be true or false, but is 'off'");
  }

  @Test
  void an_instance_of_the_application_is_used_and_stays_open() throws Exception {
    try (Weir weir = Limits.open()) {
      Application application =
          new Application("/app")
              .with(context -> context.setAttribute(RateLimitFilter.WEIR_ATTRIBUTE, weir))
              .with(Servlets::addAll)
              .with(new WeirInitializer());
      try (Server server = kind.start(application)) {
        assertThat(new Client(server).get("/app/ok", "any").remaining()).isEqualTo(999);
      }
      try (Server server = kind.start(application)) {
        assertThat(new Client(server).get("/app/ok", "any").remaining()).isEqualTo(998);
      }
    }
  }

  @Test
  void a_start_after_the_end_begins_anew() throws Exception { // what the filter opened, it closed
    Application application = application().with(new WeirInitializer());
    for (int i = 0; i < 2; i++) {
      try (Server server = kind.start(application)) {
        assertThat(new Client(server).get("/app/ok", "known").remaining()).isEqualTo(999);
      }
    }
  }

  @Test
  void a_wrong_configuration_stops_the_start_and_says_why() throws Exception {
    assertStartFailsWith(
        new Application("/app")
            .withParameter("weir.config", file(YAML.replace("1000/366d", "1000/fortnight")))
            .with(Servlets::addAll)
            .with(new WeirInitializer()),
        "fortnight");
  }

  @Test
  void a_missing_configuration_stops_the_start_and_says_why() {
    assertStartFailsWith(
        new Application("/app").with(Servlets::addAll).with(new WeirInitializer()), "weir.yaml");
  }

  @Test
  void an_annotation_that_names_no_group_stops_the_start_and_says_which_there_are()
      throws Exception {
    assertStartFailsWith(
        application()
            .with(
                context -> context.addServlet("w", WronglyAnnotatedServlet.class).addMapping("/w"))
            .with(new WeirInitializer()),
        WronglyAnnotatedServlet.class.getName() + " names group 'no-such-group'");
  }

  @Test
  void another_object_in_place_of_the_instance_stops_the_start() throws Exception {
    assertStartFailsWith(
        application()
            .with(context -> context.setAttribute(RateLimitFilter.WEIR_ATTRIBUTE, "weir"))
            .with(new WeirInitializer()),
        "dev.weir.Weir must be a dev.weir.Weir, but is a java.lang.String");
  }

  private Application application() {
    return new Application("/app").withParameter("weir.config", file(YAML)).with(Servlets::addAll);
  }

  private String file(String yaml) {
    try {
      return Files.writeString(directory.resolve("limits.yaml"), yaml).toString();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void assertStartFailsWith(Application application, String message) {
    assertThatThrownBy(() -> kind.start(application).close())
        .satisfies(
            failure -> {
              StringWriter text = new StringWriter();
              failure.printStackTrace(new PrintWriter(text));
              assertThat(text.toString()).contains(message);
            });
  }
}
