package dev.weir.quota;

import com.hazelcast.map.EntryProcessor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Does what a step asks for. One that changes nothing writes nothing, here or on a backup; any
 * other gives the backups the state it led to, since they read other clocks.
 */
final class StepProcessor extends QuotaProcessor {

  private static final long serialVersionUID = 1;

  private transient @Nullable InstallProcessor installation;

  StepProcessor(@Nullable Step step) {
    super(step);
  }

  @Override
  public byte[] process(Map.Entry<byte[], byte[]> entry) {
    installation = null;
    Usage usage = Usage.decode(entry.getValue(), owner());
    long clock = clockMillis();
    StepAnswer answer = usage.step(step(), clock);
    if (answer.changed()) {
      InstallProcessor result = InstallProcessor.of(usage.encode(), usage.lifeMillis(clock));
      result.process(entry);
      installation = result;
    }
    return answer.encode();
  }

  /** Returns what the last run led to; null, which means no backup at all, if that was nothing. */
  @Override
  public @Nullable EntryProcessor<byte[], byte[], byte[]> getBackupProcessor() {
    return installation;
  }

  @Override
  public int getClassId() {
    return QuotaSerializerHook.STEP;
  }
}
