package dev.weir.quota;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One step on one entry, on the member that owns it and by that member's clock.
 *
 * <p>Hazelcast may run a step more than once, on the very same object, and hands a step for an
 * entry owned by the caller's own member over by reference: so what it was asked never changes, and
 * what it found out is forgotten when it starts again. Only what was asked is serialized.
 */
abstract sealed class QuotaProcessor
    implements EntryProcessor<byte[], byte[], byte[]>,
        HazelcastInstanceAware,
        IdentifiedDataSerializable
    permits StepProcessor, PeekProcessor {

  private static final long serialVersionUID = 1;

  /**
   * Where a member's user context may hold an {@link InstantSource} to use in place of the
   * cluster's time: for tests.
   */
  static final String CLOCK = "dev.weir.clock";

  private transient @Nullable Step step;
  private transient @Nullable HazelcastInstance member;

  QuotaProcessor(@Nullable Step step) {
    this.step = step;
  }

  Step step() {
    if (step == null) {
      throw new IllegalStateException("the step has not been read yet");
    }
    return step;
  }

  /** Returns the owner's clock, epoch milliseconds. */
  long clockMillis() {
    return clockOf(member()).millis();
  }

  /** Names the owner in the entry. */
  int owner() {
    UUID uuid = member().getCluster().getLocalMember().getUuid();
    return 1 + Math.floorMod(uuid.hashCode(), Usage.MAX_OWNER);
  }

  private HazelcastInstance member() {
    if (member == null) {
      throw new IllegalStateException("the step does not know which member it runs on");
    }
    return member;
  }

  /**
   * Returns the clock that a member counts with: the cluster's, on which members agree within the
   * delay of a heartbeat however wrong their own are, so that an entry that moves on finds the same
   * windows. It follows that of the oldest member.
   */
  static InstantSource clockOf(HazelcastInstance member) {
    return member.getUserContext().get(CLOCK) instanceof InstantSource injected
        ? injected
        : () -> Instant.ofEpochMilli(member.getCluster().getClusterTime());
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
  public void writeData(ObjectDataOutput out) throws IOException {
    out.writeByteArray(step().encode());
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    step = QuotaSerializerHook.read(in, Step::decode);
  }
}
