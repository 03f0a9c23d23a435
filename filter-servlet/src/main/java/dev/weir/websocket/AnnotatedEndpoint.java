package dev.weir.websocket;

import jakarta.websocket.CloseReason;
import jakarta.websocket.DecodeException;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * An annotated class as an endpoint with handlers (Jakarta WebSocket 2.1, chapter 4), since
 * containers let nobody between themselves and such a class.
 */
final class AnnotatedEndpoint extends Endpoint {

  private static final Logger log = LoggerFactory.getLogger(AnnotatedEndpoint.class);

  private static final Map<Class<?>, Function<String, Object>> SIMPLE_TYPES = new HashMap<>();

  static {
    simple(boolean.class, Boolean.class, Boolean::valueOf);
    simple(byte.class, Byte.class, Byte::valueOf);
    simple(short.class, Short.class, Short::valueOf);
    simple(int.class, Integer.class, Integer::valueOf);
    simple(long.class, Long.class, Long::valueOf);
    simple(float.class, Float.class, Float::valueOf);
    simple(double.class, Double.class, Double::valueOf);
    simple(
        char.class,
        Character.class,
        text -> {
          if (text.length() != 1) {
            throw new IllegalArgumentException("one character was expected, but not " + text);
          }
          return text.charAt(0);
        });
  }

  private static void simple(
      Class<?> primitive, Class<?> boxed, Function<String, Object> conversion) {
    SIMPLE_TYPES.put(primitive, conversion);
    SIMPLE_TYPES.put(boxed, conversion);
  }

  /** The methods of an annotated class. */
  static final class Model {

    private final Class<?> type;
    private final @Nullable Method open;
    private final @Nullable Method close;
    private final @Nullable Method error;
    private final List<Method> messages = new ArrayList<>();

    /**
     * Reads the annotations of a class.
     *
     * @throws IllegalArgumentException if the specification does not allow them so
     */
    Model(Class<?> type) {
      this.type = type;
      this.open = one(OnOpen.class, Session.class, EndpointConfig.class);
      this.close = one(OnClose.class, Session.class, CloseReason.class);
      this.error = one(OnError.class, Session.class, Throwable.class);
      for (Method method : annotated(OnMessage.class)) {
        if (values(method).isEmpty() || values(method).size() > 2) {
          throw new IllegalArgumentException(
              "@OnMessage %s must take one message, and may take whether it is the last part"
                  .formatted(method));
        }
        messages.add(method);
      }
    }

    private @Nullable Method one(Class<? extends Annotation> annotation, Class<?>... allowed) {
      List<Method> found = annotated(annotation);
      if (found.size() > 1) {
        throw new IllegalArgumentException(
            "%s has more than one method with @%s"
                .formatted(type.getName(), annotation.getSimpleName()));
      }
      for (Method method : found) {
        for (int i = 0; i < method.getParameterCount(); i++) {
          if (pathParameter(method, i) == null
              && !Arrays.asList(allowed).contains(method.getParameterTypes()[i])) {
            throw new IllegalArgumentException(
                "@%s %s cannot take a %s"
                    .formatted(
                        annotation.getSimpleName(),
                        method,
                        method.getParameterTypes()[i].getName()));
          }
        }
      }
      return found.isEmpty() ? null : found.get(0);
    }

    /** Returns the methods of the class and those above it that it has not replaced. */
    private List<Method> annotated(Class<? extends Annotation> annotation) {
      List<Method> found = new ArrayList<>();
      List<Method> below = new ArrayList<>();
      for (Class<?> each = type;
          each != null && each != Object.class;
          each = each.getSuperclass()) {
        for (Method method : each.getDeclaredMethods()) {
          if (method.isBridge()) {
            continue;
          }
          boolean replaced = below.stream().anyMatch(other -> isReplacedBy(method, other));
          below.add(method);
          if (!replaced && method.isAnnotationPresent(annotation)) {
            method.setAccessible(true);
            found.add(method);
          }
        }
      }
      return found;
    }

    private static boolean isReplacedBy(Method method, Method other) {
      return !Modifier.isPrivate(method.getModifiers())
          && other.getDeclaringClass() != method.getDeclaringClass()
          && other.getName().equals(method.getName())
          && Arrays.equals(other.getParameterTypes(), method.getParameterTypes());
    }
  }

  private final Model model;
  private final Object instance;
  private @Nullable EndpointConfig config;

  AnnotatedEndpoint(Model model, Object instance) {
    this.model = model;
    this.instance = instance;
  }

  @Override
  public void onOpen(Session session, EndpointConfig newConfig) {
    config = newConfig;
    for (Method method : model.messages) {
      addHandler(session, method);
    }
    if (model.open != null) {
      invoke(model.open, session, null, newConfig);
    }
  }

  @Override
  public void onClose(Session session, CloseReason reason) {
    if (model.close != null) {
      invoke(model.close, session, null, reason);
    }
  }

  @Override
  public void onError(Session session, Throwable fault) {
    boolean ofClient =
        fault instanceof IOException
            || fault instanceof DecodeException
            || (fault instanceof IllegalStateException && !session.isOpen());
    onError(session, fault, ofClient);
  }

  /** Tells the application, or the log where it does not want to be told. */
  void onError(Session session, Throwable fault, boolean ofClient) {
    if (model.error == null) {
      log.atLevel(ofClient ? Level.DEBUG : Level.ERROR) // clients must not fill a log
          .setCause(fault)
          .log("{} has no method with @OnError", model.type.getName());
    } else {
      invoke(model.error, session, null, fault);
    }
  }

  private void addHandler(Session session, Method method) {
    List<Class<?>> values = values(method);
    OnMessage annotation = Objects.requireNonNull(method.getAnnotation(OnMessage.class));
    Class<?> type = values.get(0);
    boolean text = type == String.class || type == Reader.class || SIMPLE_TYPES.containsKey(type);
    boolean binary = type == ByteBuffer.class || type == byte[].class || type == InputStream.class;
    int most = (int) Math.min(annotation.maxMessageSize(), Integer.MAX_VALUE);
    if (most > 0) {
      if (!binary) { // what a decoder reads may be either
        session.setMaxTextMessageBufferSize(most);
      }
      if (!text) {
        session.setMaxBinaryMessageBufferSize(most);
      }
    }
    if (values.size() == 2) {
      addPartial(session, method, type);
      return;
    }
    Function<String, Object> conversion = SIMPLE_TYPES.get(type);
    if (conversion != null) {
      session.addMessageHandler(
          String.class,
          (MessageHandler.Whole<String>)
              message -> answer(session, method, decode(conversion, message)));
    } else {
      addWhole(session, method, type);
    }
  }

  /** Makes a value of a text as a decoder would. */
  private static Object decode(Function<String, Object> conversion, String text) {
    try {
      return conversion.apply(text);
    } catch (IllegalArgumentException e) {
      return Objects.requireNonNull(rethrow(new DecodeException(text, e.toString(), e)));
    }
  }

  private <T> void addWhole(Session session, Method method, Class<T> type) {
    session.addMessageHandler(
        type, (MessageHandler.Whole<T>) message -> answer(session, method, message));
  }

  private <T> void addPartial(Session session, Method method, Class<T> type) {
    session.addMessageHandler(
        type, (MessageHandler.Partial<T>) (part, last) -> answer(session, method, part, last));
  }

  /** Gives a message to its method, and sends what that returns. */
  private void answer(Session session, Method method, Object... message) {
    Object answer = invoke(method, session, message, config);
    if (answer == null) {
      return;
    }
    try {
      if (answer instanceof String text) {
        session.getBasicRemote().sendText(text);
      } else if (answer instanceof ByteBuffer bytes) {
        session.getBasicRemote().sendBinary(bytes);
      } else if (answer instanceof byte[] bytes) {
        session.getBasicRemote().sendBinary(ByteBuffer.wrap(bytes));
      } else if (SIMPLE_TYPES.containsKey(answer.getClass())) {
        session.getBasicRemote().sendText(answer.toString());
      } else {
        session.getBasicRemote().sendObject(answer);
      }
    } catch (IOException e) {
      rethrow(e);
    } catch (EncodeException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /**
   * Calls a method of the application.
   *
   * @param message what came in, or null
   * @param other what else it may take
   */
  private @Nullable Object invoke(
      Method method, Session session, Object @Nullable [] message, @Nullable Object other) {
    Class<?>[] types = method.getParameterTypes();
    @Nullable Object[] arguments = new @Nullable Object[types.length];
    int next = 0;
    for (int i = 0; i < types.length; i++) {
      String parameter = pathParameter(method, i);
      if (parameter != null) {
        arguments[i] = convert(session.getPathParameters().get(parameter), types[i]);
      } else if (types[i] == Session.class) {
        arguments[i] = session;
      } else if (message != null && types[i] != EndpointConfig.class) {
        arguments[i] = message[isLast(types, i, message) ? 1 : next++];
      } else {
        arguments[i] = types[i].isInstance(other) ? other : null;
      }
    }
    try {
      return method.invoke(instance, arguments);
    } catch (InvocationTargetException e) {
      return rethrow(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isLast(Class<?>[] types, int index, Object[] message) {
    return message.length == 2 && types[index] == boolean.class;
  }

  /** Throws what the application has thrown, as it is. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> @Nullable Object rethrow(@Nullable Throwable fault)
      throws E {
    throw (E) Objects.requireNonNull(fault);
  }

  private static @Nullable Object convert(@Nullable String text, Class<?> type) {
    Function<String, Object> conversion = SIMPLE_TYPES.get(type);
    return text == null || conversion == null ? text : conversion.apply(text);
  }

  /** Returns the types of the parameters that a message fills. */
  private static List<Class<?>> values(Method method) {
    List<Class<?>> values = new ArrayList<>();
    Class<?>[] types = method.getParameterTypes();
    for (int i = 0; i < types.length; i++) {
      if (pathParameter(method, i) == null
          && types[i] != Session.class
          && types[i] != EndpointConfig.class) {
        values.add(types[i]);
      }
    }
    // the other one of the two says whether it is the last part
    if (values.size() == 2 && values.get(0) == boolean.class) {
      return List.of(values.get(1), values.get(0));
    }
    return values;
  }

  private static @Nullable String pathParameter(Method method, int index) {
    for (Annotation annotation : method.getParameterAnnotations()[index]) {
      if (annotation instanceof PathParam parameter) {
        return parameter.value();
      }
    }
    return null;
  }
}
