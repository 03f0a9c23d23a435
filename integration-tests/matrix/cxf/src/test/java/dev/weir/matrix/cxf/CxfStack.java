package dev.weir.matrix.cxf;

import com.fasterxml.jackson.jakarta.rs.json.JacksonJsonProvider;
import dev.weir.conversations.Http;
import dev.weir.jaxrs.ServletShutdown;
import dev.weir.matrix.LimitedApplication;
import dev.weir.matrix.OpenApplication;
import dev.weir.matrix.Stack;
import dev.weir.matrix.Subject;
import dev.weir.servlet.RateLimitFilter;
import jakarta.servlet.DispatcherType;
import jakarta.ws.rs.SeBootstrap;
import jakarta.ws.rs.core.Application;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.cxf.endpoint.Server;
import org.apache.cxf.jaxrs.JAXRSServerFactoryBean;
import org.apache.cxf.jaxrs.servlet.CXFNonSpringJaxrsServlet;
import org.apache.cxf.jaxrs.utils.ResourceUtils;
import org.apache.cxf.version.Version;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.ServerConnector;

/** Apache CXF in Jetty. */
public final class CxfStack implements Stack {

  private static final String ALL_METHODS = "Allow: DELETE,POST,GET,OPTIONS,HEAD";

  /** An application with JSON, which CXF has to be told of. */
  public static final class Open extends OpenApplication {

    /** Creates the application; for CXF. */
    public Open() {}

    @Override
    public Set<Class<?>> getClasses() {
      return withJson(super.getClasses());
    }
  }

  /** The same with limits. */
  public static final class Limited extends LimitedApplication {

    /** Creates the application; for CXF. */
    public Limited() {}

    @Override
    public Set<Class<?>> getClasses() {
      return withJson(super.getClasses());
    }
  }

  /** Creates the stack; for the service loader. */
  public CxfStack() {}

  private static Set<Class<?>> withJson(Set<Class<?>> classes) {
    Set<Class<?>> all = new HashSet<>(classes);
    all.add(JacksonJsonProvider.class);
    return all;
  }

  @Override
  public String name() {
    return "Apache CXF %s, Jetty %s (EE11)"
        .formatted(Version.getCurrentVersion(), org.eclipse.jetty.util.Jetty.VERSION);
  }

  @Override
  public List<Way> ways() {
    return List.of(
        new Way("servlet", "code"),
        new Way("jaxrs", "servlet"),
        new Way("jaxrs", "JAXRSServerFactoryBean"),
        new Way("jaxrs", "SeBootstrap"));
  }

  /**
   * CXF names all methods of a resource class in {@code Allow}, also where it finds nothing, says
   * no more than that to OPTIONS, and calls this machine by another name.
   */
  @Override
  public Http.Response reworded(Way way, Http.Response response) {
    boolean options = response.status() == 200 && response.headers().contains(ALL_METHODS);
    boolean bare = options && response.body().isEmpty();
    List<String> headers = new ArrayList<>();
    for (String header : response.headers()) {
      boolean allow = header.startsWith("Allow: ");
      if (!allow || response.status() == 405 || bare) {
        headers.add(
            allow
                ? "Allow: POST,OPTIONS"
                : header.replace("Location: http://localhost:", "Location: http://127.0.0.1:"));
      } else if (response.status() != 404) {
        headers.add(header);
      }
    }
    if (bare) {
      headers.add("Content-Type: text/plain");
    }
    return new Http.Response(response.status(), headers, bare ? "POST, OPTIONS" : response.body());
  }

  /** Only a servlet container does. */
  @Override
  public boolean tellsOfTheEnd(Way way) {
    return way.registration().equals("servlet");
  }

  @Override
  public Running start(Way way, Path directory) throws Exception {
    return switch (way.toString()) {
      case "servlet: code" -> {
        ServletContextHandler context = context(Open.class);
        context.addFilter(
            new FilterHolder(new RateLimitFilter(Subject.open())),
            "/*",
            EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC, DispatcherType.ERROR));
        yield serve(context);
      }
      case "jaxrs: servlet" -> serve(context(Limited.class));
      case "jaxrs: JAXRSServerFactoryBean" -> {
        int port = freePort();
        JAXRSServerFactoryBean factory =
            ResourceUtils.createApplication(new Limited(), false, true, false, null);
        factory.setAddress("http://127.0.0.1:%d/".formatted(port));
        Server server = factory.create();
        yield Running.of(
            port,
            () -> {
              server.destroy();
              factory.getBus().shutdown(true);
            });
      }
      case "jaxrs: SeBootstrap" -> {
        SeBootstrap.Instance instance =
            SeBootstrap.start(
                    new Limited(),
                    SeBootstrap.Configuration.builder().host("127.0.0.1").port(freePort()).build())
                .toCompletableFuture()
                .get();
        yield Running.of(
            instance.configuration().port(), () -> instance.stop().toCompletableFuture().get());
      }
      default -> throw new IllegalArgumentException(way.toString());
    };
  }

  private static ServletContextHandler context(Class<? extends Application> application) {
    ServletContextHandler context = new ServletContextHandler("/");
    ServletHolder cxf = new ServletHolder(new CXFNonSpringJaxrsServlet());
    cxf.setInitParameter("jakarta.ws.rs.Application", application.getName());
    cxf.setInitOrder(1);
    cxf.setAsyncSupported(true);
    context.addServlet(cxf, "/*");
    // as a server does that looks for them
    context.addServletContainerInitializer(new ServletShutdown());
    return context;
  }

  private static Running serve(ServletContextHandler context) throws Exception {
    var server = new org.eclipse.jetty.server.Server();
    ServerConnector connector = new ServerConnector(server, 1, 1);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(context);
    server.start();
    return Running.of(connector.getLocalPort(), server::stop);
  }

  /** One that is most likely still free later on. */
  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
