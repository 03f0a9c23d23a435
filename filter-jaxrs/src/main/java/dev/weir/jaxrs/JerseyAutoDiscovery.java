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
    if (!configuration.isRegistered(RateLimitFeature.class) && isEnabled(configuration)) {
      context.register(RateLimitFeature.class);
    }
  }

  /** Anything but a clear no keeps the application protected. */
  private static boolean isEnabled(Configuration configuration) {
    Object value = configuration.getProperty(RateLimitFeature.ENABLED);
    if (value == null) {
      value = System.getProperty(RateLimitFeature.ENABLED);
    }
    if (value == null) {
      value = System.getenv("WEIR_JAXRS_ENABLED");
    }
    return value == null || !value.toString().equalsIgnoreCase("false");
  }
}
