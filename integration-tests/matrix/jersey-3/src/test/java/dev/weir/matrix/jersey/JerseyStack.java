package dev.weir.matrix.jersey;

import dev.weir.conversations.Http;
import dev.weir.matrix.LimitedApplication;
import dev.weir.matrix.Stack;
import jakarta.enterprise.inject.se.SeContainer;
import jakarta.enterprise.inject.se.SeContainerInitializer;
import jakarta.ws.rs.SeBootstrap;
import jakarta.ws.rs.core.Application;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.jersey.ext.cdi1x.internal.CdiComponentProvider;
import org.glassfish.jersey.ext.cdi1x.internal.ProcessAllAnnotatedTypes;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpServerFactory;
import org.glassfish.jersey.jdkhttp.JdkHttpServerFactory;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;

/** Jersey on its own, without servlets. */
public final class JerseyStack implements Stack {

  private static final URI ANY_PORT = URI.create("http://127.0.0.1:0/");

  /** The ways that lead to the JDK's own server. */
  private static final Set<String> JDK = Set.of("JDK HTTP server", "SeBootstrap");

  private static final List<String> NAMES =
      List.of(
          "Access-Control-Expose-Headers",
          "Cache-Control",
          "Content-Type",
          "RateLimit",
          "RateLimit-Policy",
          "Retry-After",
          "WWW-Authenticate",
          "X-API-Credits-Remaining",
          "X-API-Credits-Used",
          "X-RateLimit-Limit",
          "X-RateLimit-Remaining",
          "X-RateLimit-Reset",
          "X-Request-Id");

  /** Creates the stack; for the service loader. */
  public JerseyStack() {
    System.setProperty("sun.net.httpserver.nodelay", "true"); // else each response takes 40 ms
  }

  @Override
  public String name() {
    return "Jersey " + org.glassfish.jersey.internal.Version.getVersion();
  }

  @Override
  public List<Way> ways() {
    return List.of(
        new Way("jaxrs", "JDK HTTP server"),
        new Way("jaxrs", "Grizzly"),
        new Way("jaxrs", "SeBootstrap"),
        new Way("jaxrs", "CDI"));
  }

  @Override
  public Map<String, String> omitted(Way way) {
    return Map.of(
        "two-windows-callers.txt",
        "callers without a key are told apart by address, which Jersey knows only of servlets");
  }

  /** Jersey refuses to on the JDK's server. */
  @Override
  public boolean suspends(Way way) {
    return !JDK.contains(way.registration());
  }

  /** The JDK's server spells the names of headers its own way. */
  @Override
  public Http.Response reworded(Way way, Http.Response response) {
    if (!JDK.contains(way.registration())) {
      return response;
    }
    return new Http.Response(
        response.status(),
        response.headers().stream().map(JerseyStack::respelled).toList(),
        response.body());
  }

  private static String respelled(String header) {
    int end = header.indexOf(':');
    String name = header.substring(0, end);
    return NAMES.stream().filter(name::equalsIgnoreCase).findAny().orElse(name)
        + header.substring(end);
  }

  @Override
  public Running start(Way way, Path directory) throws Exception {
    Application application = new LimitedApplication();
    return switch (way.registration()) {
      case "JDK HTTP server" -> {
        var server =
            JdkHttpServerFactory.createHttpServer(
                ANY_PORT, ResourceConfig.forApplication(application));
        yield Running.of(server.getAddress().getPort(), () -> server.stop(0));
      }
      case "Grizzly" -> grizzly(application);
      case "SeBootstrap" -> {
        SeBootstrap.Instance instance =
            SeBootstrap.start(
                    application,
                    SeBootstrap.Configuration.builder()
                        .property(
                            ServerProperties.WEBSERVER_CLASS,
                            Class.forName("org.glassfish.jersey.jdkhttp.JdkHttpServer"))
                        .host("127.0.0.1")
                        .port(SeBootstrap.Configuration.FREE_PORT)
                        .build())
                .toCompletableFuture()
                .get();
        yield Running.of(
            instance.configuration().port(), () -> instance.stop().toCompletableFuture().get());
      }
      case "CDI" -> {
        SeContainer beans =
            SeContainerInitializer.newInstance()
                .disableDiscovery()
                .addExtensions(new CdiComponentProvider(), new ProcessAllAnnotatedTypes())
                .addBeanClasses(application.getClasses().toArray(Class<?>[]::new))
                .initialize();
        Running running = grizzly(application);
        yield Running.of(
            running.port(),
            () -> {
              running.stop();
              beans.close();
            });
      }
      default -> throw new IllegalArgumentException(way.toString());
    };
  }

  private static Running grizzly(Application application) throws IOException {
    HttpServer server =
        GrizzlyHttpServerFactory.createHttpServer(
            ANY_PORT, ResourceConfig.forApplication(application), false);
    // else it closes a connection after 256 requests, which some conversations exceed
    server.getListener("grizzly").getKeepAlive().setMaxRequestsCount(-1);
    server.start();
    return Running.of(server.getListener("grizzly").getPort(), server::shutdownNow);
  }
}
