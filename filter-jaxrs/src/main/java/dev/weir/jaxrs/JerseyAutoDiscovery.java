package dev.weir.jaxrs;

import jakarta.ws.rs.ConstrainedTo;
import jakarta.ws.rs.RuntimeType;
import jakarta.ws.rs.core.Configuration;
import jakarta.ws.rs.core.FeatureContext;
import org.glassfish.jersey.internal.spi.AutoDiscoverable;

/**
 * Registers {@link RateLimitFeature} with every application on Jersey that does not do so itself,
 * unless {@link RateLimitFeature#ENABLED} says no. Found by Jersey.
 */
@ConstrainedTo(RuntimeType.SERVER)
public final class JerseyAutoDiscovery implements AutoDiscoverable {

  /** For Jersey. */
  public JerseyAutoDiscovery() {}

  @Override
  public void configure(FeatureContext context) {
    Configuration configuration = context.getConfiguration();
    Object enabled = configuration.getProperty(RateLimitFeature.ENABLED);
    if (enabled == null) {
      enabled = System.getProperty(RateLimitFeature.ENABLED);
    }
    if (!configuration.isRegistered(RateLimitFeature.class)
        && (enabled == null || !enabled.toString().equalsIgnoreCase("false"))) {
      context.register(RateLimitFeature.class);
    }
  }
}
