package dev.weir.jaxrs;

import dev.weir.session.SessionUse;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Closes what the features of a web application have opened, at its end, and what a request has, at
 * its; found by the servlet container. Jakarta REST itself tells a feature of no end.
 */
public final class ServletShutdown
    implements ServletContainerInitializer, ServletContextListener, ServletRequestListener {

  /** For the servlet container. */
  public ServletShutdown() {}

  @Override
  public void onStartup(@Nullable Set<Class<?>> types, ServletContext context) {
    context.addListener(this);
  }

  /**
   * Ends the session of a request whose exception went past all filters, as it does on RESTEasy
   * where the application has no mapper for it.
   */
  @Override
  public void requestDestroyed(ServletRequestEvent event) {
    ServletRequest request = event.getServletRequest();
    if (!request.isAsyncStarted()
        && request.getAttribute(SessionEnd.SESSION) instanceof SessionUse session) {
      session.abandoned();
    }
  }

  @Override
  public void contextDestroyed(ServletContextEvent event) {
    SharedInstances.closeAll();
  }
}
