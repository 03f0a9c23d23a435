package dev.weir.servlet;

import dev.weir.config.ConfigurationException;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a {@link RateLimitFilter} in front of the whole application, by the mere presence of this
 * jar. Called by the container; one that an application embeds (Undertow by its own API) may call
 * no initializers, and is told of this one or of the filter in code then. Spring Boot registers the
 * filter itself.
 *
 * <p>It stands aside if the application has a {@link RateLimitFilter} with a mapping of its own. It
 * is switched off by the value {@code false} of the first of these that is set: the context
 * parameter {@code weir.enabled}, the system property {@code weir.enabled}, the environment
 * variable {@code WEIR_ENABLED}.
 */
public final class WeirInitializer implements ServletContainerInitializer {

  private static final Logger log = LoggerFactory.getLogger(WeirInitializer.class);

  private static final String FILTER_NAME = "weir-automatic";

  /** The packages of Jetty's contexts, whose names differ with the version of Jakarta EE. */
  private static final Pattern JETTY = Pattern.compile("org\\.eclipse\\.jetty\\.ee[0-9]+\\.");

  static final String ENABLED = "weir.enabled";

  /** Creates an initializer; for the container. */
  public WeirInitializer() {}

  @Override
  public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context) {
    FilterRegistration own = registeredByApplication(context);
    if (own == null && !isEnabled(context)) {
      log.info("Weir registers no filter in '{}': {} is false", context.getContextPath(), ENABLED);
      return;
    }
    Undertow.initFiltersAtStart(context);
    if (own != null) {
      upgradeBehind(context);
      return;
    }
    if (!isKept(context.getFilterRegistration(FILTER_NAME))) {
      register(context);
    }
    upgradeBehind(context);
  }

  /**
   * Returns whether a registration is Weir's own from the time before. Jetty keeps what
   * initializers register when a context stops, mappings included, and loads the class anew when
   * that context starts again.
   */
  private static boolean isKept(@Nullable FilterRegistration filter) {
    return filter != null && OptionalFilter.Automatic.class.getName().equals(filter.getClassName());
  }

  private static void register(ServletContext context) {
    FilterRegistration.Dynamic filter =
        context.addFilter(FILTER_NAME, OptionalFilter.Automatic.class);
    if (filter == null) {
      throw new ConfigurationException(
          List.of(
              "the filter name '%s' is taken, so that Weir cannot register its own"
                  .formatted(FILTER_NAME)));
    }
    filter.setAsyncSupported(true);
    filter.addMappingForUrlPatterns(
        EnumSet.of(
            DispatcherType.REQUEST,
            DispatcherType.FORWARD,
            DispatcherType.ASYNC,
            DispatcherType.ERROR),
        false,
        "/*");
  }

  /**
   * Has Jetty answer WebSocket handshakes behind the filters of the application. By itself it puts
   * a filter in front of them, unless there is one of that name.
   */
  private static void upgradeBehind(ServletContext context) {
    Matcher jetty = JETTY.matcher(context.getClass().getName());
    if (!jetty.lookingAt()) {
      return;
    }
    String name = jetty.group() + "websocket.servlet.WebSocketUpgradeFilter";
    if (ApplicationClasses.find(context, name) == null
        || context.getFilterRegistration(name) != null) {
      return;
    }
    FilterRegistration.Dynamic filter = context.addFilter(name, OptionalFilter.Upgrade.class);
    filter.setAsyncSupported(true);
    filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/*");
  }

  static boolean isEnabled(ServletContext context) {
    String value = context.getInitParameter(ENABLED);
    if (value == null) {
      value = System.getProperty(ENABLED);
    }
    if (value == null) {
      value = System.getenv("WEIR_ENABLED");
    }
    if (value == null || value.equalsIgnoreCase("true")) {
      return true;
    }
    if (value.equalsIgnoreCase("false")) {
      return false;
    }
    throw new ConfigurationException(
        List.of("%s must be true or false, but is '%s'".formatted(ENABLED, value)));
  }

  /** Returns a filter of ours that the application has registered and mapped, or null. */
  static @Nullable FilterRegistration registeredByApplication(ServletContext context) {
    for (FilterRegistration filter : context.getFilterRegistrations().values()) {
      Class<?> type = ApplicationClasses.find(context, filter.getClassName());
      if (isMapped(filter) && type != null && RateLimitFilter.class.isAssignableFrom(type)) {
        return filter;
      }
    }
    return null;
  }

  static boolean isMapped(FilterRegistration filter) {
    return !filter.getUrlPatternMappings().isEmpty() || !filter.getServletNameMappings().isEmpty();
  }
}
