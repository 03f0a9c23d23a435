package dev.weir.containers;

import jakarta.servlet.ServletContextListener;
import jakarta.websocket.server.ServerEndpointConfig;
import org.eclipse.jetty.ee10.annotations.AnnotationConfiguration;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.ServerConnector;

/** Jetty 12.1, ee10. */
final class JettyServer implements Server {

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
  static Server start(War war) throws Exception {
    WebAppContext context = new WebAppContext(war.directory().toString(), "/app");
    context.setThrowUnavailableOnStartupException(true);
    context.setAttribute( // another server's WebSockets
        AnnotationConfiguration.SERVLET_CONTAINER_INITIALIZER_EXCLUSION_PATTERN,
        "org\\.apache\\.tomcat\\..*");
    return start(context);
  }

  private static Server start(Handler handler) throws Exception {
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
