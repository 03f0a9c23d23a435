package dev.weir.benchmarks.decisions;

import dev.weir.benchmarks.lab.Cluster;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One decision, of whatever contestant under whatever load. */
@State(Scope.Benchmark)
public class DecisionBenchmark {

  /** Who decides. */
  @Param("WEIR")
  public Contestant contestant = Contestant.WEIR;

  /** What about. */
  @Param("HOT")
  public Load load = Load.HOT;

  /** How many keys at most. */
  @Param("10000")
  public int mostKeys = 10_000;

  /** Of the run that is on, which whoever runs it closes; JMH would measure that as well. */
  private static @Nullable DecisionBenchmark open;

  private @Nullable Subject subject;
  private Key[] keys = {};

  /** Opens the contestant with keys that nobody has used. */
  @Setup(Level.Trial)
  public void open() {
    Cluster cluster = Caller.cluster();
    Subject opened =
        contestant.open(
            cluster == null ? null : cluster.instance(),
            contestant == Contestant.ATOMIC_LONG && load != Load.EXHAUSTED
                ? Long.MAX_VALUE // it has no windows: what it counts is never forgotten
                : load.permits(),
            load.period());
    keys = Key.fresh(Math.min(load.keys(), mostKeys), cluster);
    load.prepare(opened, keys);
    subject = opened;
    open = this;
  }

  /** Closes the contestant that is open, if its load was what it is called. */
  static void close() {
    DecisionBenchmark last = open;
    open = null;
    if (last != null && last.subject != null) {
      last.load.check(last.subject, last.keys);
      last.subject.close();
    }
  }

  /** A caller's way through the keys. */
  @State(Scope.Thread)
  public static class Walk {
    private long seed = new SplittableRandom().nextLong();

    int next(int bound) {
      if (bound == 1) {
        return 0;
      }
      seed = seed * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
      return (int) ((seed >>> 33) % bound);
    }
  }

  /** How often a caller was refused. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Refusals {
    /** So often. */
    public long refused;
  }

  /** Makes one decision. */
  @Benchmark
  public long decide(Walk walk, Refusals refusals) {
    Key[] all = keys;
    Subject opened = subject;
    if (opened == null) {
      throw new IllegalStateException("not open");
    }
    long remaining = opened.take(all[walk.next(all.length)]);
    if (remaining < 0) {
      refusals.refused++;
    }
    return remaining;
  }
}
