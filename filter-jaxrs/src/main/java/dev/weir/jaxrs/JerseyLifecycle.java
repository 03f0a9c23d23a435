package dev.weir.jaxrs;

import dev.weir.session.SessionUse;
import jakarta.ws.rs.core.Application;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.model.Resource;
import org.glassfish.jersey.server.monitoring.ApplicationEvent;
import org.glassfish.jersey.server.monitoring.ApplicationEventListener;
import org.glassfish.jersey.server.monitoring.RequestEvent;
import org.glassfish.jersey.server.monitoring.RequestEventListener;
import org.jspecify.annotations.Nullable;

/** Tells a protection on Jersey of the start and the end of its application, and of requests. */
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

  @Override
  public RequestEventListener onRequest(RequestEvent event) {
    return new RequestEnd();
  }

  /**
   * Ends the session of a request that ends without a response that any filter gets to see: one
   * that has failed while it was suspended, and for which the application has no mapper.
   */
  private static final class RequestEnd implements RequestEventListener {

    private volatile @Nullable SessionUse session;

    @Override
    public void onEvent(RequestEvent event) {
      switch (event.getType()) {
        // later on, the container may use the request for another client
        case RESOURCE_METHOD_START ->
            session =
                event.getContainerRequest().getProperty(SessionEnd.SESSION)
                        instanceof SessionUse found
                    ? found
                    : null;
        case FINISHED -> {
          SessionUse unfinished = session;
          if (unfinished != null) {
            unfinished.abandoned();
          }
        }
        default -> {}
      }
    }
  }
}
