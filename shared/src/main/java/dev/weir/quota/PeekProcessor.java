package dev.weir.quota;

import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reports what is left and changes nothing: no write, no backup, no waiting for a lock. */
final class PeekProcessor extends QuotaProcessor implements ReadOnly {

  private static final long serialVersionUID = 1;

  PeekProcessor(@Nullable Demand demand) {
    super(demand);
  }

  @Override
  public long[] process(Map.Entry<byte[], byte[]> entry) {
    return Usage.decode(entry.getValue()).peek(demand(), clockMillis());
  }

  @Override
  public @Nullable EntryProcessor<byte[], byte[], long[]> getBackupProcessor() {
    return null;
  }

  @Override
  public int getClassId() {
    return QuotaSerializerHook.PEEK;
  }
}
