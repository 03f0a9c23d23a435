package dev.weir.quota;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Where the credits of accounts are kept for good, beside the entries that count them. */
public interface Balances {

  /** Keeps nothing: an account has its initial credits, for as long as its entry lives. */
  Balances NONE =
      new Balances() {
        @Override
        public CompletableFuture<Balance> load(PartitionKey key, long initialCredits) {
          return CompletableFuture.completedFuture(new Balance(initialCredits, 0, 1, 0));
        }

        @Override
        public void noted(PartitionKey key, Balance balance) {
          // nobody keeps it
        }
      };

  /**
   * {@return what is kept of an account; one that is met for the first time is granted its initial
   * credits} Asked once for the entry of an account, and not for each request; holds no thread of
   * the caller's. Completes exceptionally if that cannot be told at the moment.
   *
   * @param key the key, or who it draws on
   * @param initialCredits how many
   */
  CompletableFuture<Balance> load(PartitionKey key, long initialCredits);

  /**
   * Notes how an account stands, to be kept soon. Called often, and waits for nobody.
   *
   * @param key the key, or who it draws on
   * @param balance how it stands
   */
  void noted(PartitionKey key, Balance balance);

  /**
   * Tells of every account that is kept, for the entries of a cluster that has just started. Takes
   * its time, and tells of none where they cannot be told at the moment.
   *
   * @param told called for each
   */
  default void all(Consumer<Kept> told) {
    // there are none
  }

  /**
   * One account that is kept.
   *
   * @param key whose usage is charged to it
   * @param balance how it stands
   */
  record Kept(PartitionKey key, Balance balance) {}
}
