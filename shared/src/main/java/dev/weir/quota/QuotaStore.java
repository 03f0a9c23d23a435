package dev.weir.quota;

import dev.weir.plan.Policy;
import java.time.InstantSource;

/**
 * Counts what partitions have used. One call is one atomic step over every budget of the policy:
 * all have room and all are charged, or nothing changes (contract R3). Called from many threads.
 */
public interface QuotaStore extends AutoCloseable {

  /**
   * Charges the policy's cost to every budget, or to none. Waits for the cluster no longer than the
   * store's deadline; with no answer by then the result is {@link Consumption#UNDECIDED}. Never
   * throws for a fault of the cluster.
   */
  Consumption consume(PartitionKey key, Policy policy);

  /** Reports what is left of every budget without charging anything. */
  Consumption peek(PartitionKey key, Policy policy);

  /** Releases what the store itself opened. */
  @Override
  void close();

  /** Opens the store that the configuration describes. */
  static QuotaStore open(ClusterSettings settings, InstantSource clock) {
    if (settings.store() == ClusterSettings.Store.MEMORY) {
      return inMemory(clock);
    }
    throw new IllegalStateException("the Hazelcast store is about to land");
  }

  /** Returns a store within this process: for a single node, and for tests. */
  static QuotaStore inMemory(InstantSource clock) {
    return new InMemoryQuotaStore(clock);
  }
}
