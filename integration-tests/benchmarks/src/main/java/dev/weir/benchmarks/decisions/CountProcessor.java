package dev.weir.benchmarks.decisions;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Adds one to a number that is forgotten after a while, here and on the backup. */
final class CountProcessor
    implements EntryProcessor<byte[], Long, Long>, IdentifiedDataSerializable {

  private static final long serialVersionUID = 1;

  private long permits;
  private long seconds;
  private transient boolean refused;

  /** For deserialization. */
  CountProcessor() {}

  CountProcessor(long permits, long seconds) {
    this.permits = permits;
    this.seconds = seconds;
  }

  @Override
  public Long process(Map.Entry<byte[], Long> entry) {
    Long stored = entry.getValue();
    long used = stored == null ? 0 : stored;
    refused = used >= permits;
    if (refused) {
      return Subject.REFUSED;
    }
    ((ExtendedMapEntry<byte[], Long>) entry).setValue(used + 1, seconds, TimeUnit.SECONDS);
    return permits - used - 1;
  }

  @Override
  public @Nullable EntryProcessor<byte[], Long, Long> getBackupProcessor() {
    return refused ? null : this;
  }

  @Override
  public int getFactoryId() {
    return CountSerializerHook.FACTORY_ID;
  }

  @Override
  public int getClassId() {
    return CountSerializerHook.COUNT;
  }

  @Override
  public void writeData(ObjectDataOutput out) throws IOException {
    out.writeLong(permits);
    out.writeLong(seconds);
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    permits = in.readLong();
    seconds = in.readLong();
  }
}
