package dev.weir.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Weir;
import dev.weir.containers.Client.Response;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.servlet.WeirInitializer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Other filters before and behind Weir's, on every server. */
@ParameterizedClass
@MethodSource("dev.weir.containers.Servers#here")
class FiltersIT {

  private static final String ORIGIN = "https://app.example";

  private static final EnumSet<DispatcherType> ALL =
      EnumSet.of(
          DispatcherType.REQUEST,
          DispatcherType.FORWARD,
          DispatcherType.ASYNC,
          DispatcherType.ERROR);

  /** What an application's own CORS filter does. */
  private static final class CorsFilter implements Filter {
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      HttpServletResponse http = (HttpServletResponse) response;
      http.setHeader("Access-Control-Allow-Origin", ORIGIN);
      http.setHeader("Access-Control-Expose-Headers", "X-Total");
      chain.doFilter(request, response);
    }
  }

  /** Sends a request elsewhere before anything behind it sees it. */
  private record SendingFilter(String path, boolean async) implements Filter {
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      if (!((HttpServletRequest) request).getRequestURI().endsWith("/sent")
          || request.getDispatcherType() != DispatcherType.REQUEST) {
        chain.doFilter(request, response);
      } else if (async) {
        request.startAsync().dispatch(path);
      } else {
        request.getRequestDispatcher(path).forward(request, response);
      }
    }
  }

  private final Servers kind;
  private final Weir weir = Limits.open();

  FiltersIT(Servers kind) {
    this.kind = kind;
  }

  @AfterEach
  void close() {
    weir.close();
  }

  @Test
  void what_a_cors_filter_in_front_exposes_is_merged() throws Exception { // R14
    assertMerged(new CorsFilter(), new RateLimitFilter(weir));
  }

  @Test
  void what_a_cors_filter_behind_exposes_is_merged() throws Exception { // R14
    assertMerged(new RateLimitFilter(weir), new CorsFilter());
  }

  private void assertMerged(Filter... filters) throws Exception {
    try (Server server = start(filters)) {
      Client client = new Client(server);

      Response allowed = client.send("GET", "/ok", "X-API-Key", "tiny-c", "Origin", ORIGIN);
      assertThat(allowed.header("Access-Control-Expose-Headers"))
          .isEqualTo("X-Total, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset");

      Response failed = client.send("GET", "/throw-runtime", "X-API-Key", "c", "Origin", ORIGIN);
      assertThat(failed.header("Access-Control-Expose-Headers")).contains("X-RateLimit-Reset");

      Response refused = client.send("GET", "/ok", "X-API-Key", "tiny-c", "Origin", ORIGIN);
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("Access-Control-Expose-Headers")).endsWith("Retry-After");
    }
  }

  @Test
  void two_filters_count_once() throws Exception { // R13
    try (Server server = start(new RateLimitFilter(weir), new RateLimitFilter(weir))) {
      Client client = new Client(server);

      assertThat(client.get("/ok", "two").remaining()).isEqualTo(999);
      assertThat(client.get("/async-dispatch", "two").remaining()).isEqualTo(998);
      assertThat(client.get("/throw-runtime", "two").remaining()).isEqualTo(997);
    }
  }

  @Test
  void a_forward_in_front_of_weir_does_not_get_past_it() throws Exception {
    try (Server server = start(new SendingFilter("/ok", false), new RateLimitFilter(weir))) {
      assertSentIsJudged(new Client(server));
    }
  }

  @Test
  void an_asynchronous_dispatch_in_front_of_weir_does_not_get_past_it() throws Exception {
    try (Server server = start(new SendingFilter("/ok", true), new RateLimitFilter(weir))) {
      assertSentIsJudged(new Client(server));
    }
  }

  private static void assertSentIsJudged(Client client) throws Exception {
    assertThat(client.send("GET", "/sent").status()).isEqualTo(401);
    Response allowed = client.get("/sent", "tiny-sent");
    assertThat(allowed.body()).isEqualTo("ok");
    assertThat(allowed.remaining()).isZero();
    assertThat(client.get("/sent", "tiny-sent").status()).isEqualTo(429);
  }

  @Test
  void a_filter_that_is_mapped_to_requests_only_keeps_its_headers_too() throws Exception { // R5
    Application application =
        new Application("")
            .with(Servlets::addAll)
            .with(
                context -> {
                  FilterRegistration.Dynamic filter =
                      context.addFilter("weir", new RateLimitFilter(weir));
                  filter.setAsyncSupported(true);
                  filter.addMappingForUrlPatterns(null, true, "/*");
                })
            .withErrorPage(Servlets.WithPage.class, "/error-page")
            .with(new WeirInitializer());
    List<String> paths =
        List.of(
            "/throw-runtime",
            "/throw-with-page",
            "/send-error",
            "/forward",
            "/async-dispatch-own-values",
            "/async-dispatch-reset",
            "/async-dispatch-failure",
            "/async-reset",
            "/async-timeout");
    try (Server server = kind.start(application)) {
      Client client = new Client(server);
      for (int i = 0; i < paths.size(); i++) {
        assertThat(client.get(paths.get(i), "requests").remaining())
            .as(paths.get(i))
            .isEqualTo(999 - i);
      }
    }
  }

  /** The filters take this order in the chain; the automatic one stands aside for Weir's. */
  private Server start(Filter... filters) throws Exception {
    return kind.start(
        new Application("")
            .with(Servlets::addAll)
            .with(
                context -> {
                  for (int i = 0; i < filters.length; i++) {
                    FilterRegistration.Dynamic filter = context.addFilter("f" + i, filters[i]);
                    filter.setAsyncSupported(true);
                    filter.addMappingForUrlPatterns(ALL, true, "/*");
                  }
                })
            .with(new WeirInitializer()));
  }
}
