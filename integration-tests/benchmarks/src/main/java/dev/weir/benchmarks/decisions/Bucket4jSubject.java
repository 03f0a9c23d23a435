package dev.weir.benchmarks.decisions;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.weir.benchmarks.lab.Members;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.proxy.optimization.DelayParameters;
import io.github.bucket4j.distributed.proxy.optimization.NopeOptimizationListener;
import io.github.bucket4j.distributed.proxy.optimization.Optimization;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.distributed.proxy.optimization.manual.ManuallySyncingOptimization;
import io.github.bucket4j.distributed.proxy.optimization.skiponzero.SkipSyncOnZeroOptimization;
import io.github.bucket4j.grid.hazelcast.Bucket4jHazelcast;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Bucket4j, with a bucket of the limit's permits that refills evenly, as its manual begins with.
 */
abstract sealed class Bucket4jSubject implements Subject {

  /** How many permits may be taken before the cluster hears of it, where an optimization asks. */
  private static final long MAX_UNHEARD = 1_000;

  /** How long, likewise. */
  private static final Duration MAX_SILENCE = Duration.ofMillis(100);

  private static long remaining(ConsumptionProbe probe) {
    return probe.isConsumed() ? probe.getRemainingTokens() : REFUSED;
  }

  private static ProxyManager<byte[]> manager(HazelcastInstance instance) {
    IMap<byte[], byte[]> map = instance.getMap(Members.BUCKET4J_MAP);
    return Bucket4jHazelcast.entryProcessorBasedBuilder(map)
        .expirationAfterWrite(
            ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(
                Duration.ofSeconds(10)))
        .build();
  }

  private static BucketConfiguration configuration(long permits, Duration period) {
    return BucketConfiguration.builder()
        .addLimit(limit -> limit.capacity(permits).refillGreedy(permits, period))
        .build();
  }

  /** Returns how much may stay unheard under a limit: a tenth of it at most. */
  private static DelayParameters delay(long permits) {
    return new DelayParameters(Math.max(1, Math.min(MAX_UNHEARD, permits / 10)), MAX_SILENCE);
  }

  static Subject withDefaults(HazelcastInstance instance, long permits, Duration period) {
    return new Plain(manager(instance), configuration(permits, period));
  }

  static Subject batching(HazelcastInstance instance, long permits, Duration period) {
    return new Optimized(
        manager(instance), configuration(permits, period), Optimizations.batching());
  }

  static Subject delaying(HazelcastInstance instance, long permits, Duration period) {
    return new Optimized(
        manager(instance), configuration(permits, period), Optimizations.delaying(delay(permits)));
  }

  static Subject predicting(HazelcastInstance instance, long permits, Duration period) {
    return new Optimized(
        manager(instance),
        configuration(permits, period),
        Optimizations.predicting(delay(permits)));
  }

  static Subject skippingOnZero(HazelcastInstance instance, long permits, Duration period) {
    return new Optimized(
        manager(instance),
        configuration(permits, period),
        new SkipSyncOnZeroOptimization(
            NopeOptimizationListener.INSTANCE, TimeMeter.SYSTEM_MILLISECONDS));
  }

  static Subject syncingManually(HazelcastInstance instance, long permits, Duration period) {
    return new Manual(manager(instance), configuration(permits, period));
  }

  static Subject local(long permits, Duration period) {
    return new Local(configuration(permits, period));
  }

  /** On Hazelcast; its manual says to build a proxy for each request. */
  private static final class Plain extends Bucket4jSubject {
    private final ProxyManager<byte[]> manager;
    private final BucketConfiguration configuration;

    Plain(ProxyManager<byte[]> manager, BucketConfiguration configuration) {
      this.manager = manager;
      this.configuration = configuration;
    }

    @Override
    public long take(Key key) {
      BucketProxy bucket = manager.getProxy(key.bytes(), () -> configuration);
      return remaining(bucket.tryConsumeAndReturnRemaining(1));
    }
  }

  /** On Hazelcast, optimized; its manual says to keep the proxies then. */
  private static sealed class Optimized extends Bucket4jSubject {
    private final Map<Object, BucketProxy> buckets = new ConcurrentHashMap<>();
    private final Function<Key, BucketProxy> builder;

    Optimized(
        ProxyManager<byte[]> manager,
        BucketConfiguration configuration,
        Optimization optimization) {
      this.builder =
          key ->
              manager
                  .builder()
                  .withOptimization(optimization)
                  .build(key.bytes(), () -> configuration);
    }

    final BucketProxy bucket(Key key) {
      BucketProxy bucket = buckets.get(key.partition());
      return bucket == null
          ? buckets.computeIfAbsent(key.partition(), absent -> builder.apply(key))
          : bucket;
    }

    @Override
    public long take(Key key) {
      return remaining(bucket(key).tryConsumeAndReturnRemaining(1));
    }
  }

  /** On Hazelcast, synchronized when so much was taken and time has passed. */
  private static final class Manual extends Optimized {

    Manual(ProxyManager<byte[]> manager, BucketConfiguration configuration) {
      super(
          manager,
          configuration,
          new ManuallySyncingOptimization(
              NopeOptimizationListener.INSTANCE, TimeMeter.SYSTEM_MILLISECONDS));
    }

    @Override
    public long take(Key key) {
      BucketProxy bucket = bucket(key);
      long remaining = remaining(bucket.tryConsumeAndReturnRemaining(1));
      bucket.getOptimizationController().syncByCondition(1, MAX_SILENCE);
      return remaining;
    }
  }

  /** Within this process, one lock-free bucket a key. */
  private static final class Local extends Bucket4jSubject {
    private final Map<Object, Bucket> buckets = new ConcurrentHashMap<>();
    private final BucketConfiguration configuration;

    Local(BucketConfiguration configuration) {
      this.configuration = configuration;
    }

    @Override
    public long take(Key key) {
      Bucket bucket = buckets.get(key.partition());
      if (bucket == null) {
        bucket = buckets.computeIfAbsent(key.partition(), absent -> create());
      }
      return remaining(bucket.tryConsumeAndReturnRemaining(1));
    }

    private Bucket create() {
      return Bucket.builder().addLimit(configuration.getBandwidths()[0]).build();
    }
  }
}
