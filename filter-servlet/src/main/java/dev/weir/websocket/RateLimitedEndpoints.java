package dev.weir.websocket;

import jakarta.websocket.Endpoint;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Limits annotated endpoints that the container finds on the class path of an application; those
 * that are not named it deploys as it finds them:
 *
 * <pre>{@code
 * public class Sockets extends RateLimitedEndpoints {
 *   public Sockets() {
 *     super(StreamEndpoint.class);
 *   }
 * }
 * }</pre>
 *
 * <p>Programmatic endpoints are deployed by no such class, unless it overrides {@link
 * #getEndpointConfigs}.
 */
public abstract class RateLimitedEndpoints implements ServerApplicationConfig {

  private final List<Class<?>> limited;

  /**
   * For subclasses.
   *
   * @param limited classes with {@link jakarta.websocket.server.ServerEndpoint}
   */
  protected RateLimitedEndpoints(Class<?>... limited) {
    this.limited = List.of(limited);
  }

  /** Returns what the container has found, less what is limited. */
  @Override
  public Set<Class<?>> getAnnotatedEndpointClasses(Set<Class<?>> scanned) {
    Set<Class<?>> others = new LinkedHashSet<>(scanned);
    limited.forEach(others::remove);
    return others;
  }

  /** Returns what is limited. */
  @Override
  public Set<ServerEndpointConfig> getEndpointConfigs(Set<Class<? extends Endpoint>> scanned) {
    Set<ServerEndpointConfig> configs = new LinkedHashSet<>();
    limited.forEach(endpoint -> configs.add(RateLimitedEndpoint.of(endpoint)));
    return configs;
  }
}
