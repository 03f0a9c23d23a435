package dev.weir.matrix;

import jakarta.ws.rs.core.Feature;
import jakarta.ws.rs.core.FeatureContext;
import java.util.HashSet;
import java.util.Set;

/** What a stack serves, with the limits of the JAX-RS feature. */
public class LimitedApplication extends OpenApplication {

  /** Registers the feature with the application's own Weir. */
  public static final class Limits implements Feature {

    /** Creates the feature; for the container. */
    public Limits() {}

    @Override
    public boolean configure(FeatureContext context) {
      context.register(Subject.feature());
      return true;
    }
  }

  /** Creates an application; for the container. */
  public LimitedApplication() {}

  @Override
  public Set<Class<?>> getClasses() {
    Set<Class<?>> classes = new HashSet<>(super.getClasses());
    classes.add(Limits.class);
    return classes;
  }
}
