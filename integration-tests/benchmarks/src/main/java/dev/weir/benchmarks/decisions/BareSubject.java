package dev.weir.benchmarks.decisions;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.weir.benchmarks.lab.Members;
import java.time.Duration;

/** A counter on Hazelcast and nothing around it: the least that an exact count costs there. */
final class BareSubject implements Subject {

  private final IMap<byte[], Long> map;
  private final long permits;
  private final long periodSeconds;

  BareSubject(HazelcastInstance instance, long permits, Duration period) {
    this.map = instance.getMap(Members.BARE_MAP);
    this.permits = permits;
    this.periodSeconds = period.toSeconds();
  }

  @Override
  public long take(Key key) {
    return map.executeOnKey(key.bytes(), new CountProcessor(permits, periodSeconds));
  }
}
