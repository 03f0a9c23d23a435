package dev.weir.quota;

import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reports the credits of an entry, and nothing of an entry without any. Changes nothing. */
final class BalanceProcessor
    implements EntryProcessor<byte[], byte[], byte[]>, ReadOnly, IdentifiedDataSerializable {

  private static final long serialVersionUID = 1;

  @Override
  public byte @Nullable [] process(Map.Entry<byte[], byte[]> entry) {
    Balance balance = Usage.decode(entry.getValue()).credits().balance();
    if (balance == null) {
      return null;
    }
    Encoder out = new Encoder();
    Balance.write(balance, out);
    return out.toBytes();
  }

  /** Reads what it reports. */
  static @Nullable Balance read(byte[] answer) {
    return Balance.read(new Decoder(answer));
  }

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
    return QuotaSerializerHook.BALANCE;
  }

  @Override
  public void writeData(ObjectDataOutput out) {
    // asks the same of every entry
  }

  @Override
  public void readData(ObjectDataInput in) {
    // likewise
  }
}
