package dev.weir.quota;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.InvalidConfigurationException;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.partition.Partition;
import com.hazelcast.partition.PartitionService;
import dev.weir.plan.Policy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts in a distributed map, one entry per partition key, one entry processor per request.
 *
 * <p>{@code executeOnKey} can neither be timed out nor interrupted and may run for minutes when a
 * member stalls, so no request waits for it directly. What is not answered in time stays undecided,
 * although it may still be charged: that errs on the side of the limit.
 */
final class HazelcastQuotaStore implements QuotaStore {

  private static final Logger log = LoggerFactory.getLogger(HazelcastQuotaStore.class);

  /** How long a request waits for the cluster. */
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private static final Duration OWNER_POLL = Duration.ofMillis(20);

  private static final Policy NO_BUDGETS = new Policy(List.of(), 1);

  private final IMap<byte[], byte[]> map;
  private final InstantSource clock;
  private final BoundedCalls calls;
  private final FaultLog faults;
  private final HazelcastConnection connection;
  private final String description;

  private HazelcastQuotaStore(
      HazelcastConnection connection, ClusterSettings settings, Duration deadline) {
    HazelcastInstance instance = connection.instance();
    this.connection = connection;
    this.map = instance.getMap(settings.map());
    this.clock = QuotaProcessor.clockOf(instance);
    this.calls = new BoundedCalls(deadline);
    this.faults = new FaultLog(log::warn, System::nanoTime);
    int members = instance.getCluster().getMembers().size();
    this.description =
        "Hazelcast map %s, cluster %s, %d member%s, %s"
            .formatted(
                settings.map(),
                instance.getConfig().getClusterName(),
                members,
                members == 1 ? "" : "s",
                connection.origin());
  }

  /** See {@link QuotaStore#open}. */
  static QuotaStore open(ClusterSettings settings, InstantSource clock) {
    return over(HazelcastConnection.open(settings, clock), settings);
  }

  /** Opens a store on a connection, which the store then closes. */
  static QuotaStore over(HazelcastConnection connection, ClusterSettings settings) {
    return over(connection, settings, DEADLINE);
  }

  /** As above; for tests of what happens when the cluster takes longer than the deadline. */
  static QuotaStore over(
      HazelcastConnection connection, ClusterSettings settings, Duration deadline) {
    HazelcastQuotaStore store = null;
    boolean opened = false;
    try {
      addMapConfig(connection, settings);
      store = new HazelcastQuotaStore(connection, settings, deadline);
      store.checkMembers();
      opened = true;
      return store;
    } finally {
      if (!opened) {
        if (store != null) {
          store.calls.close();
        }
        connection.close();
      }
    }
  }

  /** Adds the map's configuration to the whole cluster; must come before the map is first used. */
  private static void addMapConfig(HazelcastConnection connection, ClusterSettings settings) {
    MapConfig wanted = EmbeddedMember.mapConfig(settings);
    Config config = connection.instance().getConfig();
    MapConfig effective;
    try {
      config.addMapConfig(wanted);
      // a pattern in the instance's own configuration goes before what is added
      effective = config.findMapConfig(wanted.getName());
    } catch (InvalidConfigurationException conflict) {
      throw new IllegalStateException(
          EmbeddedMember.conflict(wanted, connection.origin()), conflict);
    } catch (UnsupportedOperationException client) {
      return; // a client can add, but not look
    }
    if (!new MapConfig(effective).setName(wanted.getName()).equals(wanted)) {
      throw new IllegalStateException(EmbeddedMember.conflict(wanted, connection.origin()));
    }
  }

  /**
   * Asks one thing of every member that holds data, so that a member without Weir's classes shows
   * at the start and not at the first request that happens to need it. A member that is joining
   * right now holds none yet; it asks itself.
   */
  private void checkMembers() {
    check(new PartitionKey(0, 0).toBytes(), null);
    Cluster cluster = connection.instance().getCluster();
    PartitionService partitions = connection.instance().getPartitionService();
    int enough = partitions.getPartitions().size() * 8;
    Set<UUID> checked = new HashSet<>();
    for (int i = 0; i < enough && checked.size() < cluster.getMembers().size(); i++) {
      byte[] key = new PartitionKey(0, i).toBytes();
      Member owner = owner(partitions.getPartition(key));
      if (owner == null) {
        return;
      }
      if (checked.add(owner.getUuid())) {
        check(key, owner);
      }
    }
  }

  /** Returns who owns a partition; a client that has just connected learns that a moment later. */
  private static @Nullable Member owner(Partition partition) {
    Member owner = partition.getOwner();
    for (int i = 0; owner == null && i < 100; i++) {
      LockSupport.parkNanos(OWNER_POLL.toNanos());
      owner = partition.getOwner();
    }
    return owner;
  }

  private void check(byte[] key, @Nullable Member owner) {
    String member =
        "member %s of cluster '%s'"
            .formatted(
                owner == null ? "" : owner.getAddress(),
                connection.instance().getConfig().getClusterName());
    PeekProcessor question = new PeekProcessor(Demand.of(NO_BUDGETS));
    try {
      if (calls.call(() -> map.executeOnKey(key, question)) == null) {
        throw new IllegalStateException(member + " gave no answer");
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(member + " was not waited for", stop);
    } catch (TimeoutException late) {
      throw new IllegalStateException(
          "%s did not answer within %d s".formatted(member, calls.bound().toSeconds()), late);
    } catch (ExecutionException fault) {
      throw new IllegalStateException(
          FaultLog.kindOf(fault) == FaultLog.Kind.CLASS_PATH
              ? member
                  + " cannot read what this node asks it to count: put weir-shared, in the version"
                  + " of this node, on the class path of every member"
              : "%s cannot count: %s".formatted(member, fault.getCause()),
          fault.getCause());
    }
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy) {
    return policy.budgets().isEmpty()
        ? unlimited()
        : ask(key, policy, new ConsumeProcessor(Demand.of(policy)));
  }

  @Override
  public Consumption peek(PartitionKey key, Policy policy) {
    return policy.budgets().isEmpty()
        ? unlimited()
        : ask(key, policy, new PeekProcessor(Demand.of(policy)));
  }

  private Consumption unlimited() {
    return new Consumption(Consumption.Verdict.GRANTED, List.of(), clock.millis());
  }

  /** One operation of the cluster: the only one a request makes (design invariant I3). */
  private Consumption ask(PartitionKey key, Policy policy, QuotaProcessor step) {
    byte[] entry = key.toBytes();
    try {
      long[] answer = calls.call(() -> map.executeOnKey(entry, step));
      if (answer != null) {
        return Consumption.decode(answer, policy);
      }
      faults.report(FaultLog.Kind.LOCKED, null);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException | RuntimeException fault) {
      faults.report(fault);
    }
    return Consumption.UNDECIDED;
  }

  @Override
  public String describe() {
    return description;
  }

  @Override
  public void close() {
    calls.close();
    connection.close();
  }
}
