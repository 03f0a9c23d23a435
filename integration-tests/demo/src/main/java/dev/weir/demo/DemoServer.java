package dev.weir.demo;

import dev.weir.Weir;
import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
import dev.weir.jaxrs.RateLimitFeature;
import dev.weir.plan.OnFailure;
import dev.weir.quota.ClusterSettings;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.websocket.RateLimitedEndpoint;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.ee10.websocket.servlet.WebSocketUpgradeFilter;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import org.glassfish.jersey.servlet.ServletContainer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The demo while it runs: a web server on 127.0.0.1 with Weir in front of one API. */
public final class DemoServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DemoServer.class);

  /** How long connections without a request stay open when the server stops. */
  private static final Duration CONNECTIONS_END = Duration.ofMillis(100);

  private static final String STREAM = "/v1/stream";

  /** How long requests in flight may take then. */
  private static final Duration REQUESTS_END = Duration.ofSeconds(1);

  /** How long leaving the cluster may take. With the above, less than the 5 seconds promised. */
  private static final Duration CLUSTER_LEFT = Duration.ofSeconds(3);

  private final Configuration configuration;
  private final Weir weir;
  private final Server server;
  private final int port;

  private DemoServer(Configuration configuration, Weir weir, Server server, int port) {
    this.configuration = configuration;
    this.weir = weir;
    this.server = server;
    this.port = port;
  }

  /** Starts the demo. */
  public static DemoServer start(DemoOptions options) throws IOException {
    return start(options, weir -> {});
  }

  /**
   * Starts the demo with a clock of its own.
   *
   * @param clock what the cluster member that the demo starts counts with
   */
  public static DemoServer start(DemoOptions options, InstantSource clock) throws IOException {
    return start(options, weir -> weir.clock(clock));
  }

  /**
   * Starts the demo.
   *
   * @param changes what to do to Weir before it is built
   * @throws ConfigurationException if the configuration is not right or does not fit the options
   * @throws IOException if the port is in use
   */
  public static DemoServer start(DemoOptions options, Consumer<Weir.Builder> changes)
      throws IOException {
    Configuration configuration = configuration(options);
    Api api = api(options, configuration);
    Server server = new Server(threads());
    ServerConnector connector = connector(server, options.port());
    boolean started = false;
    Weir weir = null;
    try {
      Weir.Builder builder = Weir.builder().configuration(configuration);
      changes.accept(builder);
      weir = builder.build();
      server.setHandler(new GracefulHandler(context(api, options.adapter(), weir)));
      server.setStopTimeout(REQUESTS_END.toMillis());
      server.start();
      started = true;
      return new DemoServer(configuration, weir, server, connector.getLocalPort());
    } catch (Exception fault) {
      throw rootOf(fault);
    } finally {
      if (!started) {
        connector.close();
        stop(server, weir);
      }
    }
  }

  private static Configuration configuration(DemoOptions options) {
    String location = options.config();
    if (location == null) {
      String profile = options.profile() == null ? "kallglot" : options.profile();
      location = "classpath:dev/weir/demo/%s.yaml".formatted(profile);
    }
    Configuration configuration = Configuration.load(location, DemoServer.class.getClassLoader());
    OnFailure onFailure = options.onFailure();
    if (onFailure != null) {
      configuration = configuration.withOnFailure(onFailure);
    }
    ClusterSettings settings = configuration.cluster();
    if (options.deadline() != null) {
      settings = settings.withDeadline(options.deadline());
    }
    if (options.backups() != null) {
      settings = settings.withBackups(options.backups());
    }
    if (options.members().isEmpty()) {
      return configuration.withCluster(settings);
    }
    return configuration.withCluster(
        new ClusterSettings(
            ClusterSettings.Store.HAZELCAST,
            settings.map(),
            settings.backups(),
            null,
            null,
            null,
            settings.clusterName(),
            options.members(),
            false,
            options.member(),
            settings.deadline(),
            settings.nodes()));
  }

  private static Api api(DemoOptions options, Configuration configuration) {
    String profile = configuration.profile().name();
    if (options.profile() != null && !options.profile().equals(profile)) {
      throw new ConfigurationException(
          List.of(
              "%s has profile %s, but option profile is %s; leave one of them out"
                  .formatted(configuration.source(), profile, options.profile())));
    }
    Api api = Api.of(profile);
    if (api == null) {
      throw new ConfigurationException(
          List.of(
              "the demo serves the profiles %s, but %s has %s"
                  .formatted(String.join(", ", Api.profiles()), configuration.source(), profile)));
    }
    return api;
  }

  private static QueuedThreadPool threads() {
    QueuedThreadPool threads = new QueuedThreadPool(64, 2);
    threads.setName("demo");
    return threads;
  }

  /** Takes the port, so that one in use shows before a cluster is joined. */
  private static ServerConnector connector(Server server, int port) throws IOException {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    connector.setShutdownIdleTimeout(CONNECTIONS_END.toMillis());
    server.addConnector(connector);
    try {
      connector.open();
    } catch (IOException fault) {
      throw new IOException(
          "cannot listen on 127.0.0.1:%d: %s; choose another with --port, 0 takes any free one"
              .formatted(
                  port,
                  fault.getCause() == null ? fault.getMessage() : fault.getCause().getMessage()),
          fault);
    }
    return connector;
  }

  private static ServletContextHandler context(Api api, DemoOptions.Adapter adapter, Weir weir) {
    ServletContextHandler context = new ServletContextHandler("/");
    ResourceConfig application = new ResourceConfig(api.resource(), ErrorMapper.class);
    application.addProperties(
        Map.of(
            // else Jersey would find it, also beside the filter
            RateLimitFeature.ENABLED,
            false,
            ServerProperties.WADL_FEATURE_DISABLE,
            true,
            ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR,
            true));
    if (weir.configuration().accountRules().live()) {
      application.register(new Admin(weir));
    }
    switch (adapter) {
      case SERVLET -> addFilter(context, weir, "/*");
      case JAXRS -> {
        application.register(new RateLimitFeature(weir));
        addFilter(context, weir, STREAM); // which no JAX-RS resource serves
      }
    }
    if (api.streams()) {
      // Jetty would answer handshakes in front of all other filters
      FilterHolder upgrade = new FilterHolder(WebSocketUpgradeFilter.class);
      upgrade.setName(WebSocketUpgradeFilter.class.getName());
      context.addFilter(upgrade, STREAM, EnumSet.of(DispatcherType.REQUEST));
      JakartaWebSocketServletContainerInitializer.configure(
          context,
          (unused, container) ->
              container.addEndpoint(RateLimitedEndpoint.of(StreamEndpoint.class)));
    }
    ServletHolder jersey = new ServletHolder("jersey", new ServletContainer(application));
    jersey.setInitOrder(1);
    context.addServlet(jersey, "/*");
    return context;
  }

  private static void addFilter(ServletContextHandler context, Weir weir, String path) {
    FilterHolder filter = new FilterHolder(new RateLimitFilter(weir));
    filter.setName("weir");
    context.addFilter(
        filter,
        path,
        EnumSet.of(
            DispatcherType.REQUEST,
            DispatcherType.FORWARD,
            DispatcherType.ASYNC,
            DispatcherType.ERROR));
  }

  /** Returns what somebody reading a message wants to know. */
  private static RuntimeException rootOf(Exception fault) {
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConfigurationException wrong) {
        return wrong;
      }
    }
    return fault instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException("the web server did not start", fault);
  }

  /** Returns where the demo listens, such as {@code http://127.0.0.1:8080}. */
  public String uri() {
    return "http://127.0.0.1:" + port;
  }

  /** Returns the port the demo listens on. */
  public int port() {
    return port;
  }

  /** Returns what to print once the demo serves: where, its keys, and three commands to try. */
  public String greeting() {
    return new Greeting(configuration, uri()).text();
  }

  /** Stops serving, then leaves the cluster; takes less than 5 seconds. */
  @Override
  public void close() {
    stop(server, weir);
  }

  private static void stop(Server server, @Nullable Weir weir) {
    try {
      server.stop();
    } catch (TimeoutException late) {
      log.warn("Requests that took longer than {} were cut off", REQUESTS_END);
    } catch (Exception fault) {
      throw new IllegalStateException("the web server did not stop", fault);
    } finally {
      if (weir != null) {
        leave(weir);
      }
    }
  }

  private static void leave(Weir weir) {
    Thread leaving = new Thread(weir::close, "demo-leave");
    leaving.setDaemon(true);
    leaving.start();
    try {
      TimeUnit.NANOSECONDS.timedJoin(leaving, CLUSTER_LEFT.toNanos());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}
