package dev.weir.quota;

import com.hazelcast.map.EntryProcessor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Charges every budget of a demand, or none. A refusal writes nothing, here or on a backup; a grant
 * gives the backups the state it led to, since they read other clocks.
 */
final class ConsumeProcessor extends QuotaProcessor {

  private static final long serialVersionUID = 1;

  private transient @Nullable InstallProcessor installation;

  ConsumeProcessor(@Nullable Demand demand) {
    super(demand);
  }

  @Override
  public long[] process(Map.Entry<byte[], byte[]> entry) {
    installation = null;
    Usage usage = Usage.decode(entry.getValue());
    long clock = clockMillis();
    long[] answer = usage.consume(demand(), clock);
    if (answer[0] == 0) {
      InstallProcessor result = InstallProcessor.of(usage.encode(), usage.lifeMillis(clock));
      result.process(entry);
      installation = result;
    }
    return answer;
  }

  /** Returns what the last run led to; null, which means no backup at all, if that was nothing. */
  @Override
  public @Nullable EntryProcessor<byte[], byte[], long[]> getBackupProcessor() {
    return installation;
  }

  @Override
  public int getClassId() {
    return QuotaSerializerHook.CONSUME;
  }
}
