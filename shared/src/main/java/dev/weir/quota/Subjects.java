package dev.weir.quota;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.hazelcast.map.IMap;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The subjects that one map counts, as far as this node remembers them; those beyond are counted
 * all the same. Used by many threads.
 */
final class Subjects {

  /** Of so many sweeps one looks through all gates for those that are not needed any more. */
  private static final int SWEEPS_TO_RETIRE = 20;

  private static final int SWEEPS_IF_CROWDED = 5;

  /** In a crowd a subject is forgotten that the owner was not asked about for so long, at first. */
  private static final long MOST_IDLE_NANOS = 32_000_000_000L;

  /** And at the last for so long. */
  private static final long LEAST_IDLE_NANOS = 250_000_000;

  final IMap<byte[], byte[]> map;
  final MapCaller caller;

  private final int most;

  /** These are larger than what is remembered besides, and of use to busy subjects only. */
  private final int mostGates;

  private final long node;
  private final SubjectGate.Courier courier;
  private final ConcurrentMap<PartitionKey, SubjectGate> gates = new ConcurrentHashMap<>();

  /** Those that have to be looked after; the others, which are many, now and then. */
  private final Set<SubjectGate> busy = ConcurrentHashMap.newKeySet();

  private int sweeps;

  /** For how long a subject is remembered that holds nothing. */
  private long idleNanos = Long.MAX_VALUE;

  /** What this node has admitted itself, of the subjects that it met last. */
  private final Cache<PartitionKey, OwnUsage> owns;

  /** Those of which the cluster has not been charged for some. */
  private final ConcurrentMap<PartitionKey, OwnUsage> debtors = new ConcurrentHashMap<>();

  /**
   * Creates one that remembers nobody yet.
   *
   * @param most how many are remembered; as many as half of that with a gate, which leases and
   *     local refusals need
   * @param node names this node to the owners of entries
   */
  Subjects(IMap<byte[], byte[]> map, int most, long node, SubjectGate.Courier courier) {
    this.map = map;
    this.caller = MapCaller.of(map);
    this.most = most;
    this.mostGates = most / 2;
    this.node = node;
    this.courier = courier;
    this.owns = Caffeine.newBuilder().maximumSize(most).executor(Runnable::run).build();
  }

  /** Returns the gate of a subject met a moment ago. */
  @Nullable SubjectGate known(PartitionKey key) {
    return gates.get(key);
  }

  /** Returns the gate of a subject; a gate for one call if too many are remembered. */
  SubjectGate gate(PartitionKey key) {
    SubjectGate gate = gates.get(key);
    if (gate != null) {
      return gate;
    }
    OwnUsage debtor = debtors.get(key);
    OwnUsage own = debtor == null ? owns.get(key, absent -> new OwnUsage()) : debtor;
    if (gates.size() >= mostGates) {
      return new SubjectGate(key.toBytes(), 0, courier, own);
    }
    return gates.computeIfAbsent(
        key, absent -> new SubjectGate(absent.toBytes(), node, courier, own));
  }

  /**
   * Returns the gate of a subject with session slots, where a gate for one call will not do, since
   * what is ordered of a slot has an order; that only if twice as many as else are remembered.
   */
  SubjectGate lastingGate(PartitionKey key) {
    SubjectGate gate = gate(key);
    return gate.isRemembered() || gates.size() >= most
        ? gate
        : gates.computeIfAbsent(
            key, absent -> new SubjectGate(absent.toBytes(), node, courier, gate.own()));
  }

  /** Has a gate looked after as long as it is busy. */
  void watch(SubjectGate gate) {
    busy.add(gate);
  }

  /** Notes how many more requests have taken from leases, of which only busy gates have any. */
  void countLeases() {
    busy.forEach(SubjectGate::countLeases);
  }

  void forget(PartitionKey key, SubjectGate gate) {
    gates.remove(key, gate);
  }

  Collection<SubjectGate> gates() {
    return gates.values();
  }

  /** Returns whether it could be remembered that a subject owes something. */
  boolean mayOwe(PartitionKey key) {
    return debtors.size() < most || debtors.containsKey(key);
  }

  /** Notes that the owner of an entry is to be charged for what was admitted without it. */
  void owes(PartitionKey key, SubjectGate gate) {
    debtors.putIfAbsent(key, gate.own());
  }

  /**
   * Has what is owed charged, closes what is over, and forgets who has not been met for a while.
   */
  void sweep(long deadlineNanos) {
    debtors.forEach((key, own) -> collect(key));
    busy.forEach(gate -> lookAfter(gate, deadlineNanos));
    sweeps++;
    boolean crowded = gates.size() >= mostGates / 10 * 9;
    if (sweeps % (crowded ? SWEEPS_IF_CROWDED : SWEEPS_TO_RETIRE) == 0) {
      adjustIdleTime(crowded);
      gates.forEach(
          (key, gate) -> {
            if (gate.retire(idleNanos)) {
              gates.remove(key, gate);
            }
          });
    }
  }

  /** Finds out by halves for how long as many are remembered as there is room for. */
  private void adjustIdleTime(boolean crowded) {
    if (crowded) {
      idleNanos = Math.max(LEAST_IDLE_NANOS, Math.min(MOST_IDLE_NANOS, idleNanos / 2));
    } else {
      idleNanos = idleNanos >= MOST_IDLE_NANOS ? Long.MAX_VALUE : 2 * idleNanos;
    }
  }

  private void lookAfter(SubjectGate gate, long deadlineNanos) {
    gate.expire(deadlineNanos);
    gate.sweep();
    if (!gate.isBusy()) {
      busy.remove(gate);
      if (gate.isBusy()) { // by now
        busy.add(gate);
      }
    }
  }

  /**
   * Has what is owed for one subject charged, by its gate; if it has none any more, by a new one.
   */
  private void collect(PartitionKey key) {
    SubjectGate gate = gate(key);
    if (gate.owes()) {
      gate.sweep();
    } else {
      debtors.computeIfPresent(key, (same, own) -> gate.owes() ? own : null);
    }
  }
}
