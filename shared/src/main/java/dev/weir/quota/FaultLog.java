package dev.weir.quota;

import com.hazelcast.client.HazelcastClientOfflineException;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.spi.exception.TargetDisconnectedException;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionException;
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

  /** What went wrong, and what to do. */
  enum Kind {
    /** A member does not know our classes, or knows them in another version. */
    CLASS_PATH(
        "A member of the cluster cannot read what this node asks it to count;"
            + " put weir-shared, in one version, on the class path of every member"),
    /** No answer in time. */
    SLOW("The cluster did not answer in time; look for a member that is stalled or overloaded"),
    /** Too many calls wait already. */
    SATURATED(
        "Too many requests wait for the cluster; it answers more slowly than requests come in"),
    /** No member can be reached. */
    UNREACHABLE("No member of the cluster can be reached; look at the network and the members"),
    /** The cluster has split, and this is the part that is not to count. */
    MINORITY("The cluster has split, and the part of this node is too small to count"),
    /** The instance has ended. */
    STOPPED("The Hazelcast instance that counts is shut down"),
    /** Hazelcast gave up waiting for a lock on the entry. */
    LOCKED("An entry stayed locked; nobody but Weir may use its map"),
    /** Anything else. */
    OTHER("The cluster could not count");

    private final String advice;

    Kind(String advice) {
      this.advice = advice;
    }
  }

  private static final long INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

  private final Sink sink;
  private final LongSupplier nanoTime;
  private final Set<Kind> seen = EnumSet.noneOf(Kind.class);
  private long lastLine;
  private long unreported;
  private long lastFault;
  private volatile boolean faulty;

  FaultLog(Sink sink, LongSupplier nanoTime) {
    this.sink = sink;
    this.nanoTime = nanoTime;
  }

  static Kind kindOf(Throwable fault) {
    if (fault instanceof TimeoutException) {
      return Kind.SLOW;
    }
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof HazelcastSerializationException
          || cause instanceof ClassNotFoundException
          || cause instanceof LinkageError) {
        return Kind.CLASS_PATH;
      }
      if (cause instanceof SplitBrainProtectionException) {
        return Kind.MINORITY;
      }
      if (cause instanceof HazelcastClientOfflineException
          || cause instanceof TargetDisconnectedException) {
        return Kind.UNREACHABLE;
      }
      if (cause instanceof HazelcastInstanceNotActiveException
          || cause instanceof CancellationException) {
        return Kind.STOPPED;
      }
      if (cause instanceof RejectedExecutionException) {
        return Kind.SATURATED;
      }
    }
    return Kind.OTHER;
  }

  /** Returns whether requests stayed undecided and the log has not said that this is over. */
  boolean isFaulty() {
    return faulty;
  }

  /** Says that it is over, once nothing has happened for that long. */
  void quiet(long nanos) {
    synchronized (this) {
      if (!faulty || nanoTime.getAsLong() - lastFault < nanos) {
        return;
      }
      faulty = false;
      seen.clear();
      unreported = 0;
    }
    sink.warn("The cluster answers again", null);
  }

  void report(Throwable fault) {
    report(kindOf(fault), fault);
  }

  void report(Kind kind, @Nullable Throwable fault) {
    String line;
    boolean first;
    synchronized (this) {
      long now = nanoTime.getAsLong();
      first = seen.add(kind);
      unreported++;
      faulty = true;
      lastFault = now;
      if (!first && now - lastLine < INTERVAL_NANOS) {
        return;
      }
      line =
          unreported == 1
              ? "%s (a request stays undecided)".formatted(kind.advice)
              : "%s (%d requests stayed undecided since the last such line)"
                  .formatted(kind.advice, unreported);
      lastLine = now;
      unreported = 0;
    }
    sink.warn(line, first ? fault : null);
  }
}
