package dev.weir.containers;

import dev.weir.containers.war.OkServlet;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.ResponseCodeHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.api.ServletStackTraces;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Undertow 2.3, with Tyrus 2.1 for WebSockets, as an application embeds it: filters are initialized
 * lazily, for example.
 */
final class UndertowServer implements Deployed {

  private final String contextPath;
  private final Callable<DeploymentInfo> application;
  private final Undertow undertow;
  private DeploymentManager deployment;
  private volatile HttpHandler handler;

  private UndertowServer(String contextPath, Callable<DeploymentInfo> application)
      throws Exception {
    this.contextPath = contextPath;
    this.application = application;
    deployment = deploy();
    undertow =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setIoThreads(2)
            .setWorkerThreads(8)
            .setHandler(exchange -> handler.handleRequest(exchange))
            .build();
    undertow.start();
  }

  private DeploymentManager deploy() throws Exception {
    DeploymentInfo info =
        application
            .call()
            .setContextPath(contextPath.isEmpty() ? "/" : contextPath)
            .setDeploymentName("application")
            .setServletStackTraces(ServletStackTraces.NONE); // as clients elsewhere see it
    DeploymentManager manager = Servlets.newContainer().addDeployment(info);
    manager.deploy();
    try {
      HttpHandler started = manager.start();
      handler =
          contextPath.isEmpty() ? started : Handlers.path().addPrefixPath(contextPath, started);
    } catch (ServletException | RuntimeException failure) {
      manager.undeploy();
      throw failure;
    }
    return manager;
  }

  static Server start(Application application) throws Exception {
    return new UndertowServer(application.contextPath, () -> describe(application));
  }

  private static DeploymentInfo describe(Application application) {
    DeploymentInfo info =
        Servlets.deployment().setClassLoader(UndertowServer.class.getClassLoader());
    application.statusPages.forEach(
        (status, path) -> info.addErrorPage(Servlets.errorPage(path, status)));
    application.exceptionPages.forEach(
        (exception, path) -> info.addErrorPage(Servlets.errorPage(path, exception)));
    application.parameters.forEach(info::addInitParameter);
    application.listeners.forEach(listener -> info.addListener(Servlets.listener(listener)));
    application.initializers.forEach(initializer -> add(initializer, info));
    if (!application.endpoints.isEmpty()) {
      WebSocketDeploymentInfo sockets =
          new WebSocketDeploymentInfo().setBuffers(new DefaultByteBufferPool(false, 16_384));
      application.endpoints.forEach(sockets::addEndpoint);
      info.addServletContextAttribute(WebSocketDeploymentInfo.ATTRIBUTE_NAME, sockets);
    }
    return info;
  }

  private static void add(ServletContainerInitializer initializer, DeploymentInfo info) {
    info.addServletContainerInitializer(
        new ServletContainerInitializerInfo(
            initializer.getClass(), new ImmediateInstanceFactory<>(initializer), Set.of()));
  }

  /** Runs the classes and libraries of an exploded WAR, which Undertow itself cannot read. */
  static Deployed start(War war) throws Exception {
    return new UndertowServer("/app", () -> describe(war));
  }

  private static DeploymentInfo describe(War war) throws Exception {
    List<URL> urls = new ArrayList<>();
    urls.add(war.directory().resolve("WEB-INF/classes/").toUri().toURL());
    try (Stream<Path> jars = Files.list(war.directory().resolve("WEB-INF/lib"))) {
      for (Path jar : jars.toList()) {
        urls.add(jar.toUri().toURL());
      }
    }
    URLClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), new Shown());
    DeploymentInfo info = Servlets.deployment().setClassLoader(loader);
    ServiceLoader.load(ServletContainerInitializer.class, loader)
        .forEach(initializer -> add(initializer, info));
    Class<? extends Servlet> servlet =
        loader.loadClass(OkServlet.class.getName()).asSubclass(Servlet.class);
    return info.addServlet(
        Servlets.servlet("ok", servlet).addMapping("/ok").setAsyncSupported(true));
  }

  /** What a server shows its applications of its own classes. */
  private static final class Shown extends ClassLoader {

    private static final Pattern NAMES =
        Pattern.compile("(jakarta|io[.]undertow|org[.]slf4j)[.].*");

    Shown() {
      super(getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (!NAMES.matcher(name).matches()) {
        throw new ClassNotFoundException(name);
      }
      return UndertowServer.class.getClassLoader().loadClass(name);
    }
  }

  @Override
  public void redeploy() throws Exception {
    undeploy();
    deployment = deploy();
  }

  private void undeploy() throws ServletException, IOException {
    ClassLoader loader = applicationLoader();
    handler = ResponseCodeHandler.HANDLE_404;
    deployment.stop();
    deployment.undeploy();
    if (loader instanceof URLClassLoader ofWar) {
      ofWar.close();
    }
  }

  @Override
  public ClassLoader applicationLoader() {
    return deployment.getDeployment().getDeploymentInfo().getClassLoader();
  }

  @Override
  public int port() {
    return ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
  }

  @Override
  public void close() {
    undertow.stop();
    try {
      undeploy();
    } catch (ServletException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
