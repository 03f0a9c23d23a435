package dev.weir.quota;

import com.hazelcast.cluster.Member;
import com.hazelcast.partition.PartitionService;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;

/** Who owns which entry, and whether it answers. Used by many threads. */
final class Owners {

  /** Stands in where nobody owns an entry for the moment, or nobody knows who does. */
  private static final UUID NOBODY = new UUID(0, 0);

  /** Members come and go; those that are gone are forgotten when there are that many. */
  private static final int MANY = 1_000;

  private final PartitionService partitions;
  private final ConcurrentMap<UUID, Owner> owners = new ConcurrentHashMap<>();
  private volatile boolean anyOpen;

  Owners(PartitionService partitions) {
    this.partitions = partitions;
  }

  Owner of(byte[] entry) {
    UUID id = NOBODY;
    try {
      Member member = partitions.getPartition(entry).getOwner();
      id = member == null ? NOBODY : member.getUuid();
    } catch (RuntimeException stopped) {
      // the instance has ended; whoever asks it hears that at once
    }
    Owner known = owners.get(id);
    return known == null ? owners.computeIfAbsent(id, absent -> new Owner()) : known;
  }

  /** Returns whether any of them is open; quick to say that none is. */
  boolean anyOpen() {
    return anyOpen;
  }

  /** Notes that one of them has opened. */
  void opened() {
    anyOpen = true;
  }

  /** Has the open ones probed that it is time for. */
  void probe(long now, BiConsumer<Owner, byte[]> prober) {
    if (anyOpen) {
      anyOpen = false; // first, so that one that opens meanwhile is not overlooked
      for (Owner owner : owners.values()) {
        if (owner.isOpen()) {
          anyOpen = true;
          byte[] entry = owner.probe(now);
          if (entry != null) {
            prober.accept(owner, entry);
          }
        }
      }
    } else if (owners.size() > MANY) {
      owners.clear();
    }
  }
}
