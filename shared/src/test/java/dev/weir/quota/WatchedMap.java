package dev.weir.quota;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;

/** A Hazelcast instance whose maps note every method called, and may be made to fail. */
final class WatchedMap {

  private final List<String> operations = new CopyOnWriteArrayList<>();
  private volatile Way way = Callable::call;

  /** Returns the names of the methods called on any map, and forgets them. */
  List<String> operations() {
    List<String> noted = List.copyOf(operations);
    operations.clear();
    return noted;
  }

  /** From now on, every method does this; null for what it should. */
  void does(Callable<Object> newInstead) {
    way = newInstead == null ? Callable::call : work -> newInstead.call();
  }

  /** From now on, every method is called this way. */
  void goes(Way newWay) {
    way = newWay;
  }

  /** How a method is called, or what happens instead. */
  interface Way {
    Object call(Callable<Object> work) throws Exception;
  }

  HazelcastInstance in(HazelcastInstance instance) {
    return proxy(
        HazelcastInstance.class,
        (method, work) -> {
          Object result = work.call();
          return method.equals("getMap") ? watched((IMap<?, ?>) result) : result;
        },
        instance);
  }

  private IMap<?, ?> watched(IMap<?, ?> map) {
    return proxy(
        IMap.class,
        (method, work) -> {
          operations.add(method);
          return way.call(work);
        },
        map);
  }

  private interface Interception {
    Object intercept(String method, Callable<Object> work) throws Exception;
  }

  private static <T> T proxy(Class<T> type, Interception interception, Object target) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                interception.intercept(
                    method.getName(),
                    () -> {
                      try {
                        return method.invoke(target, arguments);
                      } catch (InvocationTargetException failed) {
                        throw failed.getCause() instanceof Exception cause ? cause : failed;
                      }
                    })));
  }
}
