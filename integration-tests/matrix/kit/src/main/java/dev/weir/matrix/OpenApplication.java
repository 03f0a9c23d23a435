package dev.weir.matrix;

import dev.weir.jaxrs.RateLimitFeature;
import jakarta.ws.rs.core.Application;
import java.util.Map;
import java.util.Set;

/** What a stack serves, as JAX-RS sees it, without limits of its own: the filter has them. */
public class OpenApplication extends Application {

  /** Creates an application; for the container. */
  public OpenApplication() {}

  @Override
  public Set<Class<?>> getClasses() {
    return Subject.classes();
  }

  @Override
  public Map<String, Object> getProperties() {
    return Map.of(
        // where an implementation would find the feature by itself
        RateLimitFeature.ENABLED,
        false,
        RateLimitFeature.CONFIG,
        Subject.location(),
        // Jersey: else the container's error pages take the place of the answers
        "jersey.config.server.response.setStatusOverSendError",
        true);
  }
}
