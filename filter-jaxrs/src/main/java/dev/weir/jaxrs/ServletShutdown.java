package dev.weir.jaxrs;

import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Closes what the features of a web application have opened, at its end; found by the servlet
 * container. Jakarta REST itself tells a feature of no end.
 */
public final class ServletShutdown implements ServletContainerInitializer, ServletContextListener {

  /** For the servlet container. */
  public ServletShutdown() {}

  @Override
  public void onStartup(@Nullable Set<Class<?>> types, ServletContext context) {
    context.addListener(this);
  }

  @Override
  public void contextDestroyed(ServletContextEvent event) {
    SharedInstances.closeAll();
  }
}
