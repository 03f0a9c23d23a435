package dev.weir.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.Outcome;
import dev.weir.RateLimited;
import dev.weir.Weir;
import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
import dev.weir.http.Answer;
import dev.weir.plan.Account;
import dev.weir.plan.Endpoint;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import dev.weir.quota.Balance;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.SlotOrder;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RateLimitFilterTest {

  private static final String YAML =
      """
      plans:
        starter: { limits: [100/366d] }
        tiny: { limits: [1/366d] }
      groups:
        reports: {}
      cluster: { store: memory }
      """;

  /** A store that tells how often it was asked, and that it was closed. */
  private static final class RecordingStore implements QuotaStore {
    private final QuotaStore store = QuotaStore.inMemory(InstantSource.system());
    private final List<String> calls = new ArrayList<>();

    @Override
    public synchronized Consumption consume(PartitionKey key, Policy policy) {
      calls.add("consume");
      return store.consume(key, policy);
    }

    @Override
    public synchronized Consumption consume(PartitionKey key, Policy policy, SlotOrder slot) {
      calls.add("consume");
      return store.consume(key, policy, slot);
    }

    @Override
    public synchronized void order(PartitionKey key, SlotOrder order) {
      calls.add("order");
      store.order(key, order);
    }

    @Override
    public synchronized void settle(PartitionKey key, SlotOrder order, long spentNanos) {
      calls.add("settle");
      store.settle(key, order, spentNanos);
    }

    @Override
    public void refund(PartitionKey key, long credits) {
      store.refund(key, credits);
    }

    @Override
    public @Nullable Balance grant(PartitionKey key, Balance stored) {
      return store.grant(key, stored);
    }

    @Override
    public synchronized Consumption peek(PartitionKey key, Policy policy) {
      calls.add("peek");
      return store.peek(key, policy);
    }

    @Override
    public synchronized void close() {
      calls.add("close");
      store.close();
    }
  }

  @RateLimited(group = "reports")
  private static class ReportsServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      response.setContentType("text/plain");
      response.getWriter().write("report");
    }
  }

  private static final class PlainServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
  }

  private final RecordingStore store = new RecordingStore();
  private final Weir weir =
      Weir.builder()
          .configuration(Configuration.parse("limits.yaml", YAML))
          .directory(key -> Account.of(key.value().startsWith("tiny") ? "tiny" : "starter"))
          .store(store)
          .build();
  private final ServletContextHandler context = new ServletContextHandler("/");
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server, 1, 1);

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  @Test
  void a_request_costs_one_operation_however_often_it_is_dispatched() throws Exception { // I3, R13
    HttpServlet forwarding =
        new HttpServlet() {
          private static final long serialVersionUID = 1;

          @Override
          protected void doGet(HttpServletRequest request, HttpServletResponse response)
              throws ServletException, IOException {
            request.getRequestDispatcher("/report").forward(request, response);
          }
        };
    context.addServlet(forwarding, "/forward");
    start(new RateLimitFilter(weir));

    assertThat(get("/forward", "k").body()).isEqualTo("report");
    assertThat(store.calls).containsExactly("consume");
  }

  @Test
  void what_an_adapter_further_in_answers_replaces_the_headers() throws Exception {
    Endpoint stricter = new Endpoint(null, "Stricter", List.of(Limit.parse("5/366d")), 1, false);
    Filter adapter =
        (request, response, chain) -> {
          HttpServletResponse http = (HttpServletResponse) response;
          http.setHeader("X-RateLimit-Limit", "mine");
          Answer earlier = (Answer) request.getAttribute(Answer.ATTRIBUTE);
          Answer later =
              weir.judge(new ServletRequestView((HttpServletRequest) request), stricter, earlier);
          request.setAttribute(Answer.ATTRIBUTE, later);
          later.headers().forEach(http::addHeader);
          http.reset();
          chain.doFilter(request, response);
        };
    start(new RateLimitFilter(weir), adapter);

    HttpResponse<String> response = get("/report", "k");

    assertThat(response.headers().allValues("X-RateLimit-Limit")).containsExactly("5");
    assertThat(response.headers().allValues("X-RateLimit-Remaining")).containsExactly("4");
  }

  @Test
  void an_outer_filter_that_asks_twice_is_refused_twice() throws Exception {
    Filter stubborn =
        (request, response, chain) -> {
          chain.doFilter(request, response);
          response.reset();
          chain.doFilter(request, response);
        };
    start(stubborn, new RateLimitFilter(weir));

    assertThat(get("/report", "tiny").statusCode()).isEqualTo(200);
    HttpResponse<String> refused = get("/report", "tiny");

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.body()).contains("rate_limit_exceeded");
    assertThat(store.calls).containsExactly("consume", "consume");
  }

  @Test
  void an_error_in_front_of_the_filter_is_none_of_its_business() throws Exception {
    Filter guard =
        (request, response, chain) -> {
          if (request.getDispatcherType() == DispatcherType.ERROR) {
            chain.doFilter(request, response);
          } else {
            ((HttpServletResponse) response).sendError(403);
          }
        };
    ErrorPageErrorHandler pages = new ErrorPageErrorHandler();
    pages.addErrorPage(403, "/report");
    context.setErrorHandler(pages);
    start(guard, new RateLimitFilter(weir));

    HttpResponse<String> response = get("/report", "k");

    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(response.body()).isEqualTo("report");
    assertThat(store.calls).isEmpty();
  }

  @Test
  void an_instance_given_by_code_stays_open() throws Exception {
    start(new RateLimitFilter(weir));

    server.stop();

    assertThat(store.calls).isEmpty();
  }

  @Test
  void nothing_that_belongs_to_a_group_stops_the_start() { // configuration of design section 1
    context.addServlet(new PlainServlet(), "/plain");

    assertThatThrownBy(() -> startWithoutReports(new RateLimitFilter(weir)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "limits.yaml:5:3: nothing belongs to group 'reports': give it a 'match', or put"
                + " @RateLimited(group = \"reports\") on a servlet");
  }

  @Test
  void an_annotation_of_a_superclass_counts() throws Exception {
    context.addServlet(new ReportsServlet() {}, "/inherited");
    List<String> groups = new ArrayList<>();
    Filter recorder =
        (request, response, chain) -> {
          Answer answer = (Answer) request.getAttribute(Answer.ATTRIBUTE);
          groups.add(answer.decision().outcome() + " " + answer.decision().group());
          chain.doFilter(request, response);
        };
    start(new RateLimitFilter(weir), recorder);

    get("/inherited", "k");
    get("/nowhere", "k");

    assertThat(groups).containsExactly(Outcome.ALLOWED + " reports", Outcome.ALLOWED + " null");
  }

  private void start(Filter... filters) throws Exception {
    context.addServlet(new ReportsServlet(), "/report");
    startWithoutReports(filters);
  }

  /** The filters take this order in the chain. */
  private void startWithoutReports(Filter... filters) throws Exception {
    for (Filter filter : filters) {
      FilterHolder holder = new FilterHolder(filter);
      holder.setAsyncSupported(true);
      context.addFilter(
          holder,
          "/*",
          EnumSet.of(
              DispatcherType.REQUEST,
              DispatcherType.FORWARD,
              DispatcherType.ASYNC,
              DispatcherType.ERROR));
    }
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(context);
    server.start();
  }

  private HttpResponse<String> get(String path, String key) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + connector.getLocalPort() + path))
                .header("X-API-Key", key)
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
