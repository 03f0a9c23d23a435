package dev.weir.matrix;

import dev.weir.plan.Policy;
import dev.weir.quota.Balance;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.SlotOrder;
import org.jspecify.annotations.Nullable;

/** A store that outlives who uses it, and forgets what it has counted when it is told to. */
public final class SharedStore implements QuotaStore {

  private final QuotaStore store;
  private volatile long conversation;

  /**
   * Creates one.
   *
   * @param store where it counts
   */
  public SharedStore(QuotaStore store) {
    this.store = store;
  }

  /**
   * Has subjects be others from now on.
   *
   * @param newConversation differs with each conversation, and is the same on all nodes
   */
  public void forget(long newConversation) {
    conversation = newConversation;
  }

  private PartitionKey within(PartitionKey key) {
    return new PartitionKey(key.high(), key.low() ^ conversation);
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy) {
    return store.consume(within(key), policy);
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy, SlotOrder slot) {
    return store.consume(within(key), policy, slot);
  }

  @Override
  public void order(PartitionKey key, SlotOrder order) {
    settle(key, order, 0); // before the clock is set on
  }

  @Override
  public void settle(PartitionKey key, SlotOrder order, long spentNanos) {
    store.settle(within(key), order, 0);
  }

  @Override
  public void refund(PartitionKey key, long credits) {
    store.refund(within(key), credits);
  }

  @Override
  public @Nullable Balance grant(PartitionKey key, Balance stored) {
    return store.grant(within(key), stored);
  }

  @Override
  public Consumption peek(PartitionKey key, Policy policy) {
    return store.peek(within(key), policy);
  }

  @Override
  public void close() {}
}
