package dev.weir.quota;

import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reports what is left and changes nothing: no write, no backup, no waiting for a lock. */
final class PeekProcessor extends QuotaProcessor implements ReadOnly {

  private static final long serialVersionUID = 1;

  PeekProcessor(@Nullable Step step) {
    super(step);
  }

  @Override
  public byte[] process(Map.Entry<byte[], byte[]> entry) {
    return Usage.decode(entry.getValue()).step(step(), clockMillis()).encode();
  }

  @Override
  public @Nullable EntryProcessor<byte[], byte[], byte[]> getBackupProcessor() {
    return null;
  }

  @Override
  public int getClassId() {
    return QuotaSerializerHook.PEEK;
  }
}
