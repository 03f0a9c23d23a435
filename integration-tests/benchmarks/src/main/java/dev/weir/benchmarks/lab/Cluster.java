package dev.weir.benchmarks.lab;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.metrics.LongGauge;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A cluster of which this JVM is a member: the only one, or one of two. */
public final class Cluster implements AutoCloseable {

  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final HazelcastInstance instance;
  private final @Nullable Jvm other;
  private final LongGauge invocations;

  private Cluster(HazelcastInstance instance, @Nullable Jvm other) {
    this.instance = instance;
    this.other = other;
    this.invocations =
        ((HazelcastInstanceProxy) instance)
            .getOriginal()
            .node
            .getNodeEngine()
            .getMetricsRegistry()
            .newLongGauge("operation.invocations.lastCallId");
  }

  /** Starts a cluster of one. */
  public static Cluster alone() {
    String address = Members.freeAddress();
    return new Cluster(Members.start(List.of(address), address), null);
  }

  /**
   * Starts a cluster of two.
   *
   * @param weir whether Weir is to be open on the other member
   */
  public static Cluster ofTwo(boolean weir) {
    String own = Members.freeAddress();
    String others = Members.freeAddress();
    Jvm other =
        Jvm.start(
            "other-member",
            List.of("-Xms512m", "-Xmx512m"),
            OtherMember.class,
            others,
            own,
            Boolean.toString(weir));
    try {
      other.await();
      HazelcastInstance instance = Members.start(List.of(others, own), own);
      while (instance.getCluster().getMembers().size() < 2
          || !instance.getPartitionService().isClusterSafe()) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
      return new Cluster(instance, other);
    } catch (RuntimeException fault) {
      other.close();
      throw fault;
    }
  }

  /** Returns this JVM's member. */
  public HazelcastInstance instance() {
    return instance;
  }

  /** Gives the other member an order and waits for its answer. */
  public String askOther(String order) {
    if (other == null) {
      throw new IllegalStateException("there is no other member");
    }
    return other.ask(order);
  }

  /** Returns whether a key is where it should be: with the other member, if there is one. */
  public boolean isFarthest(byte[] key) {
    Member owner = instance.getPartitionService().getPartition(key).getOwner();
    return owner != null && owner.localMember() == (other == null);
  }

  /** Returns how many operations this member has asked for, of itself or of the other one. */
  public long operations() {
    return invocations.read();
  }

  /** Returns the processor time that all members have used, in nanoseconds. */
  public long cpuNanos() {
    return cpuNanosHere() + (other == null ? 0 : other.cpu().toNanos());
  }

  /** Returns for how long all members have compiled so far, in milliseconds. */
  public long compiledMillis() {
    return Jvm.compiledMillis()
        + (other == null ? 0 : Long.parseLong(other.ask(OtherMember.COMPILED)));
  }

  /** Returns the processor time that this JVM has used, in nanoseconds. */
  public static long cpuNanosHere() {
    return SYSTEM.getProcessCpuTime();
  }

  @Override
  public void close() {
    instance.getLifecycleService().terminate();
    if (other != null) {
      other.close();
    }
  }
}
