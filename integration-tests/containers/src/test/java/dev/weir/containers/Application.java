package dev.weir.containers;

import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An application as every server can be told of it: what the Servlet API cannot say, and code. */
final class Application {

  /** Code that registers servlets, filters and listeners. */
  @FunctionalInterface
  interface Part {
    void addTo(ServletContext context) throws ServletException;
  }

  final String contextPath;
  final List<ServletContainerInitializer> initializers = new ArrayList<>();
  final Map<Integer, String> statusPages = new HashMap<>();
  final Map<Class<? extends Throwable>, String> exceptionPages = new HashMap<>();
  final Map<String, String> parameters = new HashMap<>();
  final List<Class<? extends ServletContextListener>> listeners = new ArrayList<>();
  final List<ServerEndpointConfig> endpoints = new ArrayList<>();

  /**
   * @param contextPath without a slash at its end; empty for the root
   */
  Application(String contextPath) {
    this.contextPath = contextPath;
  }

  /** Adds a part; they run in this order. */
  Application with(Part part) {
    return with(new PartInitializer(part));
  }

  Application with(ServletContainerInitializer initializer) {
    initializers.add(initializer);
    return this;
  }

  Application withParameter(String name, String value) {
    parameters.put(name, value);
    return this;
  }

  Application withErrorPage(int status, String path) {
    statusPages.put(status, path);
    return this;
  }

  Application withErrorPage(Class<? extends Throwable> exception, String path) {
    exceptionPages.put(exception, path);
    return this;
  }

  /** Adds a listener as web.xml declares it: such a one may register filters still. */
  Application withListener(Class<? extends ServletContextListener> listener) {
    listeners.add(listener);
    return this;
  }

  /** Adds a WebSocket endpoint, as code does it. */
  Application withEndpoint(ServerEndpointConfig endpoint) {
    endpoints.add(endpoint);
    return this;
  }

  /** Deploys the endpoints, where the container is one that is asked by its attribute. */
  void addEndpoints(Set<Class<?>> classes, ServletContext context) throws ServletException {
    ServerContainer container =
        (ServerContainer) context.getAttribute(ServerContainer.class.getName());
    try {
      for (ServerEndpointConfig endpoint : endpoints) {
        container.addEndpoint(endpoint);
      }
    } catch (DeploymentException e) {
      throw new ServletException(e);
    }
  }

  private record PartInitializer(Part part) implements ServletContainerInitializer {
    @Override
    public void onStartup(Set<Class<?>> classes, ServletContext context) throws ServletException {
      part.addTo(context);
    }
  }
}
