package dev.weir.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;

/**
 * What was admitted, by key and window, as the clients were told: each answer names the end of its
 * window. Used by many threads.
 */
final class Ledger {

  /**
   * One window of one key.
   *
   * @param end when it ends, epoch seconds
   */
  record Window(String key, long end) {}

  /**
   * A window that admitted more than it may.
   *
   * @param admitted how many requests
   * @param allowed how many it might have been
   */
  record Excess(Window window, long admitted, long allowed) {}

  private final Map<Window, LongAdder> admitted = new ConcurrentHashMap<>();

  void admit(String key, long end) {
    admitted.computeIfAbsent(new Window(key, end), absent -> new LongAdder()).increment();
  }

  /**
   * Returns the windows that were over, and forgets all that ended before an instant.
   *
   * @param allowed how many a window may admit
   * @param before epoch seconds
   */
  List<Excess> settle(ToLongFunction<Window> allowed, long before) {
    List<Excess> over = new ArrayList<>();
    admitted.forEach(
        (window, count) -> {
          long most = allowed.applyAsLong(window);
          if (count.sum() > most) {
            over.add(new Excess(window, count.sum(), most));
          }
        });
    admitted.keySet().removeIf(window -> window.end < before);
    return over;
  }
}
