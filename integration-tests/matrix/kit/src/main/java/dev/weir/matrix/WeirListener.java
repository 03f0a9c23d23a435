package dev.weir.matrix;

import dev.weir.servlet.RateLimitFilter;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;

/** Gives a servlet application a Weir of its own, which the filter finds. */
public final class WeirListener implements ServletContextListener {

  /** Creates a listener; for the container. */
  public WeirListener() {}

  @Override
  public void contextInitialized(ServletContextEvent event) {
    event.getServletContext().setAttribute(RateLimitFilter.WEIR_ATTRIBUTE, Subject.open());
  }
}
