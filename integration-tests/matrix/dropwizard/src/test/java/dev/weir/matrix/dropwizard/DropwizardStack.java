package dev.weir.matrix.dropwizard;

import dev.weir.jaxrs.RateLimitFeature;
import dev.weir.matrix.Stack;
import dev.weir.matrix.Subject;
import dev.weir.servlet.RateLimitFilter;
import io.dropwizard.core.Application;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.server.DefaultServerFactory;
import io.dropwizard.core.setup.Bootstrap;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.jetty.HttpConnectorFactory;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Dropwizard, as its applications are written. */
public final class DropwizardStack implements Stack {

  /** An application of Dropwizard's. */
  private static final class Api extends Application<Configuration> {

    private final String adapter;

    Api(String adapter) {
      this.adapter = adapter;
    }

    @Override
    public void run(Configuration configuration, Environment environment) {
      Subject.classes().forEach(environment.jersey()::register);
      if (adapter.equals("jaxrs")) {
        environment.jersey().property(RateLimitFeature.CONFIG, Subject.location());
        environment.jersey().register(Subject.feature());
      } else {
        environment.jersey().property(RateLimitFeature.ENABLED, false);
        FilterRegistration.Dynamic filter =
            environment.servlets().addFilter("limits", new RateLimitFilter(Subject.open()));
        filter.setAsyncSupported(true);
        filter.addMappingForUrlPatterns(EnumSet.allOf(DispatcherType.class), false, "/*");
      }
    }

    @Override
    protected void bootstrapLogging() {
      // the tests have a logger of their own
    }
  }

  /** Creates the stack; for the service loader. */
  public DropwizardStack() {}

  @Override
  public String name() {
    return "Dropwizard %s (Jetty %s, Jersey %s)"
        .formatted(
            Application.class.getPackage().getImplementationVersion(),
            Server.getVersion(),
            org.glassfish.jersey.internal.Version.getVersion());
  }

  @Override
  public List<Way> ways() {
    return List.of(new Way("servlet", "code"), new Way("jaxrs", "code"));
  }

  @Override
  public Running start(Way way, Path directory) throws Exception {
    Api api = new Api(way.adapter());
    Configuration configuration = new Configuration();
    DefaultServerFactory servers = (DefaultServerFactory) configuration.getServerFactory();
    servers.setRegisterDefaultExceptionMappers(false); // the application has one of its own
    servers.getGzipFilterFactory().setEnabled(false); // it adds Vary to every answer
    for (var connectors :
        List.of(servers.getApplicationConnectors(), servers.getAdminConnectors())) {
      HttpConnectorFactory connector = (HttpConnectorFactory) connectors.get(0);
      connector.setBindHost("127.0.0.1");
      connector.setPort(0);
    }
    // what the command `server` does, but for waiting until it is over
    Bootstrap<Configuration> bootstrap = new Bootstrap<>(api);
    api.initialize(bootstrap);
    Environment environment =
        new Environment(
            "matrix",
            bootstrap.getObjectMapper(),
            bootstrap.getValidatorFactory(),
            bootstrap.getMetricRegistry(),
            bootstrap.getClassLoader(),
            bootstrap.getHealthCheckRegistry(),
            configuration);
    api.run(configuration, environment);
    Server server = servers.build(environment);
    server.start();
    return Running.of(((ServerConnector) server.getConnectors()[0]).getLocalPort(), server::stop);
  }
}
