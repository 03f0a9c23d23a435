package dev.weir.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.security.config.Customizer.withDefaults;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.weir.RateLimitListener;
import dev.weir.Weir;
import dev.weir.config.ConfigurationException;
import dev.weir.plan.Account;
import dev.weir.plan.AccountDirectory;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.servlet.WeirInitializer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application with the jar on its class path, and everything of it over HTTP. */
class SpringBootIT {

  private final HttpClient client = HttpClient.newHttpClient();
  private ConfigurableApplicationContext application;

  @AfterEach
  void stop() {
    if (application != null) {
      application.close();
    }
  }

  /** Everything but authentication, which {@link Authenticated} adds. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @RestController
  static class Application {

    @GetMapping("/hello")
    String hello() {
      return "hello";
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Open {
    @Bean
    SecurityFilterChain open(HttpSecurity security) throws Exception {
      return security.authorizeHttpRequests(all -> all.anyRequest().permitAll()).build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Authenticated {
    final AtomicInteger authentications = new AtomicInteger();

    @Bean
    SecurityFilterChain closed(HttpSecurity security) throws Exception {
      return security
          .authorizeHttpRequests(all -> all.anyRequest().authenticated())
          .httpBasic(withDefaults())
          .build();
    }

    @Bean
    UserDetailsService users() {
      return name -> {
        authentications.incrementAndGet();
        return User.withUsername(name).password("{noop}secret").roles("USER").build();
      };
    }
  }

  private void start(Class<?> more, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--server.port=0");
    all.add("--server.address=127.0.0.1");
    all.add("--management.endpoints.web.exposure.include=metrics");
    application =
        new SpringApplicationBuilder(Application.class, more).run(all.toArray(String[]::new));
  }

  private HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(
            URI.create(
                "http://127.0.0.1:"
                    + application.getEnvironment().getProperty("local.server.port")
                    + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private String remaining(String key) throws IOException, InterruptedException {
    return get("/hello", "X-API-Key", key).headers().firstValue("X-RateLimit-Remaining").orElse("");
  }

  private static String basic(String password) {
    return "Basic " + Base64.getEncoder().encodeToString(("user:" + password).getBytes());
  }

  @Test
  void the_jar_and_a_weir_yaml_are_enough_and_decisions_are_among_the_metrics() throws Exception {
    start(Open.class);

    assertThat(remaining("file-1")).isEqualTo("2");
    assertThat(get("/hello").statusCode()).isEqualTo(401);
    assertThat(get("/missing", "X-API-Key", "file-1").statusCode()).isEqualTo(404);
    assertThat(get("/actuator/metrics/weir.decisions", "X-API-Key", "file-1").body())
        .contains("\"weir.decisions\"", "\"allowed\"", "\"file\"");
    HttpResponse<String> refused = get("/hello", "X-API-Key", "file-1");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.body()).contains("rate_limit_exceeded");
  }

  @Test
  void settings_may_stand_in_the_application_yaml() throws Exception {
    start(Open.class, "--spring.config.location=classpath:inline.yaml");

    assertThat(remaining("inline-1")).isEqualTo("1");
    assertThat(remaining("x")).isEqualTo("1");
    assertThat(get("/hello", "X-API-Key", "file-1").statusCode()).isEqualTo(401);
  }

  @Test
  void a_list_of_the_command_line_replaces_that_of_the_file() throws Exception {
    start(
        Open.class,
        "--spring.config.location=classpath:inline.yaml",
        "--weir.plans.inline.limits[0]=900/minute");

    assertThat(remaining("inline-1")).isEqualTo("899");
  }

  @Test
  void a_mistake_is_told_with_its_place_in_the_application_yaml() {
    assertThatThrownBy(() -> start(Open.class, "--spring.config.location=classpath:mistakes.yaml"))
        .hasRootCauseInstanceOf(ConfigurationException.class)
        .rootCause()
        .hasMessageContaining("mistakes.yaml:4:")
        .hasMessageContaining("unknown member 'limit' of plans.inline; did you mean 'limits'?");
  }

  @Test
  void settings_and_a_file_that_is_named_are_one_too_many() {
    assertThatThrownBy(
            () ->
                start(
                    Open.class,
                    "--spring.config.location=classpath:inline.yaml",
                    "--weir.config=classpath:weir.yaml"))
        .rootCause()
        .hasMessageContaining("keep one of both");
  }

  @Test
  void switched_off_it_judges_nothing_also_where_the_container_calls_the_initializer()
      throws Exception {
    start(War.class, "--weir.enabled=false");

    assertThat(get("/hello").statusCode()).isEqualTo(200);
  }

  @Test
  void a_request_counts_once_where_the_container_calls_the_initializer_too() throws Exception {
    start(War.class);

    assertThat(remaining("file-1")).isEqualTo("2");
    assertThat(remaining("file-1")).isEqualTo("1");
  }

  /** As when deployed as a WAR: the container calls the initializer first. */
  @Configuration(proxyBeanMethods = false)
  static class War extends Open {
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    ServletContextInitializer container() {
      return context -> new WeirInitializer().onStartup(null, context);
    }
  }

  @Test
  void by_default_it_comes_before_authentication() throws Exception {
    start(Authenticated.class);
    AtomicInteger authentications = application.getBean(Authenticated.class).authentications;

    assertThat(get("/hello", "Authorization", basic("secret")).body()).contains("\"error\"");
    assertThat(authentications).hasValue(0);
    HttpResponse<String> wrong = get("/hello", with("wrong"));
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(wrong.headers().firstValue("X-RateLimit-Remaining")).hasValue("2");
    assertThat(get("/hello", with("secret")).headers().firstValue("X-RateLimit-Remaining"))
        .hasValue("1");
  }

  @Test
  void behind_authentication_what_that_refuses_is_not_counted() throws Exception {
    start(Authenticated.class, "--weir.order=-99");

    HttpResponse<String> wrong = get("/hello", with("wrong"));
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(wrong.headers().firstValue("X-RateLimit-Remaining")).isEmpty();
    HttpResponse<String> right = get("/hello", with("secret"));
    assertThat(right.statusCode()).isEqualTo(200);
    assertThat(right.headers().firstValue("X-RateLimit-Remaining")).hasValue("2");
  }

  private static String[] with(String password) {
    return new String[] {"Authorization", basic(password), "X-API-Key", "file-1"};
  }

  @Test
  void beans_of_the_application_are_used() throws Exception {
    start(Beans.class, "--weir.config=classpath:weir.yaml");

    assertThat(remaining("somebody")).isEqualTo("2");
    assertThat(application.getBean(Beans.class).decisions).hasValue(1);
  }

  @Configuration(proxyBeanMethods = false)
  static class Beans extends Open {
    final AtomicInteger decisions = new AtomicInteger();

    @Bean
    AccountDirectory directory() {
      return key -> Account.of("file");
    }

    @Bean
    RateLimitListener listener() {
      return decision -> decisions.incrementAndGet();
    }
  }

  @Test
  void a_filter_of_the_application_is_the_only_one() throws Exception {
    start(OwnFilter.class);

    assertThat(get("/hello").statusCode()).isEqualTo(200);
    assertThat(application.containsBean("weirFilter")).isFalse();
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnFilter extends Open {
    @Bean
    FilterRegistrationBean<RateLimitFilter> own(Weir weir) {
      var registration = new FilterRegistrationBean<>(new RateLimitFilter(weir));
      registration.addUrlPatterns("/limited/*");
      return registration;
    }
  }

  @Test
  void requests_are_counted_in_the_hazelcast_instance_of_the_application() throws Exception {
    start(
        OwnHazelcast.class,
        "--spring.config.location=classpath:inline.yaml",
        "--weir.cluster.store=hazelcast",
        "--weir.cluster.deadline=10s");

    assertThat(remaining("inline-1")).isEqualTo("1");
    assertThat(application.getBean(HazelcastInstance.class).getMap("weir-quotas").size())
        .isPositive();
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnHazelcast extends Open {
    @Bean(destroyMethod = "shutdown")
    HazelcastInstance hazelcast() {
      Config config = new Config();
      config.setClusterName("application");
      config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
      config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
      config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
      config.getMetricsConfig().setEnabled(false);
      return Hazelcast.newHazelcastInstance(config);
    }
  }
}
