package dev.weir.servlet;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides at its initialization whether it is needed; if not, it lets everything pass.
 *
 * <p>Containers make these filters themselves, which is why the classes are public: an instance
 * that Jetty is given outlives the stop of its context, and with it the class loader.
 */
abstract class OptionalFilter implements Filter {

  private static final Logger log = LoggerFactory.getLogger(OptionalFilter.class);

  private @Nullable Filter filter;

  /** Returns the filter, initialized, or null if none is needed. */
  abstract @Nullable Filter make(FilterConfig config) throws ServletException;

  @Override
  public void init(FilterConfig config) throws ServletException {
    filter = make(config);
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (filter == null) {
      chain.doFilter(request, response);
    } else {
      filter.doFilter(request, response, chain);
    }
  }

  @Override
  public void destroy() {
    if (filter != null) {
      filter.destroy();
    }
  }

  /** Steps aside where listeners have registered a filter after the initializer. */
  public static final class Automatic extends OptionalFilter {

    /** Creates a filter; for the container. */
    public Automatic() {}

    @Override
    @Nullable Filter make(FilterConfig config) throws ServletException {
      ServletContext context = config.getServletContext();
      FilterRegistration own = WeirInitializer.registeredByApplication(context);
      if (own != null) {
        log.info("Filter '{}' stands aside for '{}'", config.getFilterName(), own.getName());
        return null;
      }
      if (!WeirInitializer.isEnabled(context)) { // by an initializer called later
        log.info(
            "Filter '{}' stands aside: {} is false",
            config.getFilterName(),
            WeirInitializer.ENABLED);
        return null;
      }
      RateLimitFilter needed = new RateLimitFilter();
      needed.init(config);
      return needed;
    }
  }

  /**
   * Jetty's filter, of whose class it has the name, where the application has WebSockets; that
   * shows when it is initialized.
   */
  public static final class Upgrade extends OptionalFilter {

    /** Creates a filter; for the container. */
    public Upgrade() {}

    @Override
    @Nullable Filter make(FilterConfig config) throws ServletException {
      Class<?> type = ApplicationClasses.find(config.getServletContext(), config.getFilterName());
      if (type == null) {
        return null;
      }
      try {
        Filter made = (Filter) type.getConstructor().newInstance();
        made.init(config);
        return made;
      } catch (IllegalStateException | ReflectiveOperationException noWebSockets) {
        log.debug("Jetty upgrades no requests of this application", noWebSockets);
        return null;
      }
    }
  }
}
