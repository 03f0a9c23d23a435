package dev.weir.jaxrs;

import jakarta.ws.rs.core.Application;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.model.Resource;
import org.glassfish.jersey.server.monitoring.ApplicationEvent;
import org.glassfish.jersey.server.monitoring.ApplicationEventListener;
import org.glassfish.jersey.server.monitoring.RequestEvent;
import org.glassfish.jersey.server.monitoring.RequestEventListener;
import org.jspecify.annotations.Nullable;

/** Tells a protection on Jersey of the start and the end of its application. */
final class JerseyLifecycle implements ApplicationEventListener {

  private final Protection protection;

  JerseyLifecycle(Protection protection) {
    this.protection = protection;
  }

  /** Returns the class of an application that Jersey may have wrapped. */
  static Class<?> classOf(Application application) {
    Application inner = application;
    while (inner instanceof ResourceConfig config && config.getApplication() != inner) {
      inner = config.getApplication();
    }
    return inner.getClass();
  }

  @Override
  public void onEvent(ApplicationEvent event) {
    switch (event.getType()) {
      case INITIALIZATION_START -> protection.reopen();
      case INITIALIZATION_APP_FINISHED ->
          protection.start(
              event.getResourceModel().getResources().stream()
                  .noneMatch(JerseyLifecycle::hasLocator));
      case DESTROY_FINISHED -> protection.close();
      default -> {}
    }
  }

  private static boolean hasLocator(Resource resource) {
    return resource.getResourceLocator() != null
        || resource.getChildResources().stream().anyMatch(JerseyLifecycle::hasLocator);
  }

  /** Single requests are none of its business. */
  @Override
  public @Nullable RequestEventListener onRequest(RequestEvent event) {
    return null;
  }
}
