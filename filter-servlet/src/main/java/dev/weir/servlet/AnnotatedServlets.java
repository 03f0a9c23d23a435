package dev.weir.servlet;

import dev.weir.RateLimited;
import dev.weir.Weir;
import dev.weir.config.ConfigurationException;
import dev.weir.plan.Endpoint;
import dev.weir.plan.EndpointGroup;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The servlets of an application whose class is {@link RateLimited}. */
final class AnnotatedServlets {

  private static final Logger log = LoggerFactory.getLogger(AnnotatedServlets.class);

  private AnnotatedServlets() {}

  /**
   * Returns what the annotations say, by servlet name.
   *
   * @throws ConfigurationException if one is not right, or if no annotation names a group that no
   *     path belongs to either, and there is no JAX-RS feature that could
   */
  static Map<String, Endpoint> find(ServletContext context, Weir weir) {
    Map<String, Endpoint> endpoints = new HashMap<>();
    List<String> problems = new ArrayList<>();
    for (ServletRegistration servlet : context.getServletRegistrations().values()) {
      RateLimited annotation = annotation(context, servlet);
      if (annotation != null) {
        try {
          endpoints.put(servlet.getName(), weir.endpoint(annotation, servlet.getClassName()));
        } catch (ConfigurationException wrong) {
          problems.addAll(wrong.problems());
        }
      }
    }
    if (!mayHaveResources(context)) {
      Set<String> named =
          endpoints.values().stream()
              .map(Endpoint::group)
              .filter(group -> group != null)
              .map(EndpointGroup::name)
              .collect(Collectors.toSet());
      weir.configuration()
          .unmatchedGroups()
          .forEach(
              (group, place) -> {
                if (!named.contains(group)) {
                  problems.add(
                      ("%s: nothing belongs to group '%s': give it a 'match', or put"
                              + " @RateLimited(group = \"%s\") on a servlet")
                          .formatted(place, group, group));
                }
              });
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return Map.copyOf(endpoints);
  }

  private static @Nullable RateLimited annotation(
      ServletContext context, ServletRegistration servlet) {
    Class<?> type = ApplicationClasses.find(context, servlet.getClassName());
    if (type == null && servlet.getClassName() != null) {
      log.warn(
          "Servlet '{}': {} cannot be loaded by the application, so @RateLimited is not looked for",
          servlet.getName(),
          servlet.getClassName());
    }
    return type == null ? null : type.getAnnotation(RateLimited.class); // null for a JSP
  }

  /** Annotations of JAX-RS resources are checked by the feature that finds them. */
  private static boolean mayHaveResources(ServletContext context) {
    return ApplicationClasses.find(context, "dev.weir.jaxrs.RateLimitFeature") != null;
  }
}
