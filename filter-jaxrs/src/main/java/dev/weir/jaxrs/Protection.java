package dev.weir.jaxrs;

import dev.weir.EndsSession;
import dev.weir.OpensSession;
import dev.weir.UsesSession;
import dev.weir.Weir;
import dev.weir.config.ConfigurationException;
import dev.weir.http.Answer;
import dev.weir.key.RequestView;
import dev.weir.plan.Endpoint;
import dev.weir.plan.EndpointGroup;
import dev.weir.plan.SessionAction;
import jakarta.ws.rs.container.DynamicFeature;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.FeatureContext;
import java.lang.reflect.Method;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One protected application: the instance of Weir that judges its requests, and what the
 * annotations say of its resource methods.
 *
 * <p>As a dynamic feature it is shown every resource method at start, so that a mistake in an
 * annotation stops the start. The methods of sub-resources turn up with their first request.
 */
final class Protection implements DynamicFeature {

  private static final Logger log = LoggerFactory.getLogger(RateLimitFeature.class);

  /** Where the resource methods stand that Jersey adds to an application, as for OPTIONS. */
  private static final String JERSEYS_OWN = "org.glassfish.jersey.";

  /** Leaves group and cost to the path. */
  private static final Endpoint BY_PATH = new Endpoint(null, "", List.of(), 0, false);

  /** A method may be inherited by several resource classes with annotations of their own. */
  private record Resource(Class<?> type, Method method) {}

  private final @Nullable Weir given;
  private final @Nullable String location;
  private final @Nullable Class<?> application;
  private final Map<Resource, Optional<Endpoint>> endpoints = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile Weir weir;

  /** What requests are judged by that reach no resource method. */
  private volatile @Nullable Endpoint unmatched;

  /**
   * Opens the protection of an application.
   *
   * @param given what judges, or null for the instance that the adapters of an application share
   * @param location where the shared instance finds its configuration, or null
   * @param application the class of the application, or null if it is not known
   */
  Protection(@Nullable Weir given, @Nullable String location, @Nullable Class<?> application) {
    this.given = given;
    this.location = location;
    this.application = application;
    this.weir = given == null ? SharedInstances.open(location) : given;
    this.unmatched = application == null ? null : endpoint(NearestAnnotation.of(application));
  }

  /**
   * Resolves the annotation of a resource method at start. One of a sub-resource is left to the
   * request that finds it: Jersey would answer a failure here past all filters.
   */
  @Override
  public void configure(ResourceInfo resource, FeatureContext context) {
    if (!started.get() && !resource.getResourceClass().getName().startsWith(JERSEYS_OWN)) {
      endpoint(resource.getResourceClass(), resource.getResourceMethod());
    }
  }

  /**
   * Judges a request.
   *
   * @param type the resource class it reached, or null
   * @param method the resource method it reached, or null if there is none for it
   */
  Answer judge(
      RequestView request,
      @Nullable Class<?> type,
      @Nullable Method method,
      @Nullable Answer earlier) {
    start(false);
    Endpoint endpoint = type == null || method == null ? unmatched : endpoint(type, method);
    return weir.judge(request, endpoint, earlier);
  }

  private @Nullable Endpoint endpoint(Class<?> type, Method method) {
    Resource resource = new Resource(type, method);
    Optional<Endpoint> known = endpoints.get(resource);
    if (known == null) {
      Endpoint limited = endpoint(NearestAnnotation.of(type, method, application));
      SessionAction session = session(type, method);
      known =
          Optional.ofNullable(
              session == null ? limited : (limited == null ? BY_PATH : limited).with(session));
      endpoints.put(resource, known);
    }
    return known.orElse(null);
  }

  private @Nullable Endpoint endpoint(@Nullable NearestAnnotation nearest) {
    return checked(
        () -> nearest == null ? null : weir.endpoint(nearest.annotation(), nearest.where()));
  }

  /** Returns what the nearest annotation says that a method does to a session, or null. */
  private @Nullable SessionAction session(Class<?> type, Method method) {
    for (Method declaration : NearestAnnotation.allDeclarations(type, method)) {
      OpensSession opens = declaration.getDeclaredAnnotation(OpensSession.class);
      UsesSession uses = declaration.getDeclaredAnnotation(UsesSession.class);
      EndsSession ends = declaration.getDeclaredAnnotation(EndsSession.class);
      if (opens != null || uses != null || ends != null) {
        String where = NearestAnnotation.name(declaration);
        return checked(
            () -> {
              if (Stream.of(opens, uses, ends).filter(Objects::nonNull).count() > 1) {
                throw new ConfigurationException(
                    List.of(
                        where + ": one of @OpensSession, @UsesSession, @EndsSession has to do"));
              }
              return opens != null
                  ? weir.session(SessionAction.Kind.OPEN, opens.id(), where)
                  : uses != null
                      ? weir.session(SessionAction.Kind.USE, uses.id(), where)
                      : weir.session(
                          SessionAction.Kind.END, Objects.requireNonNull(ends).id(), where);
            });
      }
    }
    return null;
  }

  private <T> @Nullable T checked(Supplier<@Nullable T> annotation) {
    try {
      return annotation.get();
    } catch (ConfigurationException wrong) {
      if (!started.get()) {
        close(); // nothing starts, so nothing would ever end it
      }
      throw wrong;
    }
  }

  /**
   * Says once what is protected, and which groups nothing belongs to.
   *
   * @param complete whether every resource method of the application has been seen
   * @throws ConfigurationException if nothing can belong to a group
   */
  void start(boolean complete) {
    if (started.get() || !started.compareAndSet(false, true)) {
      return;
    }
    List<String> problems = problems();
    if (complete && !problems.isEmpty() && !hasServletFilter()) {
      close();
      throw new ConfigurationException(problems);
    }
    problems.forEach(log::warn);
    long exempt = endpoints.values().stream().filter(Protection::isExempt).count();
    log.info(
        "Weir limits {} resource methods of {}; exempt by annotation: {}",
        endpoints.size() - exempt,
        application == null ? "the application" : application.getName(),
        exempt);
  }

  private List<String> problems() {
    Set<EndpointGroup> named = new HashSet<>();
    endpoints.values().forEach(known -> known.map(Endpoint::group).ifPresent(named::add));
    Optional.ofNullable(unmatched).map(Endpoint::group).ifPresent(named::add);
    Map<String, String> unmatchedGroups = new TreeMap<>(weir.configuration().unmatchedGroups());
    named.forEach(group -> unmatchedGroups.remove(group.name()));
    return unmatchedGroups.entrySet().stream()
        .map(
            entry ->
                ("%1$s: nothing is known to belong to group '%2$s': give it a 'match', or put"
                        + " @RateLimited(group = \"%2$s\") on a resource")
                    .formatted(entry.getValue(), entry.getKey()))
        .toList();
  }

  /** Whether a group may be for servlets that are {@link dev.weir.RateLimited}. */
  private static boolean hasServletFilter() {
    try {
      Class.forName("dev.weir.servlet.RateLimitFilter", false, Protection.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError absent) {
      return false;
    }
  }

  private static boolean isExempt(Optional<Endpoint> endpoint) {
    return endpoint.isPresent() && endpoint.get().exempt();
  }

  /** Opens what was closed, for an application that is started again with the same components. */
  void reopen() {
    if (given == null && closed.compareAndSet(true, false)) {
      started.set(false);
      weir = SharedInstances.open(location);
      endpoints.clear();
      unmatched = application == null ? null : endpoint(NearestAnnotation.of(application));
    }
  }

  /** Closes what this opened. Closing twice does nothing. */
  void close() {
    if (given == null && closed.compareAndSet(false, true)) {
      SharedInstances.close(weir);
    }
  }
}
