package dev.weir.benchmarks.decisions;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.internal.util.ConcurrencyUtil;
import com.hazelcast.map.impl.proxy.MapProxyImpl;
import dev.weir.benchmarks.lab.Members;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The bare counter, as a request may ask for it that is to wait no longer than a deadline: another
 * thread calls the cluster, so that no interrupt of the request closes the cluster's connections.
 */
final class BoundedBareSubject implements Subject {

  private final MapProxyImpl<byte[], Long> map;
  private final CountProcessor processor;
  private final ExecutorService sender = Executors.newSingleThreadExecutor();

  BoundedBareSubject(HazelcastInstance instance, long permits, Duration period) {
    this.map = (MapProxyImpl<byte[], Long>) instance.<byte[], Long>getMap(Members.BARE_MAP);
    this.processor = new CountProcessor(permits, period.toSeconds());
  }

  @Override
  public long take(Key key) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    sender.execute(() -> send(key, answer));
    try {
      return answer.get(10, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException fault) {
      throw new IllegalStateException("the cluster gave no answer", fault);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what becomes of the call goes to `answer`
  private void send(Key key, CompletableFuture<Long> answer) {
    map.executeOnKeyInternal(key.bytes(), processor)
        .whenCompleteAsync(
            (data, fault) -> {
              if (fault == null) {
                answer.complete(map.getNodeEngine().toObject(data));
              } else {
                answer.completeExceptionally(fault);
              }
            },
            ConcurrencyUtil.CALLER_RUNS);
  }

  @Override
  public void close() {
    sender.shutdown();
  }
}
