package dev.weir.matrix.resteasy;

import dev.weir.conversations.Http;
import dev.weir.jaxrs.ServletShutdown;
import dev.weir.matrix.LimitedApplication;
import dev.weir.matrix.OpenApplication;
import dev.weir.matrix.Stack;
import dev.weir.matrix.Subject;
import dev.weir.servlet.RateLimitFilter;
import io.undertow.Undertow;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.FilterInfo;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.DispatcherType;
import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.SeBootstrap;
import jakarta.ws.rs.core.Application;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jboss.resteasy.cdi.CdiInjectorFactory;
import org.jboss.resteasy.plugins.server.servlet.HttpServletDispatcher;
import org.jboss.resteasy.plugins.servlet.ResteasyServletInitializer;
import org.jboss.weld.environment.servlet.EnhancedListener;

/** RESTEasy in Undertow, where servlets are no more than one way. */
public final class ResteasyStack implements Stack {

  private static final Map<String, String> OWN_WORDS =
      Map.of(
          "Allow: POST, OPTIONS", "Allow: POST,OPTIONS",
          "Content-Type: text/plain;charset=UTF-8", "Content-Type: text/plain");

  /** An application that RESTEasy finds by its annotation. */
  @ApplicationPath("/")
  public static final class Found extends LimitedApplication {

    /** Creates the application; for RESTEasy. */
    public Found() {}
  }

  /** Creates the stack; for the service loader. */
  public ResteasyStack() {}

  @Override
  public String name() {
    return "RESTEasy %s, Undertow %s"
        .formatted(
            HttpServletDispatcher.class.getPackage().getImplementationVersion(),
            Undertow.class.getPackage().getImplementationVersion());
  }

  @Override
  public List<Way> ways() {
    return List.of(
        new Way("servlet", "code"),
        new Way("jaxrs", "servlet"),
        new Way("jaxrs", "@ApplicationPath"),
        new Way("jaxrs", "SeBootstrap"),
        new Way("jaxrs", "CDI"));
  }

  /** RESTEasy answers OPTIONS and 405 itself. */
  @Override
  public Http.Response reworded(Way way, Http.Response response) {
    return new Http.Response(
        response.status(),
        response.headers().stream().map(header -> OWN_WORDS.getOrDefault(header, header)).toList(),
        response.body());
  }

  /** Only a servlet container does. */
  @Override
  public boolean tellsOfTheEnd(Way way) {
    return !way.registration().equals("SeBootstrap");
  }

  @Override
  public Running start(Way way, Path directory) throws Exception {
    return switch (way.toString()) {
      case "servlet: code" ->
          serve(
              deployment()
                  .addServlet(dispatcher(OpenApplication.class))
                  .addFilter(
                      new FilterInfo(
                              "limits",
                              RateLimitFilter.class,
                              new ImmediateInstanceFactory<>(new RateLimitFilter(Subject.open())))
                          .setAsyncSupported(true))
                  .addFilterUrlMapping("limits", "/*", DispatcherType.REQUEST)
                  .addFilterUrlMapping("limits", "/*", DispatcherType.ASYNC));
      case "jaxrs: servlet" -> serve(deployment().addServlet(dispatcher(LimitedApplication.class)));
      case "jaxrs: @ApplicationPath" ->
          serve(
              deployment()
                  .addServletContainerInitializer(
                      new ServletContainerInitializerInfo(
                          ResteasyServletInitializer.class, Set.of(Found.class))));
      case "jaxrs: SeBootstrap" -> {
        SeBootstrap.Instance instance =
            SeBootstrap.start(
                    new LimitedApplication(),
                    SeBootstrap.Configuration.builder()
                        .host("127.0.0.1")
                        .port(SeBootstrap.Configuration.FREE_PORT)
                        .build())
                .toCompletableFuture()
                .get();
        yield Running.of(
            instance.configuration().port(), () -> instance.stop().toCompletableFuture().get());
      }
      case "jaxrs: CDI" -> {
        long before = Beans.intercepted();
        Running running =
            serve(
                deployment()
                    .addServletContainerInitializer(
                        new ServletContainerInitializerInfo(EnhancedListener.class, Set.of()))
                    .addInitParameter(
                        "resteasy.injector.factory", CdiInjectorFactory.class.getName())
                    .addServlet(dispatcher(LimitedApplication.class)));
        yield Running.of(
            running.port(),
            () -> {
              running.stop();
              if (Beans.intercepted() == before) {
                throw new IllegalStateException("the resources were no intercepted beans");
              }
            });
      }
      default -> throw new IllegalArgumentException(way.toString());
    };
  }

  private static DeploymentInfo deployment() {
    return new DeploymentInfo()
        .setClassLoader(ResteasyStack.class.getClassLoader())
        .setDeploymentName("matrix")
        .setContextPath("/")
        // as a server does that looks for them
        .addServletContainerInitializer(
            new ServletContainerInitializerInfo(ServletShutdown.class, Set.of()));
  }

  private static ServletInfo dispatcher(Class<? extends Application> application) {
    return new ServletInfo("resteasy", HttpServletDispatcher.class)
        .addInitParam("jakarta.ws.rs.Application", application.getName())
        .addMapping("/*")
        .setLoadOnStartup(1)
        .setAsyncSupported(true);
  }

  private static Running serve(DeploymentInfo deployment) throws Exception {
    DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
    manager.deploy();
    Undertow server =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setIoThreads(1)
            .setWorkerThreads(4)
            .setHandler(manager.start())
            .build();
    server.start();
    InetSocketAddress address = (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
    return Running.of(
        address.getPort(),
        () -> {
          server.stop();
          manager.stop();
          manager.undeploy();
        });
  }
}
