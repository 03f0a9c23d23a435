package dev.weir.quota;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.plan.Policy;
import java.time.InstantSource;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Counts what partitions have used. One call is one atomic step over every budget of the policy:
 * all have room and all are charged, or nothing changes (contract R3). Called from many threads.
 */
public interface QuotaStore extends AutoCloseable {

  /**
   * How many addresses a node keeps the usage of. Where there are more, those that have not been
   * seen for longest make room, and start anew when they come back.
   */
  int MAX_ADDRESSES = 100_000;

  /**
   * Charges the policy's cost to every budget, or to none. Waits for the cluster no longer than the
   * store's deadline; with no answer by then the result is {@link Consumption#UNDECIDED}. Never
   * throws for a fault of the cluster. A policy without budgets is granted without asking anybody.
   *
   * @param key whose usage
   * @param policy what to charge
   * @return whether it was charged, and how every budget stands then
   */
  Consumption consume(PartitionKey key, Policy policy);

  /**
   * Returns what a partition may use under a policy, for those who ask {@link
   * #consume(PartitionKey, Policy)} time and again: what it is counted by is found sooner.
   *
   * @param key whose usage
   * @param policy what to charge
   * @return charges each time it is asked; good for as long as the store is open
   */
  default Quota quota(PartitionKey key, Policy policy) {
    return () -> consume(key, policy);
  }

  /**
   * Charges as above and takes a session slot, or does neither (contract R3). The slot is free
   * again when nobody has used it for the time that the order says.
   *
   * @param key whose usage
   * @param policy what to charge
   * @param slot one that takes a slot
   * @return {@link Consumption.Verdict#NO_SLOT} if only that was missing
   */
  Consumption consume(PartitionKey key, Policy policy, SlotOrder slot);

  /**
   * Has something done about a slot that was taken: soon, after what was ordered of this key
   * before, and once more if that fails. Waits for nobody.
   *
   * @param key whose usage
   * @param order one that does not take a slot
   */
  void order(PartitionKey key, SlotOrder order);

  /**
   * Has something done about a slot, as above, and waits until it is: then the next request of this
   * key sees it, on whatever node. Waits no longer than a request may wait for the cluster, what it
   * has waited included, and not at all for an owner that is known not to answer.
   *
   * @param key whose usage
   * @param order what to do
   * @param spentNanos how long this request has waited already
   */
  void settle(PartitionKey key, SlotOrder order, long spentNanos);

  /**
   * Gives credits back, soon, that a request has cost: exactly once, whatever becomes of the call.
   * Waits for nobody.
   *
   * @param key whose usage
   * @param credits how many
   */
  void refund(PartitionKey key, long credits);

  /**
   * Tells how many credits an account has been granted, and waits until the next request on every
   * node is judged by that: no longer than a few seconds.
   *
   * @param key whose usage
   * @param stored the balance as the database has it, with what was granted
   * @return how the credits stand then, or null if there was no answer, and it may not be known
   */
  @Nullable Balance grant(PartitionKey key, Balance stored);

  /**
   * Settles something that all nodes must have in common: the first one to say it decides.
   *
   * @param what names it
   * @param value what this node has
   * @return what the nodes have in common now
   */
  default String agree(String what, String value) {
    return value;
  }

  /**
   * Reports what is left of every budget without charging anything.
   *
   * @param key whose usage
   * @param policy what to look at
   * @return how every budget stands
   */
  Consumption peek(PartitionKey key, Policy policy);

  /**
   * Says where usage is counted, for the line an application logs at its start, such as {@code
   * Hazelcast map weir-quotas, cluster weir, 3 members, embedded}.
   *
   * @return a description for people
   */
  default String describe() {
    return getClass().getName();
  }

  /** {@return what the store has done on this node so far; the same object each time} */
  default Statistics statistics() {
    return Statistics.NOTHING;
  }

  /** {@return the Hazelcast instance that the store counts in, or null if it counts elsewhere} */
  default @Nullable HazelcastInstance hazelcast() {
    return null;
  }

  /** Releases what the store itself opened. */
  @Override
  void close();

  /**
   * Opens the store that the configuration describes. With Hazelcast, that takes as long as joining
   * the cluster does, and every member of it is asked whether it can count.
   *
   * @param settings how the store is set up
   * @param clock what time it is. With Hazelcast, {@link InstantSource#system()} stands for the
   *     cluster's time as the owner of an entry knows it; any other clock replaces that on the
   *     member Weir starts, which is for tests. In an instance that Weir does not start, such a
   *     clock is what its user context holds under {@code dev.weir.clock}
   * @return the store, which the caller closes
   * @throws IllegalArgumentException if the settings contradict each other or cannot be followed;
   *     the message says what would be right
   * @throws IllegalStateException if the cluster does not answer, or a member of it cannot count
   */
  static QuotaStore open(ClusterSettings settings, InstantSource clock) {
    return open(settings, clock, Balances.NONE);
  }

  /**
   * Opens the store as above.
   *
   * @param settings how the store is set up
   * @param clock what tells the time
   * @param balances where credits are kept for good
   * @return the store, which the caller closes
   */
  static QuotaStore open(ClusterSettings settings, InstantSource clock, Balances balances) {
    return switch (settings.store()) {
      case MEMORY -> new InMemoryQuotaStore(clock, balances, settings.deadline());
      case HAZELCAST -> HazelcastQuotaStore.open(settings, clock, balances);
    };
  }

  /**
   * Opens a store on a Hazelcast instance of the application's own, a member or a client. Closing
   * the store leaves the instance running. The map's configuration is added to the instance if it
   * has none; {@code weir-shared} must be on the class path of every member of its cluster.
   *
   * @param instance a member or client that stays the caller's to close
   * @param settings {@code map} and {@code backups} count; how to find an instance does not
   * @return the store, which the caller closes
   * @throws IllegalStateException if the instance holds a different configuration of that map, or a
   *     member of the cluster cannot count
   */
  static QuotaStore hazelcast(HazelcastInstance instance, ClusterSettings settings) {
    return hazelcast(instance, settings, Balances.NONE);
  }

  /**
   * Opens a store as above, for an application that has set a clock.
   *
   * @param instance a member or client that stays the caller's to close
   * @param settings how the store is set up
   * @param clock must be the system's: any other one of yours belongs into the user context of
   *     every member, under {@code dev.weir.clock}
   * @param balances where credits are kept for good
   * @return the store, which the caller closes
   * @throws IllegalArgumentException if it is not, or if the settings say that usage is counted in
   *     the memory of this process
   */
  static QuotaStore hazelcast(
      HazelcastInstance instance,
      ClusterSettings settings,
      InstantSource clock,
      Balances balances) {
    HazelcastConnection.requireSystem(clock);
    if (settings.store() != ClusterSettings.Store.HAZELCAST) {
      throw new IllegalArgumentException(
          "store is '%s', but a Hazelcast instance ('%s') is handed in; leave out one or the other"
              .formatted(settings.store().name().toLowerCase(Locale.ROOT), instance.getName()));
    }
    return hazelcast(instance, settings, balances);
  }

  /**
   * Opens a store as above, with a place where credits are kept for good.
   *
   * @param instance a member or client that stays the caller's to close
   * @param settings how the store is set up
   * @param balances where credits are kept for good
   * @return the store, which the caller closes
   */
  static QuotaStore hazelcast(
      HazelcastInstance instance, ClusterSettings settings, Balances balances) {
    return HazelcastQuotaStore.over(HazelcastConnection.to(instance), settings, balances);
  }

  /**
   * {@return a store within this process: for a single node, and for tests}
   *
   * @param clock what tells the time
   */
  static QuotaStore inMemory(InstantSource clock) {
    return inMemory(clock, Balances.NONE);
  }

  /**
   * {@return a store as above, with a place where credits are kept for good}
   *
   * @param clock what tells the time
   * @param balances where credits are kept for good
   */
  static QuotaStore inMemory(InstantSource clock, Balances balances) {
    return new InMemoryQuotaStore(clock, balances, ClusterSettings.DEFAULT.deadline());
  }
}
