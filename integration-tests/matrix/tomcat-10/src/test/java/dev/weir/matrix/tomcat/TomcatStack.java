package dev.weir.matrix.tomcat;

import dev.weir.matrix.LimitedApplication;
import dev.weir.matrix.OpenApplication;
import dev.weir.matrix.Stack;
import dev.weir.matrix.Subject;
import dev.weir.matrix.War;
import dev.weir.matrix.WeirListener;
import dev.weir.servlet.RateLimitFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.annotation.WebFilter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Wrapper;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.apache.tomcat.util.scan.StandardJarScanner;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;

/** Tomcat and Jersey. */
public final class TomcatStack implements Stack {

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

  /** Tomcat, and what only the tests need. */
  private static final Pattern SERVERS =
      Pattern.compile("tomcat-|jakarta.annotation|slf4j-|junit|assertj|surefire");

  /** Creates the stack; for the service loader. */
  public TomcatStack() {}

  @Override
  public String name() {
    return "%s, Jersey %s"
        .formatted(
            ServerInfo.getServerInfo().replace("Apache ", "").replace('/', ' '),
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
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(Files.createDirectory(directory.resolve("tomcat")).toString());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    tomcat.getConnector().setProperty("maxThreads", "8");
    Path war = Files.createDirectory(directory.resolve("war"));
    Context context =
        switch (way.toString()) {
          case "servlet: automatic" -> war(tomcat, war, "");
          case "servlet: web.xml" -> war(tomcat, war, War.filter(RateLimitFilter.class.getName()));
          case "servlet: annotation" -> war(tomcat, war, "", AnnotatedLimits.class);
          case "servlet: code" -> {
            Context code = context(tomcat, new OpenApplication());
            addFilter(code, new RateLimitFilter(Subject.open()));
            yield code;
          }
          case "jaxrs: servlet" -> context(tomcat, new LimitedApplication());
          default -> throw new IllegalArgumentException(way.toString());
        };
    tomcat.start();
    if (context.getState() != LifecycleState.STARTED) {
      tomcat.stop();
      tomcat.destroy();
      throw new IllegalStateException("the application did not start; the log says why");
    }
    return Running.of(
        tomcat.getConnector().getLocalPort(),
        () -> {
          tomcat.stop();
          tomcat.destroy();
        });
  }

  /** A WAR as a stand-alone Tomcat runs it, scanning included. */
  private static Context war(Tomcat tomcat, Path directory, String filter, Class<?>... classes)
      throws Exception {
    String webXml = War.listener(WeirListener.class) + filter + War.jersey(OpenApplication.class);
    War.write(directory, webXml, SERVERS, classes);
    ContextConfig config = new ContextConfig();
    config.setDefaultWebXml(tomcat.noDefaultWebXmlPath());
    StandardContext context = new StandardContext();
    context.setPath("");
    context.setDocBase(directory.toString());
    context.setParentClassLoader(TomcatStack.class.getClassLoader());
    context.addLifecycleListener(config);
    StandardJarScanner scanner = new StandardJarScanner();
    scanner.setScanClassPath(false); // that of these tests, which no stand-alone server has
    context.setJarScanner(scanner);
    tomcat.getHost().addChild(context);
    return context;
  }

  private static Context context(Tomcat tomcat, OpenApplication application) {
    Context context = tomcat.addContext("", null);
    Wrapper jersey =
        Tomcat.addServlet(
            context, "jersey", new ServletContainer(ResourceConfig.forApplication(application)));
    jersey.setAsyncSupported(true);
    jersey.addMapping("/*");
    return context;
  }

  private static void addFilter(Context context, Filter filter) {
    FilterDef definition = new FilterDef();
    definition.setFilterName("limits");
    definition.setFilter(filter);
    definition.setAsyncSupported("true");
    context.addFilterDef(definition);
    FilterMap mapping = new FilterMap();
    mapping.setFilterName("limits");
    mapping.addURLPattern("/*");
    for (DispatcherType type :
        List.of(
            DispatcherType.REQUEST,
            DispatcherType.FORWARD,
            DispatcherType.ASYNC,
            DispatcherType.ERROR)) {
      mapping.setDispatcher(type.name());
    }
    context.addFilterMap(mapping);
  }
}
