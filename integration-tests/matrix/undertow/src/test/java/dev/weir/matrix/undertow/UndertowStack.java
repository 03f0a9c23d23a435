package dev.weir.matrix.undertow;

import dev.weir.matrix.LimitedApplication;
import dev.weir.matrix.OpenApplication;
import dev.weir.matrix.Stack;
import dev.weir.matrix.Subject;
import dev.weir.matrix.WeirListener;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.servlet.WeirInitializer;
import io.undertow.Undertow;
import io.undertow.Version;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.DispatcherType;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;

/** Undertow, as an application embeds it, and Jersey. */
public final class UndertowStack implements Stack {

  /** Creates the stack; for the service loader. */
  public UndertowStack() {}

  @Override
  public String name() {
    return "Undertow %s, Jersey %s"
        .formatted(Version.getVersionString(), org.glassfish.jersey.internal.Version.getVersion());
  }

  @Override
  public List<Way> ways() {
    return List.of(
        new Way("servlet", "automatic"), // the initializer handed in
        new Way("servlet", "code"),
        new Way("jaxrs", "servlet"));
  }

  @Override
  public Map<Way, String> absent() {
    return Map.of(
        new Way("servlet", "web.xml"), "Undertow alone reads no web.xml",
        new Way("servlet", "annotation"), "Undertow alone searches no classes");
  }

  @Override
  public Running start(Way way, Path directory) throws Exception {
    DeploymentInfo info =
        Servlets.deployment()
            .setClassLoader(UndertowStack.class.getClassLoader())
            .setContextPath("/")
            .setDeploymentName("application");
    switch (way.toString()) {
      case "servlet: automatic" ->
          info.addListener(Servlets.listener(WeirListener.class))
              .addServletContainerInitializer(
                  new ServletContainerInitializerInfo(
                      WeirInitializer.class,
                      new ImmediateInstanceFactory<>(new WeirInitializer()),
                      Set.of()));
      case "servlet: code" -> {
        RateLimitFilter filter = new RateLimitFilter(Subject.open());
        info.addFilter(
            Servlets.filter("limits", RateLimitFilter.class, new ImmediateInstanceFactory<>(filter))
                .setAsyncSupported(true));
        for (DispatcherType type :
            List.of(
                DispatcherType.REQUEST,
                DispatcherType.FORWARD,
                DispatcherType.ASYNC,
                DispatcherType.ERROR)) {
          info.addFilterUrlMapping("limits", "/*", type);
        }
      }
      case "jaxrs: servlet" -> {} // the application has them
      default -> throw new IllegalArgumentException(way.toString());
    }
    OpenApplication application =
        way.adapter().equals("jaxrs") ? new LimitedApplication() : new OpenApplication();
    ServletContainer jersey = new ServletContainer(ResourceConfig.forApplication(application));
    info.addServlet(
        Servlets.servlet("jersey", ServletContainer.class, new ImmediateInstanceFactory<>(jersey))
            .addMapping("/*")
            .setLoadOnStartup(1)
            .setAsyncSupported(true));
    return start(info);
  }

  private static Running start(DeploymentInfo info) throws Exception {
    DeploymentManager deployment = Servlets.newContainer().addDeployment(info);
    deployment.deploy();
    Undertow undertow =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setIoThreads(2)
            .setWorkerThreads(8)
            .setHandler(deployment.start())
            .build();
    undertow.start();
    InetSocketAddress address = (InetSocketAddress) undertow.getListenerInfo().get(0).getAddress();
    return Running.of(
        address.getPort(),
        () -> {
          undertow.stop();
          deployment.stop();
          deployment.undeploy();
        });
  }
}
