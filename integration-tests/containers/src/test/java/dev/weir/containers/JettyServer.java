package dev.weir.containers;

import jakarta.servlet.ServletContextListener;
import jakarta.websocket.server.ServerEndpointConfig;
import java.nio.file.Path;
import org.eclipse.jetty.ee10.annotations.AnnotationConfiguration;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.ee10.websocket.servlet.WebSocketUpgradeFilter;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;

/**
 * Jetty 12.1. The tests of another environment of it compile this class with the package names of
 * that one in place of ee10's.
 */
final class JettyServer implements Deployed {

  static final String UPGRADE_FILTER = WebSocketUpgradeFilter.class.getName();

  private final org.eclipse.jetty.server.Server server = new org.eclipse.jetty.server.Server();
  private final ServerConnector connector = new ServerConnector(server, 1, 1);

  private JettyServer() {}

  static Server start(Application application) throws Exception {
    ServletContextHandler context =
        new ServletContextHandler(
            application.contextPath.isEmpty() ? "/" : application.contextPath);
    ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
    application.statusPages.forEach(errors::addErrorPage);
    application.exceptionPages.forEach(errors::addErrorPage);
    context.setErrorHandler(errors);
    application.parameters.forEach(context::setInitParameter);
    for (Class<? extends ServletContextListener> listener : application.listeners) {
      context.addEventListener(listener.getDeclaredConstructor().newInstance());
    }
    application.initializers.forEach(context::addServletContainerInitializer);
    if (!application.endpoints.isEmpty()) {
      JakartaWebSocketServletContainerInitializer.configure(
          context,
          (servletContext, container) -> {
            for (ServerEndpointConfig endpoint : application.endpoints) {
              container.addEndpoint(endpoint);
            }
          });
    }
    return start(context);
  }

  /** Runs an exploded WAR as a stand-alone Jetty would, scanning included. */
  static Deployed start(War war) throws Exception {
    ContextHandlerCollection contexts = new ContextHandlerCollection();
    contexts.addHandler(context(war));
    return start(contexts);
  }

  private static WebAppContext context(War war) {
    WebAppContext context = new WebAppContext(war.directory().toString(), "/app");
    context.setThrowUnavailableOnStartupException(true);
    context.setAttribute( // another server's WebSockets
        AnnotationConfiguration.SERVLET_CONTAINER_INITIALIZER_EXCLUSION_PATTERN,
        "org\\.apache\\.tomcat\\..*");
    return context;
  }

  private static Deployed start(Handler handler) throws Exception {
    JettyServer jetty = new JettyServer();
    jetty.connector.setHost("127.0.0.1");
    jetty.server.addConnector(jetty.connector);
    jetty.server.setHandler(handler);
    try {
      jetty.server.start();
    } catch (Exception | Error failure) {
      jetty.close();
      throw failure;
    }
    return jetty;
  }

  /** As Jetty's deployer does it: the next context is another one. */
  @Override
  public void redeploy() throws Exception {
    ContextHandlerCollection contexts = (ContextHandlerCollection) server.getHandler();
    WebAppContext last = application();
    WebAppContext next = context(new War(Path.of(last.getWar())));
    last.stop();
    contexts.removeHandler(last);
    last.destroy();
    contexts.addHandler(next);
    contexts.manage(next); // so that it stops with the server
    next.start();
  }

  @Override
  public void restart() throws Exception {
    application().stop();
    application().start();
  }

  private WebAppContext application() {
    return server.getDescendant(WebAppContext.class);
  }

  @Override
  public ClassLoader applicationLoader() {
    return application().getClassLoader();
  }

  @Override
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
