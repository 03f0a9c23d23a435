package dev.weir.quota;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Puts a state in place, on the owner of an entry and then on its backups. */
final class InstallProcessor
    implements EntryProcessor<byte[], byte[], byte[]>, IdentifiedDataSerializable {

  private static final long serialVersionUID = 1;

  /**
   * Hazelcast keeps time to live in whole seconds and rounds it down, so that an entry may go a
   * second early; and clocks of members differ. Expiry is for cleaning up only.
   */
  private static final long SPARE_SECONDS = 2;

  /** Hazelcast cannot count further than 68 years from 2018 on. */
  private static final long MAX_SECONDS = TimeUnit.DAYS.toSeconds(3660);

  private static final byte VERSION = 1;

  private transient @Nullable State state;

  private record State(byte[] usage, long ttlSeconds) {}

  /** Creates a processor that is about to be read. */
  InstallProcessor() {
    this(null);
  }

  private InstallProcessor(@Nullable State state) {
    this.state = state;
  }

  static InstallProcessor of(byte[] usage, long lifeMillis) {
    long seconds = -Math.floorDiv(-lifeMillis, 1000L) + SPARE_SECONDS;
    return new InstallProcessor(new State(usage, Math.min(seconds, MAX_SECONDS)));
  }

  private State state() {
    if (state == null) {
      throw new IllegalStateException("the state has not been read yet");
    }
    return state;
  }

  @Override
  public byte @Nullable [] process(Map.Entry<byte[], byte[]> entry) {
    State result = state();
    ((ExtendedMapEntry<byte[], byte[]>) entry)
        .setValue(result.usage, result.ttlSeconds, TimeUnit.SECONDS);
    return null;
  }

  /** Whoever makes this the backup processor of another step has no use for one more. */
  @Override
  public @Nullable EntryProcessor<byte[], byte[], byte[]> getBackupProcessor() {
    return null;
  }

  @Override
  public int getFactoryId() {
    return QuotaSerializerHook.FACTORY_ID;
  }

  @Override
  public int getClassId() {
    return QuotaSerializerHook.INSTALL;
  }

  /**
   * Version 1: the version (1 byte), the time to live in seconds; then the stored form of usage.
   */
  @Override
  public void writeData(ObjectDataOutput out) throws IOException {
    State result = state();
    out.writeByteArray(new Encoder().octet(VERSION).number(result.ttlSeconds).toBytes());
    out.writeByteArray(result.usage);
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    long ttlSeconds = QuotaSerializerHook.read(in, InstallProcessor::ttlSeconds);
    state = new State(QuotaSerializerHook.read(in, usage -> usage), ttlSeconds);
  }

  private static long ttlSeconds(byte[] form) {
    Decoder in = new Decoder(form);
    byte version = in.octet();
    if (version != VERSION) {
      throw new IllegalStateException(
          "a state to back up has form %d, but this member knows form %d only"
              .formatted(version, VERSION));
    }
    return in.number();
  }
}
