package dev.weir.jaxrs;

import dev.weir.Weir;
import jakarta.ws.rs.ConstrainedTo;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.RuntimeType;
import jakarta.ws.rs.core.Application;
import jakarta.ws.rs.core.Configuration;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Feature;
import jakarta.ws.rs.core.FeatureContext;
import org.jspecify.annotations.Nullable;

/**
 * Puts Weir in front of a Jakarta REST application: every request is judged before its resource
 * method runs, and every response says what is left.
 *
 * <p>On Jersey the jar on the class path is enough. Elsewhere, or to hand in an instance made by
 * code, the application registers it: {@code register(RateLimitFeature.class)}, or among the
 * classes or singletons of its {@link Application}. An application that does so on Jersey from
 * within a feature of its own sets {@link #ENABLED} to {@code false}, since Jersey looks for more
 * before it configures features.
 *
 * <p><b>Endpoint groups.</b> {@link dev.weir.RateLimited} on a resource method, on the method it
 * overrides or implements, on the resource class, its superclasses and interfaces, or on the {@code
 * Application} class names the group, limits and cost; the nearest one counts. Limits of an
 * annotation are counted where it stands: on a class they are shared by its methods, on a base
 * class or interface by all that inherit it. An annotation that names an unknown group, or a
 * malformed limit, stops the start; so does, on Jersey, a group of the configuration that has no
 * {@code match} and that no annotation names. (Where sub-resources, the servlet filter of Weir or
 * another implementation leave that open, it is a warning. Applications that share a configuration
 * give groups that only one of them names a {@code match}.) Where none names a group, the path
 * patterns of the configuration do; they are relative to the path of the application
 * ({@code @ApplicationPath} or the mapping of its servlet).
 *
 * <p><b>Requests without a resource method</b> (404, 405, 406, 415, automatic OPTIONS) are judged
 * too, when their response is about to go out; they count against the plan, the group of their path
 * and whatever stands on the {@code Application} class. A sub-resource locator is part of finding
 * the resource, so it runs before its request is judged. A response of another filter that comes
 * before Weir's (all pre-matching ones, and those with a priority below 900) is judged if it is an
 * error, and passes unjudged and uncounted if it is none. A CORS preflight is exempt.
 *
 * <p><b>With the servlet filter of Weir</b> in front, a request counts once: what that filter has
 * charged is not charged again, only limits that annotations add are.
 *
 * <p><b>Exceptions without a mapper</b> of the application's: on Jersey their responses carry the
 * headers too. In a servlet container they go on to its error pages, as ever; without one they are
 * logged and answered with an empty 500, as the default mapper of Jakarta REST does. Apache CXF
 * hands them to the servlet container as well, with the headers.
 *
 * <p><b>The end.</b> What this feature opens is closed with the application on Jersey, and on every
 * implementation in a servlet container. Elsewhere, hand in an instance and close it yourself.
 */
@ConstrainedTo(RuntimeType.SERVER)
public final class RateLimitFeature implements Feature {

  /**
   * The configuration property that names the configuration file, as in {@link
   * dev.weir.config.Configuration#load}.
   */
  public static final String CONFIG = "weir.config";

  /**
   * The configuration property that keeps this feature from being found on Jersey if it is {@code
   * false}; if it is not set, the system property of this name, then the environment variable
   * {@code WEIR_JAXRS_ENABLED}. Has no effect where the application registers the feature.
   */
  public static final String ENABLED = "weir.jaxrs.enabled";

  /** Before the authenticator, which a flood must not reach. */
  private static final int REQUEST_PRIORITY = Priorities.AUTHENTICATION - 100;

  /** Response filters run in descending order: last, so that no other changes what it writes. */
  private static final int RESPONSE_PRIORITY = 1;

  /** Interceptors run in ascending order: this one sees what fails in any other. */
  private static final int OUTERMOST = 1;

  /** And this one what is written, before any other compresses it. */
  private static final int INNERMOST = Integer.MAX_VALUE;

  /** Of Jersey as a servlet filter: whether a 404 hands the request on to the next in the chain. */
  private static final String FORWARD_ON_404 = "jersey.config.servlet.filter.forwardOn404";

  private final @Nullable Weir given;

  @Context private @Nullable Application application;

  /**
   * Creates a feature with the instance that all adapters of the application share, configured as
   * {@link #CONFIG} says.
   */
  public RateLimitFeature() {
    this.given = null;
  }

  /**
   * Creates a feature with an instance of the application's own, which the application closes.
   *
   * @param weir what judges the requests
   */
  public RateLimitFeature(Weir weir) {
    this.given = weir;
  }

  /**
   * Registers what limits requests; for the implementation of Jakarta REST.
   *
   * @return false if that was done already
   * @throws dev.weir.config.ConfigurationException if the configuration is missing or not right
   * @throws IllegalStateException on Quarkus REST, which leaves out what filters need
   */
  @Override
  public boolean configure(FeatureContext context) {
    Configuration configuration = context.getConfiguration();
    if (configuration.isRegistered(LimitFilter.Mark.class)) {
      return false;
    }
    String implementation = configuration.getClass().getName();
    if (implementation.startsWith("org.jboss.resteasy.reactive.")) {
      throw new IllegalStateException(
          "Quarkus REST injects nothing into the filters of a feature, so that this one cannot work"
              + " there; use RESTEasy Classic with Undertow, and Weir's servlet filter");
    }
    boolean jersey = implementation.startsWith("org.glassfish.jersey.");
    Protection protection =
        new Protection(given, text(configuration, CONFIG), applicationClass(jersey));
    boolean handsOn404 = "true".equalsIgnoreCase(text(configuration, FORWARD_ON_404));
    boolean servletApi = hasServletApi();
    HeaderFilter headers =
        servletApi
            ? new ServletHeaderFilter(protection, handsOn404)
            : new HeaderFilter(protection, handsOn404);
    context.register(protection);
    context.register(new LimitFilter.Mark(), Integer.MAX_VALUE);
    // two objects, since Jersey knows only one priority for an object
    context.register(
        servletApi ? new ServletLimitFilter(protection) : new LimitFilter(protection),
        REQUEST_PRIORITY);
    context.register(headers, RESPONSE_PRIORITY);
    context.register(new SessionEnd(), OUTERMOST);
    context.register(new SessionEnd.Body(), INNERMOST);
    if (jersey) {
      context.register(new JerseyLifecycle(protection));
      context.register(new JerseyUnmappedExceptions(headers));
    } else if (servletApi && implementation.startsWith("org.apache.cxf.")) {
      context.register(new ServletUnmappedExceptions());
    }
    return true;
  }

  private @Nullable Class<?> applicationClass(boolean jersey) {
    if (application == null) {
      return null;
    }
    return jersey ? JerseyLifecycle.classOf(application) : application.getClass();
  }

  private static @Nullable String text(Configuration configuration, String property) {
    Object value = configuration.getProperty(property);
    return value == null ? null : value.toString();
  }

  private static boolean hasServletApi() {
    try {
      Class.forName(
          "jakarta.servlet.http.HttpServletRequest",
          false,
          RateLimitFeature.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException absent) {
      return false;
    }
  }
}
