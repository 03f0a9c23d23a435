package dev.weir.benchmarks.decisions;

import com.hazelcast.core.HazelcastInstance;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What is measured side by side. */
public enum Contestant {
  /** Weir. */
  WEIR("weir", true),
  /** Bucket4j on Hazelcast. */
  BUCKET4J("bucket4j", true),
  /** The same, calls on one bucket put together. */
  BATCHING("batching", true),
  /** The same, the cluster told late. */
  DELAYING("delaying", true),
  /** The same, guessing what others take meanwhile. */
  PREDICTING("predicting", true),
  /** The same, the cluster told when the application says so. */
  MANUAL("manual", true),
  /** The same, the cluster not asked while a bucket is empty. */
  SKIP_ON_ZERO("skip-on-zero", true),
  /** A counter on Hazelcast and nothing around it. */
  BARE("bare", true),
  /** The same, waited for no longer than a deadline. */
  BOUNDED_BARE("bounded-bare", true),
  /** Bucket4j within the process. */
  LOCAL_BUCKET4J("local-bucket4j", false),
  /** Resilience4j within the process. */
  RESILIENCE4J("resilience4j", false),
  /** A number within the process. */
  ATOMIC_LONG("atomic-long", false);

  private final String label;
  private final boolean distributed;

  Contestant(String label, boolean distributed) {
    this.label = label;
    this.distributed = distributed;
  }

  /** Returns the name in tables and options. */
  String label() {
    return label;
  }

  /** Returns whether it counts over a cluster. */
  boolean isDistributed() {
    return distributed;
  }

  /** Opens it under a limit; on a cluster if it counts over one. */
  Subject open(@Nullable HazelcastInstance cluster, long permits, Duration period) {
    if (cluster == null) {
      return switch (this) {
        case LOCAL_BUCKET4J -> Bucket4jSubject.local(permits, period);
        case RESILIENCE4J -> LocalSubjects.resilience4j(permits, period);
        case ATOMIC_LONG -> LocalSubjects.atomicLong(permits);
        default -> throw new IllegalStateException(label + " needs a cluster");
      };
    }
    return switch (this) {
      case WEIR -> new WeirSubject(cluster, permits, period);
      case BUCKET4J -> Bucket4jSubject.withDefaults(cluster, permits, period);
      case BATCHING -> Bucket4jSubject.batching(cluster, permits, period);
      case DELAYING -> Bucket4jSubject.delaying(cluster, permits, period);
      case PREDICTING -> Bucket4jSubject.predicting(cluster, permits, period);
      case MANUAL -> Bucket4jSubject.syncingManually(cluster, permits, period);
      case SKIP_ON_ZERO -> Bucket4jSubject.skippingOnZero(cluster, permits, period);
      case BARE -> new BareSubject(cluster, permits, period);
      case BOUNDED_BARE -> new BoundedBareSubject(cluster, permits, period);
      case LOCAL_BUCKET4J, RESILIENCE4J, ATOMIC_LONG -> open(null, permits, period);
    };
  }
}
