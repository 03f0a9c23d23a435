package dev.weir.containers;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.api.ServletStackTraces;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;
import java.util.Set;

/**
 * Undertow 2.3, with Tyrus 2.1 for WebSockets, as an application embeds it: filters are initialized
 * lazily, for example.
 */
final class UndertowServer implements Server {

  private final DeploymentManager deployment;
  private final Undertow undertow;

  private UndertowServer(DeploymentManager deployment, Undertow undertow) {
    this.deployment = deployment;
    this.undertow = undertow;
  }

  static Server start(Application application) throws Exception {
    DeploymentInfo info =
        Servlets.deployment()
            .setClassLoader(UndertowServer.class.getClassLoader())
            .setContextPath(application.contextPath.isEmpty() ? "/" : application.contextPath)
            .setDeploymentName("application")
            .setServletStackTraces(ServletStackTraces.NONE); // as clients elsewhere see it
    application.statusPages.forEach(
        (status, path) -> info.addErrorPage(Servlets.errorPage(path, status)));
    application.exceptionPages.forEach(
        (exception, path) -> info.addErrorPage(Servlets.errorPage(path, exception)));
    application.parameters.forEach(info::addInitParameter);
    application.listeners.forEach(listener -> info.addListener(Servlets.listener(listener)));
    for (ServletContainerInitializer initializer : application.initializers) {
      info.addServletContainerInitializer(
          new ServletContainerInitializerInfo(
              initializer.getClass(), new ImmediateInstanceFactory<>(initializer), Set.of()));
    }
    if (!application.endpoints.isEmpty()) {
      WebSocketDeploymentInfo sockets =
          new WebSocketDeploymentInfo().setBuffers(new DefaultByteBufferPool(false, 16_384));
      application.endpoints.forEach(sockets::addEndpoint);
      info.addServletContextAttribute(WebSocketDeploymentInfo.ATTRIBUTE_NAME, sockets);
    }
    DeploymentManager deployment = Servlets.newContainer().addDeployment(info);
    deployment.deploy();
    HttpHandler handler;
    try {
      handler = deployment.start();
    } catch (ServletException | RuntimeException failure) {
      deployment.undeploy();
      throw failure;
    }
    Undertow undertow =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setIoThreads(2)
            .setWorkerThreads(8)
            .setHandler(
                application.contextPath.isEmpty()
                    ? handler
                    : Handlers.path().addPrefixPath(application.contextPath, handler))
            .build();
    undertow.start();
    return new UndertowServer(deployment, undertow);
  }

  @Override
  public int port() {
    return ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
  }

  @Override
  public void close() {
    undertow.stop();
    try {
      deployment.stop();
    } catch (ServletException e) {
      throw new IllegalStateException(e);
    }
    deployment.undeploy();
  }
}
