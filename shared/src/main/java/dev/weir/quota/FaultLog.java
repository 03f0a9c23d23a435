package dev.weir.quota;

import com.hazelcast.client.HazelcastClientOfflineException;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.spi.exception.TargetDisconnectedException;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionException;
import dev.weir.quota.Statistics.Fault;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells an operator why requests stay undecided: the first fault of each kind with its stack trace,
 * afterwards a line a minute, however many requests it hits. Used by many threads.
 */
final class FaultLog {

  /** What a line is written to: a logger's warn. */
  @FunctionalInterface
  interface Sink {
    /** Writes one line, with a stack trace if there is one. */
    void warn(String line, @Nullable Throwable fault);
  }

  private static final long INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

  private final Sink sink;
  private final LongSupplier nanoTime;
  private final Set<Fault> seen = EnumSet.noneOf(Fault.class);
  private long lastLine;
  private long unreported;
  private long lastFault;
  private long faultySince;
  private long faultyBefore;
  private volatile boolean faulty;
  private boolean closed;

  FaultLog(Sink sink, LongSupplier nanoTime) {
    this.sink = sink;
    this.nanoTime = nanoTime;
  }

  static Fault kindOf(Throwable fault) {
    if (fault instanceof TimeoutException) {
      return Fault.SLOW;
    }
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof HazelcastSerializationException
          || cause instanceof ClassNotFoundException
          || cause instanceof LinkageError) {
        return Fault.CLASS_PATH;
      }
      if (cause instanceof SplitBrainProtectionException) {
        return Fault.MINORITY;
      }
      if (cause instanceof HazelcastClientOfflineException
          || cause instanceof TargetDisconnectedException) {
        return Fault.UNREACHABLE;
      }
      if (cause instanceof HazelcastInstanceNotActiveException
          || cause instanceof CancellationException) {
        return Fault.STOPPED;
      }
      if (cause instanceof RejectedExecutionException) {
        return Fault.SATURATED;
      }
    }
    return Fault.OTHER;
  }

  /** Returns whether requests stayed undecided and the log has not said that this is over. */
  boolean isFaulty() {
    return faulty;
  }

  /** Returns for how many nanoseconds that was so, all in all. */
  synchronized long faultyNanos() {
    return faultyBefore + (faulty ? nanoTime.getAsLong() - faultySince : 0);
  }

  /** Stops counting that time. What is reported afterwards is nobody's any more. */
  synchronized void close() {
    end();
    closed = true;
  }

  private void end() {
    if (faulty) {
      faultyBefore = faultyNanos();
      faulty = false;
      ClusterEvents.degraded(false);
    }
  }

  /** Says that it is over, once nothing has happened for that long. */
  void quiet(long nanos) {
    synchronized (this) {
      if (!faulty || nanoTime.getAsLong() - lastFault < nanos) {
        return;
      }
      end();
      seen.clear();
      unreported = 0;
    }
    sink.warn("The cluster answers again", null);
  }

  void report(Throwable fault) {
    report(kindOf(fault), fault);
  }

  void report(Fault kind, @Nullable Throwable fault) {
    note();
    tell(kind, fault);
  }

  /** Notes that there was a fault, without a line. */
  synchronized void note() {
    long now = nanoTime.getAsLong();
    if (!faulty && !closed) {
      faulty = true;
      faultySince = now;
      ClusterEvents.degraded(true);
    }
    lastFault = now;
    unreported++;
  }

  /** Writes a line of a fault that was noted, if one is due. */
  void tell(Fault kind, @Nullable Throwable fault) {
    String line;
    boolean first;
    synchronized (this) {
      long now = nanoTime.getAsLong();
      first = seen.add(kind);
      if (!first && now - lastLine < INTERVAL_NANOS) {
        return;
      }
      line =
          unreported <= 1
              ? "%s (a request stays undecided)".formatted(kind.advice)
              : "%s (%d requests stayed undecided since the last such line)"
                  .formatted(kind.advice, unreported);
      lastLine = now;
      unreported = 0;
    }
    sink.warn(line, first ? fault : null);
  }
}
