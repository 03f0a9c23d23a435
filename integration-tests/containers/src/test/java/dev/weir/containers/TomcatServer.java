package dev.weir.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.scan.StandardJarScanner;
import org.apache.tomcat.websocket.server.WsSci;

/** Tomcat, as an application embeds it and as it runs a WAR. */
final class TomcatServer implements Deployed {

  private final Tomcat tomcat = new Tomcat();
  private final Path directory;

  private TomcatServer() throws IOException {
    directory = Files.createTempDirectory("tomcat");
    tomcat.setBaseDir(directory.toString());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    tomcat.getConnector().setProperty("maxThreads", "8");
  }

  static Server start(Application application) throws Exception {
    TomcatServer server = new TomcatServer();
    Context context = server.tomcat.addContext(application.contextPath, null);
    application.statusPages.forEach(
        (status, path) -> {
          ErrorPage page = new ErrorPage();
          page.setErrorCode(status);
          page.setLocation(path);
          context.addErrorPage(page);
        });
    application.exceptionPages.forEach(
        (exception, path) -> {
          ErrorPage page = new ErrorPage();
          page.setExceptionType(exception.getName());
          page.setLocation(path);
          context.addErrorPage(page);
        });
    application.parameters.forEach(context::addParameter);
    // which is what Tomcat 11 does else: what a filter holds back until the end is lost in a
    // forward
    ((StandardContext) context).setSuspendWrappedResponseAfterForward(false);
    application.listeners.forEach(listener -> context.addApplicationListener(listener.getName()));
    if (!application.endpoints.isEmpty()) {
      context.addServletContainerInitializer(new WsSci(), null);
      context.addServletContainerInitializer(application::addEndpoints, null);
    }
    application.initializers.forEach(
        initializer -> context.addServletContainerInitializer(initializer, null));
    server.start(context);
    return server;
  }

  /** Runs an exploded WAR as a stand-alone Tomcat would, scanning included. */
  static Deployed start(War war) throws Exception {
    TomcatServer server = new TomcatServer();
    ContextConfig config = new ContextConfig();
    config.setDefaultWebXml(server.tomcat.noDefaultWebXmlPath());
    StandardContext context = new StandardContext();
    context.setName("/app");
    context.setPath("/app");
    context.setDocBase(war.directory().toString());
    context.setParentClassLoader(TomcatServer.class.getClassLoader());
    context.addLifecycleListener(config);
    context.setContainerSciFilter("org\\.eclipse\\.jetty\\..*"); // another server's WebSockets
    StandardJarScanner scanner = new StandardJarScanner();
    scanner.setScanClassPath(false); // that of these tests, which no stand-alone server has
    context.setJarScanner(scanner);
    server.tomcat.getHost().addChild(context);
    server.start(context);
    return server;
  }

  /** Tomcat goes on with an application that failed to start, and only logs why. */
  private void start(Context context) throws LifecycleException {
    Queue<Throwable> logged = new ConcurrentLinkedQueue<>();
    Handler recorder =
        new Handler() {
          @Override
          public void publish(LogRecord message) {
            if (message.getThrown() != null) {
              logged.add(message.getThrown());
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger.getLogger("org.apache").addHandler(recorder);
    try {
      tomcat.start();
    } finally {
      Logger.getLogger("org.apache").removeHandler(recorder);
    }
    if (context.getState() != LifecycleState.STARTED) {
      close();
      LifecycleException failure = new LifecycleException("the application did not start");
      logged.forEach(failure::addSuppressed);
      throw failure;
    }
  }

  @Override
  public void redeploy() {
    context().reload();
  }

  @Override
  public ClassLoader applicationLoader() {
    return context().getLoader().getClassLoader();
  }

  private Context context() {
    return (Context) tomcat.getHost().findChildren()[0];
  }

  @Override
  public int port() {
    return tomcat.getConnector().getLocalPort();
  }

  @Override
  public void close() {
    try {
      tomcat.stop();
      tomcat.destroy();
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    } catch (LifecycleException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
