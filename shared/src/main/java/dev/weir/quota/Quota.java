package dev.weir.quota;

/** What one partition may use under one policy; see {@link QuotaStore#quota}. */
@FunctionalInterface
public interface Quota {

  /**
   * Charges once as {@link QuotaStore#consume(PartitionKey, dev.weir.plan.Policy)} does. Called
   * from many threads.
   *
   * @return whether it was charged, and how every budget stands then
   */
  Consumption consume();
}
