package dev.weir.quota;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a store has done on this node since it was opened: what requests were decided by, and how
 * the cluster answered. All numbers only grow, and none tells one caller from another. A store that
 * counts within one process asks no cluster; its numbers stay 0. Used by many threads.
 */
public final class Statistics {

  private static final Logger log = LoggerFactory.getLogger(Statistics.class);

  /** What a request was decided by. */
  public enum Source {
    /** A permit that this node had leased: the cluster was not asked. */
    LEASE,
    /** A refusal that this node remembered: the cluster was not asked. */
    REFUSAL,
    /** The cluster, in a call that other requests may have shared. */
    CLUSTER,
    /** {@link dev.weir.plan.OnFailure}, for want of an answer. */
    ON_FAILURE;

    /** {@return the name in metrics, such as {@code on-failure}} */
    public String label() {
      return Statistics.label(this);
    }
  }

  /** Why a call gave no answer. */
  public enum Fault {
    /** A member does not know Weir's classes, or knows them in another version. */
    CLASS_PATH(
        "A member of the cluster cannot read what this node asks it to count;"
            + " put weir-shared, in one version, on the class path of every member"),
    /** No answer in time. */
    SLOW("The cluster did not answer in time; look for a member that is stalled or overloaded"),
    /** Too many calls wait already, so that this one was not begun. */
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

    /** What went wrong, and what to do. */
    final String advice;

    Fault(String advice) {
      this.advice = advice;
    }

    /** {@return the name in metrics, such as {@code class-path}} */
    public String label() {
      return Statistics.label(this);
    }
  }

  /**
   * Is told of calls to the cluster. Called on threads that other requests wait for, so it must not
   * block; what it throws is logged, once, and changes nothing.
   */
  @FunctionalInterface
  public interface CallListener {

    /**
     * Called when a call was answered, has failed, or is given up.
     *
     * @param fault why there is no answer, or null if there is one
     * @param nanos how long the call took, nanoseconds
     */
    void onCall(@Nullable Fault fault, long nanos);
  }

  /** Those of a store that asks no cluster. */
  static final Statistics NOTHING =
      new Statistics(new FaultLog((line, fault) -> {}, () -> 0), () -> {});

  private final FaultLog faults;
  private final Runnable countLeases;
  private final Map<Source, LongAdder> decided = adders(Source.class);
  private final Map<Fault, LongAdder> errors = adders(Fault.class);
  private final List<CallListener> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean failureTold;

  /**
   * Creates statistics of a store that has done nothing yet.
   *
   * @param faults knows since when the cluster gives no answers
   * @param countLeases tells {@link #decided(Source, long)} of requests that have taken from leases
   *     since: they themselves count nothing, which would cost them more than the lease does
   */
  Statistics(FaultLog faults, Runnable countLeases) {
    this.faults = faults;
    this.countLeases = countLeases;
  }

  private static <K extends Enum<K>> Map<K, LongAdder> adders(Class<K> type) {
    Map<K, LongAdder> adders = new EnumMap<>(type);
    for (K constant : type.getEnumConstants()) {
      adders.put(constant, new LongAdder());
    }
    return adders;
  }

  private static <K extends Enum<K>> LongAdder of(K constant, Map<K, LongAdder> adders) {
    return Objects.requireNonNull(adders.get(constant));
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * {@return how many requests were decided by that} A request that no limit applies to, and that
   * costs no credits, is not among them.
   *
   * @param by what they were decided by
   */
  public long decided(Source by) {
    if (by == Source.LEASE) {
      countLeases.run();
    }
    return of(by, decided).sum();
  }

  /**
   * {@return how many calls gave no answer for that reason}
   *
   * @param fault the reason
   */
  public long errors(Fault fault) {
    return of(fault, errors).sum();
  }

  /**
   * {@return whether the cluster gives no answers, or not all} So it is from the first call without
   * one until none has failed for two seconds and every member answers. The log says so when it is
   * over.
   */
  public boolean isDegraded() {
    return faults.isFaulty();
  }

  /** {@return how long {@link #isDegraded} has been true, all in all} */
  public Duration degradedTime() {
    return Duration.ofNanos(faults.faultyNanos());
  }

  /**
   * Has a listener told of calls to the cluster from now on, as long as there is the store.
   *
   * @param listener who is told
   */
  public void listen(CallListener listener) {
    if (this != NOTHING) { // which stays when the application goes
      listeners.add(listener);
    }
  }

  void decided(Source by, long requests) {
    of(by, decided).add(requests);
  }

  /** Notes a call that was not even begun. */
  void refused(Fault fault) {
    of(fault, errors).increment();
  }

  /** Notes a call; see {@link CallListener}. */
  void called(@Nullable Fault fault, long nanos) {
    if (fault != null) {
      of(fault, errors).increment();
    }
    ClusterEvents.called(fault, nanos);
    for (CallListener listener : listeners) {
      try {
        listener.onCall(fault, nanos);
      } catch (RuntimeException thrown) {
        if (!failureTold) {
          failureTold = true;
          log.error("Listener {} failed (told once)", listener.getClass().getName(), thrown);
        }
      }
    }
  }
}
