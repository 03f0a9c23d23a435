package dev.weir.quota;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.merge.MapMergingEntryImpl;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import org.jspecify.annotations.Nullable;

/**
 * Brings together what the two sides of a cluster that was split have counted: all of it counts, on
 * whichever side it was. Runs on the owner of the entry, and twice if an answer is lost: the second
 * time changes nothing.
 */
final class UsageMergePolicy
    implements SplitBrainMergePolicy<byte[], MergingValue<byte[]>, Object>,
        HazelcastInstanceAware,
        IdentifiedDataSerializable {

  private transient @Nullable HazelcastInstance member;

  /** Creates a policy; Hazelcast does, by the name of the class. */
  UsageMergePolicy() {}

  /** Returns the merged entry; that of the larger side where one of them cannot be read. */
  @Override
  public Object merge(MergingValue<byte[]> merging, @Nullable MergingValue<byte[]> existing) {
    if (existing == null || member == null) {
      return merging.getRawValue();
    }
    byte[] merged;
    try {
      merged =
          Usage.merge(
              merging.getDeserializedValue(),
              existing.getDeserializedValue(),
              QuotaProcessor.clockOf(member).millis());
    } catch (RuntimeException ofAnotherVersion) {
      return existing.getRawValue(); // an exception would keep other entries from being merged
    }
    try {
      Expiry.keepLater(merging, existing);
    } catch (LinkageError otherVersion) {
      // another Hazelcast than this was built with: the next step sets the time to live again
    }
    return merged;
  }

  /** Hazelcast keeps the expiry of the smaller side. */
  private static final class Expiry {

    private static void keepLater(MergingValue<byte[]> merging, MergingValue<byte[]> existing) {
      if (merging instanceof MapMergingEntryImpl<?, ?> kept
          && existing instanceof MapMergingEntryImpl<?, ?> other) {
        kept.setTtl(Math.max(kept.getTtl(), other.getTtl()))
            .setExpirationTime(Math.max(kept.getExpirationTime(), other.getExpirationTime()));
      }
    }
  }

  @Override
  public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
    this.member = hazelcastInstance;
  }

  @Override
  public int getFactoryId() {
    return QuotaSerializerHook.FACTORY_ID;
  }

  @Override
  public int getClassId() {
    return QuotaSerializerHook.MERGE;
  }

  @Override
  public void writeData(ObjectDataOutput out) {
    // has no state
  }

  @Override
  public void readData(ObjectDataInput in) {
    // has no state
  }
}
