package dev.weir.jaxrs;

import dev.weir.Weir;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the features of this class loader hold of {@link Weir#shared}, by application, so that it
 * can be closed at the end of an application by those who do not know the features.
 */
final class SharedInstances {

  /** By context class loader, which tells applications apart; also the lock over it. */
  private static final Map<@Nullable ClassLoader, List<Weir>> OPEN = new HashMap<>();

  private SharedInstances() {}

  /** Opens the shared instance for the application of this thread. */
  static Weir open(@Nullable String location) {
    Weir weir = Weir.shared(location);
    synchronized (OPEN) {
      OPEN.computeIfAbsent(
              Thread.currentThread().getContextClassLoader(), application -> new ArrayList<>())
          .add(weir);
    }
    return weir;
  }

  /** Closes one, on whatever thread. */
  static void close(Weir weir) {
    synchronized (OPEN) {
      OPEN.values().forEach(open -> open.remove(weir));
      OPEN.values().removeIf(List::isEmpty);
    }
    weir.close();
  }

  /** Closes all that are still open of the application of this thread. */
  static void closeAll() {
    List<Weir> open;
    synchronized (OPEN) {
      open = OPEN.remove(Thread.currentThread().getContextClassLoader());
    }
    if (open != null) {
      open.forEach(Weir::close);
    }
  }
}
