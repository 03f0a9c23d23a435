package dev.weir.matrix.resteasy;

import dev.weir.matrix.LimitedApplication;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.BeforeBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.util.AnnotationLiteral;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InterceptorBinding;
import jakarta.interceptor.InvocationContext;
import jakarta.ws.rs.Path;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Has the classes of the application be beans, and its resources intercepted, so that what RESTEasy
 * calls are subclasses of them behind proxies.
 */
public final class Beans implements Extension {

  private static final AtomicLong INTERCEPTED = new AtomicLong();

  /** Binds the interceptor. */
  @InterceptorBinding
  @Retention(RetentionPolicy.RUNTIME)
  @interface Watched {

    /** The annotation itself. */
    final class Literal extends AnnotationLiteral<Watched> implements Watched {
      private static final long serialVersionUID = 1;
    }
  }

  /** Sees the calls of resource methods. */
  @Watched
  @Interceptor
  @Priority(Interceptor.Priority.APPLICATION)
  public static class Watcher {

    /** Creates an interceptor; for the container. */
    public Watcher() {}

    /** Lets a call pass. */
    @AroundInvoke
    public Object call(InvocationContext call) throws Exception {
      INTERCEPTED.incrementAndGet();
      return call.proceed();
    }
  }

  /** Creates the extension; for the container. */
  public Beans() {}

  /** Returns how many calls have been intercepted. */
  static long intercepted() {
    return INTERCEPTED.get();
  }

  void add(@Observes BeforeBeanDiscovery event) {
    event.addAnnotatedType(Watcher.class, Watcher.class.getName());
    for (Class<?> type : new LimitedApplication().getClasses()) {
      var bean = event.addAnnotatedType(type, type.getName());
      if (type.isAnnotationPresent(Path.class)) {
        bean.add(new Watched.Literal());
      }
    }
  }
}
