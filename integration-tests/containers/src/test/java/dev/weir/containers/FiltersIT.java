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
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Other filters before and behind Weir's, on every server. */
@ParameterizedClass
@MethodSource("dev.weir.containers.Servers#here")
class FiltersIT {

  private static final String ORIGIN = "https://app.example";

  /** For {@link OtherFilters#cors}; the other filters do not look at them. */
  private static final Map<String, String> CORS =
      Map.of(
          "cors.allowed.origins", ORIGIN,
          "cors.allowed.headers", "X-API-Key",
          "cors.exposed.headers", "X-Total");

  private static final String[] PREFLIGHT = {
    "Origin", ORIGIN,
    "Access-Control-Request-Method", "GET",
    "Access-Control-Request-Headers", "x-api-key"
  };

  private static final EnumSet<DispatcherType> ALL =
      EnumSet.of(
          DispatcherType.REQUEST,
          DispatcherType.FORWARD,
          DispatcherType.ASYNC,
          DispatcherType.ERROR);

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
    assertMerged(OtherFilters.cors(), new RateLimitFilter(weir));
  }

  @Test
  void what_a_cors_filter_behind_exposes_is_merged() throws Exception { // R14
    assertMerged(new RateLimitFilter(weir), OtherFilters.cors());
  }

  private void assertMerged(Filter... filters) throws Exception {
    try (Server server = start(filters)) {
      Client client = new Client(server);

      Response allowed = client.send("GET", "/ok", "X-API-Key", "tiny-c", "Origin", ORIGIN);
      assertThat(allowed.header("Access-Control-Expose-Headers").split(", ", -1))
          .containsExactlyInAnyOrder(
              "X-Total", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset");

      Response failed = client.send("GET", "/throw-runtime", "X-API-Key", "c", "Origin", ORIGIN);
      assertThat(failed.header("Access-Control-Expose-Headers")).contains("X-RateLimit-Reset");

      Response refused = client.send("GET", "/ok", "X-API-Key", "tiny-c", "Origin", ORIGIN);
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("Access-Control-Expose-Headers")).endsWith("Retry-After");
    }
  }

  @Test
  void behind_a_cors_filter_refusals_too_can_be_read_by_browsers() throws Exception { // R14
    try (Server server = start(OtherFilters.cors(), new RateLimitFilter(weir))) {
      assertPreflightsAreFree(server);
      assertThat(refused(server, "Origin", ORIGIN).header("Access-Control-Allow-Origin"))
          .isEqualTo(ORIGIN);
    }
  }

  @Test
  void in_front_of_a_cors_filter_refusals_are_hidden_from_browsers() throws Exception { // R13, R14
    try (Server server = start(new RateLimitFilter(weir), OtherFilters.cors())) {
      assertPreflightsAreFree(server);
      assertThat(refused(server, "Origin", ORIGIN).header("Access-Control-Allow-Origin")).isNull();
    }
  }

  private static void assertPreflightsAreFree(Server server) throws Exception {
    Client client = new Client(server);
    for (int i = 0; i < 3; i++) {
      Response preflight = client.send("OPTIONS", "/ok", PREFLIGHT);
      assertThat(preflight.status()).isEqualTo(200);
      assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(ORIGIN);
      assertThat(preflight.limit()).isNull();
    }
  }

  @Test
  void behind_a_compressing_filter_refusals_are_compressed() throws Exception {
    try (Server server = start(new OtherFilters.Compression(), new RateLimitFilter(weir))) {
      Response refused = refused(server, "Accept-Encoding", "gzip");
      assertThat(refused.header("Content-Encoding")).isEqualTo("gzip");
    }
  }

  @Test
  void in_front_of_a_compressing_filter_refusals_are_not_compressed() throws Exception {
    try (Server server = start(new RateLimitFilter(weir), new OtherFilters.Compression())) {
      Response refused = refused(server, "Accept-Encoding", "gzip");
      assertThat(refused.header("Content-Encoding")).isNull();
      assertThat(refused.header("Content-Length")).isEqualTo("" + refused.body().length());
    }
  }

  @Test
  void behind_an_authenticating_filter_strangers_cost_nothing() throws Exception {
    try (Server server = start(new OtherFilters.Authentication(), new RateLimitFilter(weir))) {
      Response stranger = new Client(server).get("/ok", "tiny-key");
      assertThat(stranger.body()).isEqualTo("who are you?");
      assertThat(stranger.limit()).isNull();

      refused(server, "Authorization", "Basic YTpi");
    }
  }

  @Test
  void in_front_of_an_authenticating_filter_strangers_are_counted() throws Exception {
    try (Server server = start(new RateLimitFilter(weir), new OtherFilters.Authentication())) {
      Client client = new Client(server);
      Response stranger = client.get("/ok", "tiny-key");
      assertThat(stranger.status()).isEqualTo(401);
      assertThat(stranger.body()).isEqualTo("who are you?");
      assertThat(stranger.remaining()).isZero();

      assertRefused(client.get("/ok", "tiny-key"));
    }
  }

  @Test
  void behind_a_logging_filter_refusals_are_logged_as_they_are_sent() throws Exception {
    OtherFilters.Logging log = new OtherFilters.Logging();
    try (Server server = start(log, new RateLimitFilter(weir))) {
      Response refused = refused(server);
      assertThat(log.lines).containsExactly("200 0 ok", "429 0 " + refused.body());
    }
  }

  @Test
  void in_front_of_a_logging_filter_refusals_are_not_logged() throws Exception {
    OtherFilters.Logging log = new OtherFilters.Logging();
    try (Server server = start(new RateLimitFilter(weir), log)) {
      refused(server);
      assertThat(log.lines).containsExactly("200 0 ok");
    }
  }

  /** Uses up the only request of a key, and returns the answer to one more. */
  private static Response refused(Server server, String... headers) throws Exception {
    Client client = new Client(server);
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "X-API-Key";
    all[headers.length + 1] = "tiny-key";

    Response allowed = client.send("GET", "/ok", all);
    assertThat(allowed.status()).isEqualTo(200);
    assertThat(allowed.body()).isEqualTo("ok");
    assertThat(allowed.limit()).isEqualTo("1");
    assertThat(allowed.remaining()).isZero();

    Response refused = client.send("GET", "/ok", all);
    assertRefused(refused);
    return refused;
  }

  private static void assertRefused(Response refused) {
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.limit()).isEqualTo("1");
    assertThat(refused.remaining()).isZero();
    assertThat(refused.header("Content-Type")).isEqualTo("application/json");
    assertThat(refused.body())
        .isEqualTo(
            "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"Rate limit exceeded."
                + " Please retry after %s seconds.\"}}",
            refused.header("Retry-After"));
  }

  @Test
  void with_all_of_them_in_front_every_request_counts_once() throws Exception { // R13, R14
    assertExact(
        new OtherFilters.Logging(),
        OtherFilters.cors(),
        new OtherFilters.Compression(),
        new OtherFilters.Authentication(),
        new RateLimitFilter(weir));
  }

  @Test
  void with_all_of_them_behind_every_request_counts_once() throws Exception { // R13, R14
    assertExact(
        new RateLimitFilter(weir),
        OtherFilters.cors(),
        new OtherFilters.Authentication(),
        new OtherFilters.Compression(),
        new OtherFilters.Logging());
  }

  @Test
  void with_all_of_them_between_two_of_weirs_every_request_counts_once() throws Exception { // R13
    assertExact(
        new OtherFilters.Logging(),
        new RateLimitFilter(weir),
        OtherFilters.cors(),
        new OtherFilters.Authentication(),
        new RateLimitFilter(weir),
        new OtherFilters.Compression());
  }

  private void assertExact(Filter... filters) throws Exception {
    List<String> paths = List.of("/ok", "/forward", "/include", "/send-error", "/throw-runtime");
    try (Server server = start(filters)) {
      assertPreflightsAreFree(server);
      for (int i = 0; i < paths.size(); i++) {
        Response response =
            new Client(server)
                .send(
                    "GET",
                    paths.get(i),
                    "X-API-Key",
                    "all",
                    "Origin",
                    ORIGIN,
                    "Authorization",
                    "Basic YTpi",
                    "Accept-Encoding",
                    "gzip");
        assertThat(response.remaining()).as(paths.get(i)).isEqualTo(999 - i);
        assertThat(response.limit()).isEqualTo("1000");
        assertThat(response.headers("X-RateLimit-Reset")).hasSize(1);
        assertThat(response.header("Access-Control-Expose-Headers"))
            .as(paths.get(i))
            .contains("X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset")
            .containsOnlyOnce("X-RateLimit-Limit");
        if (response.status() == 200) {
          assertThat(response.body()).as(paths.get(i)).contains("ok");
          assertThat(response.header("Access-Control-Allow-Origin")).isEqualTo(ORIGIN);
        }
      }
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
                    filter.setInitParameters(CORS);
                    filter.setAsyncSupported(true);
                    filter.addMappingForUrlPatterns(dispatches(filters[i]), true, "/*");
                  }
                })
            .with(new WeirInitializer()));
  }

  /** Other filters commonly see what the client sends, and not where that is sent on. */
  private static EnumSet<DispatcherType> dispatches(Filter filter) {
    return filter instanceof RateLimitFilter ? ALL : EnumSet.of(DispatcherType.REQUEST);
  }
}
