package dev.weir.quota;

import com.hazelcast.config.MapConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.impl.proxy.MapProxyImpl;
import com.hazelcast.spi.impl.InternalCompletableFuture;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A member some of whose calls run twice on the owner, as those do whose answer is lost with a
 * connection or a member: the second time a little later, on the very same object where the owner
 * is this member, and with the second answer.
 */
public final class RepeatedCalls {

  private static final int MAX_DELAY_MILLIS = 30;

  private final int perMille;
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger repeated = new AtomicInteger();

  /** Creates a member of which that many in a thousand calls run twice. */
  public RepeatedCalls(int perMille) {
    this.perMille = perMille;
  }

  /** Opens a store on an embedded member, by the clock of the cluster. */
  public QuotaStore open(ClusterSettings settings) {
    HazelcastInstance member = EmbeddedMember.start(settings, InstantSource.system());
    HazelcastInstance watched =
        (HazelcastInstance)
            Proxy.newProxyInstance(
                HazelcastInstance.class.getClassLoader(),
                new Class<?>[] {HazelcastInstance.class},
                (proxy, method, arguments) -> {
                  try {
                    Object result = method.invoke(member, arguments);
                    return result instanceof MapProxyImpl<?, ?> map
                        ? new RepeatingMap(map, member.getConfig().findMapConfig(map.getName()))
                        : result;
                  } catch (InvocationTargetException failed) {
                    throw failed.getCause();
                  }
                });
    return HazelcastQuotaStore.over(
        new HazelcastConnection(watched, "embedded", true), settings, Balances.NONE);
  }

  /** Returns how many calls were made. */
  public int calls() {
    return calls.get();
  }

  /** Returns how many of them ran twice. */
  public int repeated() {
    return repeated.get();
  }

  private final class RepeatingMap extends MapProxyImpl<byte[], byte[]> {

    RepeatingMap(MapProxyImpl<?, ?> map, MapConfig config) {
      super(map.getName(), map.getService(), map.getNodeEngine(), config);
    }

    @Override
    @SuppressWarnings({"rawtypes", "FutureReturnValueIgnored"}) // as in Hazelcast; told here
    public InternalCompletableFuture<Data> executeOnKeyInternal(
        Object key, EntryProcessor processor) {
      InternalCompletableFuture<Data> first = super.executeOnKeyInternal(key, processor);
      calls.incrementAndGet();
      ThreadLocalRandom random = ThreadLocalRandom.current();
      if (!(processor instanceof StepProcessor step) || random.nextInt(1_000) >= perMille) {
        return first;
      }
      repeated.incrementAndGet();
      Executor later =
          CompletableFuture.delayedExecutor(
              random.nextInt(MAX_DELAY_MILLIS), TimeUnit.MILLISECONDS);
      InternalCompletableFuture<Data> told = new InternalCompletableFuture<>();
      first
          .thenComposeAsync(
              once ->
                  super.executeOnKeyInternal(key, processor)
                      .thenApply(twice -> isOfItsWindow(step.step(), twice) ? twice : once),
              later)
          .whenComplete(
              (answer, fault) -> {
                if (fault == null) {
                  told.complete(answer);
                } else {
                  told.completeExceptionally(fault);
                }
              });
      return told;
    }

    /**
     * What a call was granted it tells as of the window that it is answered in, which says nothing
     * of the one it was charged to. Who counts by what is told needs the two to be one. A call that
     * is not remembered, since it changed nothing, is charged the second time.
     */
    private boolean isOfItsWindow(Step step, Data twice) {
      byte[] form = getNodeEngine().toObject(twice);
      StepAnswer answer = StepAnswer.decode(form, step);
      for (Step.Part part : step.parts()) {
        for (long period : part.demand().periods()) {
          if (FixedWindow.endAt(answer.chargedMillis(), period)
              != FixedWindow.endAt(answer.nowMillis(), period)) {
            return false;
          }
        }
      }
      return true;
    }
  }
}
