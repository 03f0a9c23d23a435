package dev.weir.servlet;

import dev.weir.http.Answer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where Undertow goes a way of its own: filters are initialized by the first request, not at the
 * start; and when an exception reaches it, every header is cleared, and no filter is asked again
 * unless an error page is declared.
 *
 * <p>By reflection on Undertow's public classes, since they are there on Undertow only, and on
 * WildFly not in sight of an application. What is not found is left as Undertow does it.
 */
final class Undertow {

  private static final Logger log = LoggerFactory.getLogger(Undertow.class);

  private static final String PACKAGES = "io.undertow.";

  private Undertow() {}

  /** Has filters initialized at the start, so that a wrong configuration stops it. */
  static void initFiltersAtStart(ServletContext context) {
    if (!context.getClass().getName().startsWith(PACKAGES)) {
      return;
    }
    try {
      Method getDeployment = context.getClass().getMethod("getDeployment");
      Object info =
          getDeployment
              .getReturnType()
              .getMethod("getDeploymentInfo")
              .invoke(getDeployment.invoke(context));
      info.getClass().getMethod("setEagerFilterInit", boolean.class).invoke(info, true);
    } catch (ReflectiveOperationException | RuntimeException otherVersion) {
      log.warn("A wrong configuration of Weir shows at the first request only", otherVersion);
    }
  }

  /**
   * Returns whether a request is Undertow's. An asynchronous context holds the response of the code
   * that starts it then.
   */
  static boolean serves(ServletRequest request) {
    return original(request).getClass().getName().startsWith(PACKAGES);
  }

  private static ServletRequest original(ServletRequest request) {
    ServletRequest original = request;
    while (original instanceof ServletRequestWrapper wrapper) {
      original = wrapper.getRequest();
    }
    return original;
  }

  /** Has the headers of a request's answer set right before the response is sent. */
  static void keepHeaders(ServletRequest request) {
    if (!serves(request) || !(request.getAttribute(Answer.ATTRIBUTE) instanceof Answer answer)) {
      return;
    }
    ServletRequest original = original(request);
    Map<String, String> missing = new LinkedHashMap<>(answer.headers());
    String exposed = answer.exposeHeaders(Stream.empty());
    if (exposed != null) {
      missing.put(Answer.EXPOSE_HEADERS, exposed);
    }
    try {
      Object exchange = original.getClass().getMethod("getExchange").invoke(original);
      ClassLoader loader = exchange.getClass().getClassLoader();
      Class<?> listenerType =
          Class.forName("io.undertow.server.ResponseCommitListener", false, loader);
      Object headers = exchange.getClass().getMethod("getResponseHeaders").invoke(exchange);
      Constructor<?> toName =
          Class.forName("io.undertow.util.HttpString", false, loader).getConstructor(String.class);
      Method contains = headers.getClass().getMethod("contains", String.class);
      Method put = headers.getClass().getMethod("put", toName.getDeclaringClass(), String.class);
      InvocationHandler beforeCommit =
          (proxy, method, arguments) -> {
            for (Map.Entry<String, String> header : missing.entrySet()) {
              if (!(boolean) contains.invoke(headers, header.getKey())) {
                put.invoke(headers, toName.newInstance(header.getKey()), header.getValue());
              }
            }
            return null;
          };
      exchange
          .getClass()
          .getMethod("addResponseCommitListener", listenerType)
          .invoke(
              exchange,
              Proxy.newProxyInstance(loader, new Class<?>[] {listenerType}, beforeCommit));
    } catch (ReflectiveOperationException | RuntimeException committedOrOtherVersion) {
      log.debug("The headers of a failed request are left to Undertow", committedOrOtherVersion);
    }
  }
}
