package dev.weir.websocket;

import dev.weir.socket.Upgrade;
import jakarta.websocket.Endpoint;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import jakarta.websocket.server.ServerEndpointConfig.Configurator;
import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Makes endpoints whose clients may send as much as plans and keys say below {@code websocket}:
 *
 * <pre>{@code
 * container.addEndpoint(RateLimitedEndpoint.of(StreamEndpoint.class));
 * }</pre>
 *
 * <p>Where the container finds annotated classes by itself, a {@link
 * jakarta.websocket.server.ServerApplicationConfig} of the application returns this in place of
 * them.
 *
 * <p>An upgrade request is judged like any other request by Weir's filter, which has to be mapped
 * to its path; a connection that has not passed it is closed at once (1011). The session that the
 * endpoint sees is the container's with Weir around it. Messages wait for nobody; those that come
 * before it is known whether there is room for them may reach the endpoint on a thread of Weir's,
 * one after the other as ever. What the endpoint throws over a message goes to its {@code onError},
 * and leaves the connection open.
 */
public final class RateLimitedEndpoint {

  private RateLimitedEndpoint() {}

  /**
   * {@return a configuration for {@link jakarta.websocket.server.ServerContainer#addEndpoint} in
   * place of the annotated class itself}
   *
   * @param endpoint a class with {@link ServerEndpoint}
   * @throws IllegalArgumentException if it has none, or its methods are not as Jakarta WebSocket
   *     asks
   */
  public static ServerEndpointConfig of(Class<?> endpoint) {
    ServerEndpoint annotation = endpoint.getAnnotation(ServerEndpoint.class);
    if (annotation == null) {
      throw new IllegalArgumentException(endpoint.getName() + " has no @ServerEndpoint");
    }
    AnnotatedEndpoint.Model model = new AnnotatedEndpoint.Model(endpoint);
    Configurator configurator = configurator(annotation.configurator());
    ServerEndpointConfig config =
        ServerEndpointConfig.Builder.create(LimitedEndpoint.class, annotation.value())
            .subprotocols(List.of(annotation.subprotocols()))
            .decoders(Arrays.asList(annotation.decoders()))
            .encoders(Arrays.asList(annotation.encoders()))
            .configurator(
                new LimitedConfigurator(
                    configurator,
                    container -> new AnnotatedEndpoint(model, instance(container, endpoint))))
            .build();
    return config;
  }

  /**
   * {@return a configuration in place of another one, of a programmatic endpoint or an annotated
   * class}
   *
   * @param config the one that the application deploys
   * @throws IllegalArgumentException as above
   */
  public static ServerEndpointConfig of(ServerEndpointConfig config) {
    Class<?> type = config.getEndpointClass();
    boolean programmatic = Endpoint.class.isAssignableFrom(type);
    AnnotatedEndpoint.Model model = programmatic ? null : new AnnotatedEndpoint.Model(type);
    ServerEndpointConfig limited =
        ServerEndpointConfig.Builder.create(LimitedEndpoint.class, config.getPath())
            .subprotocols(config.getSubprotocols())
            .extensions(config.getExtensions())
            .decoders(config.getDecoders())
            .encoders(config.getEncoders())
            .configurator(
                new LimitedConfigurator(
                    config.getConfigurator(),
                    container ->
                        model == null
                            ? (Endpoint) instance(container, type)
                            : new AnnotatedEndpoint(model, instance(container, type))))
            .build();
    limited.getUserProperties().putAll(config.getUserProperties());
    return limited;
  }

  private static Configurator configurator(Class<? extends Configurator> type) {
    try {
      Constructor<? extends Configurator> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          "configurator %s cannot be made: it needs a constructor without parameters"
              .formatted(type.getName()),
          e);
    }
  }

  private static Object instance(Configurator configurator, Class<?> type) {
    try {
      return configurator.getEndpointInstance(type);
    } catch (InstantiationException e) {
      throw new IllegalStateException("endpoint %s cannot be made".formatted(type.getName()), e);
    }
  }

  /** The application's configurator, which also takes the upgrade along to the connection. */
  private static final class LimitedConfigurator extends Configurator {

    private final Configurator application;
    private final Function<Configurator, Endpoint> endpoints;

    LimitedConfigurator(Configurator application, Function<Configurator, Endpoint> endpoints) {
      this.application = application;
      this.endpoints = endpoints;
    }

    @Override
    public <T> T getEndpointInstance(Class<T> type) {
      return type.cast(new LimitedEndpoint(endpoints.apply(application)));
    }

    @Override
    public void modifyHandshake(
        ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
      Upgrade upgrade = Upgrade.current();
      if (upgrade == null) {
        config.getUserProperties().remove(LimitedEndpoint.UPGRADE);
      } else {
        config.getUserProperties().put(LimitedEndpoint.UPGRADE, upgrade);
      }
      application.modifyHandshake(config, request, response);
    }

    @Override
    public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
      return application.getNegotiatedSubprotocol(supported, requested);
    }

    @Override
    public List<Extension> getNegotiatedExtensions(
        List<Extension> installed, List<Extension> requested) {
      return application.getNegotiatedExtensions(installed, requested);
    }

    @Override
    public boolean checkOrigin(String origin) {
      return application.checkOrigin(origin);
    }
  }
}
