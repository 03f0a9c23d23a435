package dev.weir.quota;

import com.hazelcast.internal.util.ConcurrencyUtil;
import com.hazelcast.map.IMap;
import com.hazelcast.map.impl.proxy.MapProxyImpl;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Runs a step on the owner of an entry and hands on what became of it. Used by many threads. */
interface MapCaller {

  /**
   * Makes a call. Of answer and fault, {@code done} gets the one there is; neither if the entry
   * stayed locked. It may run before this returns, or later on a thread of Hazelcast.
   */
  void call(
      byte[] key, StepProcessor step, BiConsumer<byte @Nullable [], @Nullable Throwable> done);

  /** Returns whether a call holds the thread that makes it. */
  default boolean blocks() {
    return false;
  }

  /** Returns the best way that a map offers. */
  static MapCaller of(IMap<byte[], byte[]> map) {
    MapCaller asynchronous = null;
    try {
      asynchronous = OnMember.of(map);
    } catch (LinkageError otherVersion) {
      // another Hazelcast than this was built with: the way below is in all of them
    }
    return asynchronous == null ? new Blocking(map) : asynchronous;
  }

  /** Holds the calling thread until the answer is there: all that a client offers. */
  record Blocking(IMap<byte[], byte[]> map) implements MapCaller {

    @Override
    public boolean blocks() {
      return true;
    }

    @Override
    public void call(
        byte[] key, StepProcessor step, BiConsumer<byte @Nullable [], @Nullable Throwable> done) {
      byte[] answer;
      try {
        answer = map.executeOnKey(key, step);
      } catch (RuntimeException | Error fault) { // an owner's error comes as one of ours
        done.accept(null, fault);
        return;
      }
      done.accept(answer, null);
    }
  }

  /**
   * Holds no thread. {@link IMap#submitToKey} would do the same, were it not for a thread that it
   * starts for every call on machines of one or two processors; this is what it does before that.
   */
  record OnMember(MapProxyImpl<byte[], byte[]> map) implements MapCaller {

    static @Nullable MapCaller of(IMap<byte[], byte[]> map) {
      return map instanceof MapProxyImpl<byte[], byte[]> member ? new OnMember(member) : null;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what becomes of the call goes to `done`
    @Override
    public void call(
        byte[] key, StepProcessor step, BiConsumer<byte @Nullable [], @Nullable Throwable> done) {
      map.executeOnKeyInternal(key, step)
          .whenCompleteAsync(
              (answer, fault) -> {
                byte[] read = null;
                Throwable failed = fault;
                try {
                  read = map.getNodeEngine().toObject(answer);
                } catch (RuntimeException unreadable) {
                  failed = unreadable;
                }
                done.accept(read, failed);
              },
              ConcurrencyUtil.CALLER_RUNS);
    }
  }
}
