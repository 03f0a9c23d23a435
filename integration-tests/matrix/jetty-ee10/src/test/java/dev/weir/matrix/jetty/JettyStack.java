package dev.weir.matrix.jetty;

import dev.weir.matrix.LimitedApplication;
import dev.weir.matrix.OpenApplication;
import dev.weir.matrix.Stack;
import dev.weir.matrix.Subject;
import dev.weir.matrix.War;
import dev.weir.matrix.WeirListener;
import dev.weir.servlet.RateLimitFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.annotation.WebFilter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;

/** Jetty 12.1 and Jersey. */
public final class JettyStack implements Stack {

  /** A filter that is declared by annotation. */
  @WebFilter(
      urlPatterns = "/*",
      asyncSupported = true,
      dispatcherTypes = {
        DispatcherType.REQUEST,
        DispatcherType.FORWARD,
        DispatcherType.ASYNC,
        DispatcherType.ERROR
      })
  public static final class AnnotatedLimits extends RateLimitFilter {

    /** Creates a filter; for the container. */
    public AnnotatedLimits() {}
  }

  /** Jetty, and what only the tests need. */
  private static final Pattern SERVERS =
      Pattern.compile("jetty-|jakarta.servlet|jakarta.websocket|slf4j-|asm|junit|assertj|surefire");

  /** Creates the stack; for the service loader. */
  public JettyStack() {}

  @Override
  public String name() {
    return "Jetty %s (%s), Jersey %s"
        .formatted(
            Server.getVersion(),
            ServletContextHandler.ENVIRONMENT.getName().toUpperCase(Locale.ROOT),
            org.glassfish.jersey.internal.Version.getVersion());
  }

  @Override
  public List<Way> ways() {
    return List.of(
        new Way("servlet", "automatic"),
        new Way("servlet", "web.xml"),
        new Way("servlet", "annotation"),
        new Way("servlet", "code"),
        new Way("jaxrs", "servlet"));
  }

  @Override
  public Running start(Way way, Path directory) throws Exception {
    return switch (way.toString()) {
      case "servlet: automatic" -> start(war(directory, ""));
      case "servlet: web.xml" -> start(war(directory, War.filter(RateLimitFilter.class.getName())));
      case "servlet: annotation" -> start(war(directory, "", AnnotatedLimits.class));
      case "servlet: code" -> {
        ServletContextHandler context = context(new OpenApplication());
        context.addFilter(
            new FilterHolder(new RateLimitFilter(Subject.open())),
            "/*",
            EnumSet.of(
                DispatcherType.REQUEST,
                DispatcherType.FORWARD,
                DispatcherType.ASYNC,
                DispatcherType.ERROR));
        yield start(context);
      }
      case "jaxrs: servlet" -> start(context(new LimitedApplication()));
      default -> throw new IllegalArgumentException(way.toString());
    };
  }

  private static Handler war(Path directory, String filter, Class<?>... classes) throws Exception {
    String webXml = War.listener(WeirListener.class) + filter + War.jersey(OpenApplication.class);
    War.write(directory, webXml, SERVERS, classes);
    WebAppContext context = new WebAppContext(directory.toString(), "/");
    context.setThrowUnavailableOnStartupException(true);
    return context;
  }

  private static ServletContextHandler context(OpenApplication application) {
    ServletContextHandler context = new ServletContextHandler("/");
    ServletHolder jersey =
        new ServletHolder(new ServletContainer(ResourceConfig.forApplication(application)));
    jersey.setAsyncSupported(true);
    context.addServlet(jersey, "/*");
    return context;
  }

  private static Running start(Handler handler) throws Exception {
    Server server = new Server();
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(handler);
    server.start();
    return Running.of(connector.getLocalPort(), server::stop);
  }
}
