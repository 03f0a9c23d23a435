package dev.weir.benchmarks.http;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.weir.benchmarks.lab.Members;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.grid.hazelcast.Bucket4jHazelcast;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What an application writes that wants the headers of {@code X-RateLimit} and has Bucket4j and
 * Hazelcast. A bucket fills up at once after its minute, as a window does.
 */
final class Bucket4jLimiter {

  static final String KEY_HEADER = "X-API-Key";
  static final String REFUSAL = "{\"error\":{\"code\":\"rate_limit_exceeded\"}}";

  private final ProxyManager<String> manager;
  private final BucketConfiguration far = configuration(Keys.FAR_PERMITS);
  private final BucketConfiguration few = configuration(Keys.FEW_PERMITS);

  Bucket4jLimiter(HazelcastInstance cluster) {
    IMap<String, byte[]> map = cluster.getMap(Members.BUCKET4J_MAP);
    this.manager =
        Bucket4jHazelcast.entryProcessorBasedBuilder(map)
            .expirationAfterWrite(
                ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(
                    Duration.ofSeconds(10)))
            .build();
  }

  private static BucketConfiguration configuration(long permits) {
    return BucketConfiguration.builder()
        .addLimit(limit -> limit.capacity(permits).refillIntervally(permits, Duration.ofMinutes(1)))
        .build();
  }

  ConsumptionProbe take(String key) {
    return manager
        .getProxy(key, () -> key.startsWith(Keys.FEW) ? few : far)
        .tryConsumeAndReturnRemaining(1);
  }

  /** Returns the headers of a response. */
  Map<String, String> headers(String key, ConsumptionProbe probe) {
    long resetNanos = probe.getNanosToWaitForReset();
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("X-RateLimit-Limit", Long.toString(Keys.permits(key)));
    headers.put("X-RateLimit-Remaining", Long.toString(probe.getRemainingTokens()));
    headers.put(
        "X-RateLimit-Reset",
        Long.toString(
            (System.currentTimeMillis() + TimeUnit.NANOSECONDS.toMillis(resetNanos) + 999) / 1000));
    if (!probe.isConsumed()) {
      long waitNanos = probe.getNanosToWaitForRefill();
      headers.put(
          "Retry-After", Long.toString(TimeUnit.NANOSECONDS.toSeconds(waitNanos + 999_999_999)));
    }
    return headers;
  }
}
