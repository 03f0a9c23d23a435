package dev.weir.benchmarks.http;

import dev.weir.jaxrs.RateLimitFeature;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.Locale;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.ServerConnector;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;

/** Servers as they come, with the smallest application in each. They end with the JVM. */
enum Server {
  /** Jetty, with a servlet. */
  JETTY,
  /** Tomcat, with a servlet. */
  TOMCAT,
  /** Jersey on Jetty, with a resource. */
  JERSEY;

  private static final String HOST = "127.0.0.1";

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Starts a server; returns its port. */
  int start(Guard guard) throws Exception {
    return switch (this) {
      case JETTY -> {
        ServletContextHandler context = new ServletContextHandler("/");
        Filter filter = guard.filter();
        if (filter != null) {
          context.addFilter(new FilterHolder(filter), "/*", EnumSet.of(DispatcherType.REQUEST));
        }
        context.addServlet(new ServletHolder(new HelloServlet()), "/hello");
        yield startJetty(context);
      }
      case TOMCAT -> startTomcat(guard);
      case JERSEY -> {
        ResourceConfig application = new ResourceConfig(HelloResource.class);
        application.property(RateLimitFeature.ENABLED, false); // else Jersey would find it
        Object feature = guard.feature();
        if (feature != null) {
          application.register(feature);
        }
        ServletContextHandler context = new ServletContextHandler("/");
        context.addServlet(new ServletHolder(new ServletContainer(application)), "/*");
        yield startJetty(context);
      }
    };
  }

  private static int startJetty(ServletContextHandler context) throws Exception {
    org.eclipse.jetty.server.Server jetty = new org.eclipse.jetty.server.Server();
    ServerConnector connector = new ServerConnector(jetty);
    connector.setHost(HOST);
    jetty.addConnector(connector);
    jetty.setHandler(context);
    jetty.start();
    return connector.getLocalPort();
  }

  private static int startTomcat(Guard guard) throws IOException, LifecycleException {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(Files.createTempDirectory("weir-tomcat").toString());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", HOST);
    // by default it closes a connection after 100 requests
    tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
    Context context = tomcat.addContext("", null);
    Filter filter = guard.filter();
    if (filter != null) {
      FilterDef definition = new FilterDef();
      definition.setFilterName("guard");
      definition.setFilter(filter);
      definition.setAsyncSupported("true");
      context.addFilterDef(definition);
      FilterMap mapping = new FilterMap();
      mapping.setFilterName("guard");
      mapping.addURLPattern("/*");
      context.addFilterMap(mapping);
    }
    Tomcat.addServlet(context, "hello", new HelloServlet()).addMapping("/hello");
    tomcat.start();
    return tomcat.getConnector().getLocalPort();
  }
}
