package dev.weir.benchmarks.decisions;

import dev.weir.benchmarks.lab.Cluster;
import dev.weir.benchmarks.lab.Jvm;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.Statistics;

/**
 * The JVM that calls. It is the fork of JMH's runs, which therefore do not fork: it keeps its
 * cluster over many of them. Orders read {@code contestant cell pace}.
 */
final class Caller {

  /** How long a run takes. */
  enum Pace {
    /** Says nothing about speed. */
    SHORT(20, 20, 1, 100),
    /** The first of a cluster, which nobody asks about. */
    WARM_UP(2000, 100, 1, 10_000),
    /** What is reported. */
    NORMAL(700, 800, 5, 10_000);

    private final long warmupMillis;
    private final long measurementMillis;
    private final int iterations;
    private final int mostKeys;

    Pace(long warmupMillis, long measurementMillis, int iterations, int mostKeys) {
      this.warmupMillis = warmupMillis;
      this.measurementMillis = measurementMillis;
      this.iterations = iterations;
      this.mostKeys = mostKeys;
    }

    /** Many keys are calls to the cluster, until each that can be leased for has a lease. */
    private long warmupMillis(Load load) {
      return this == SHORT || load.keys() == 1
          ? warmupMillis
          : load == Load.MANY ? 15_000 : Math.max(3_000, 3 * warmupMillis);
    }

    private long measurementMillis(Load load) {
      return this == NORMAL && load.keys() > 1 ? 4 * measurementMillis : measurementMillis;
    }
  }

  /** How often calls are warmed up at most, for JVMs that go on compiling. */
  private static final int MOST_STEPS_WARM_UPS = 12;

  private static @Nullable Cluster cluster;
  private static int members;
  private static boolean warm;

  /** Whether Weir is open on the other member as well. */
  private static boolean weir;

  private Caller() {}

  /** Returns the cluster that is called now, or null if none is. */
  static @Nullable Cluster cluster() {
    return cluster;
  }

  /** Argument: whether Weir is among what will be measured. */
  public static void main(String[] arguments) throws IOException {
    PrintStream answers = Jvm.takeOutput();
    weir = Boolean.parseBoolean(arguments[0]);
    Jvm.serve(
        answers,
        "ready",
        order -> {
          String[] words = order.split(" ", -1);
          Contestant contestant = Contestant.valueOf(words[0]);
          Cell cell = Cell.parse(words[1]);
          Pace pace = Pace.valueOf(words[2]);
          if (contestant.isDistributed() ? provide(cell.members()) : !warm) {
            warm = true;
            if (pace != Pace.SHORT) {
              rates(contestant, cell.withCallers(8), Pace.WARM_UP);
              if (cluster != null) {
                warmUpSteps(contestant, cell.members(), cluster);
              }
            }
          }
          return measure(contestant, cell, pace).toText();
        });
  }

  /** Every decision a call; with fresh keys each time, since 60 a minute do not last. */
  private static void warmUpSteps(Contestant contestant, int members, Cluster warmed)
      throws RunnerException {
    for (int i = 0; i < MOST_STEPS_WARM_UPS; i++) {
      long compiled = warmed.compiledMillis();
      long start = System.nanoTime();
      rates(contestant, new Cell(Load.STEPS, members, 32), Pace.WARM_UP);
      long millis = (System.nanoTime() - start) / 1_000_000;
      if (Jvm.isWarm(warmed.compiledMillis() - compiled, millis)) {
        return;
      }
    }
  }

  /** Sees to it that there is a cluster of so many; returns whether it is a new one. */
  private static boolean provide(int wanted) {
    if (wanted == members) {
      return false;
    }
    if (cluster != null) {
      cluster.close();
    }
    cluster = wanted == 1 ? Cluster.alone() : Cluster.ofTwo(weir);
    members = wanted;
    return true;
  }

  private static Measurement measure(Contestant contestant, Cell cell, Pace pace)
      throws RunnerException {
    RunResult rates = rates(contestant, cell, pace);
    double medianNanos = Double.NaN;
    double highNanos = Double.NaN;
    if (cell.timed()) {
      Statistics times =
          run(options(contestant, cell, pace)
                  .mode(Mode.SampleTime)
                  .timeUnit(TimeUnit.NANOSECONDS)
                  .warmupTime(TimeValue.milliseconds(pace.warmupMillis(cell.load()) / 3)))
              .getPrimaryResult()
              .getStatistics();
      medianNanos = times.getPercentile(50);
      highNanos = times.getPercentile(99);
    }
    return new Measurement(
        score(rates, MembersProfiler.RATE),
        secondary(rates, MembersProfiler.RATE, rate -> rate.getScoreError() / rate.getScore()),
        score(rates, MembersProfiler.CPU),
        score(rates, "gc.alloc.rate.norm"),
        score(rates, MembersProfiler.OPERATIONS),
        score(rates, "refused") / rates.getPrimaryResult().getScore(),
        medianNanos,
        highNanos);
  }

  private static RunResult rates(Contestant contestant, Cell cell, Pace pace)
      throws RunnerException {
    return run(
        options(contestant, cell, pace)
            .mode(Mode.Throughput)
            .timeUnit(TimeUnit.SECONDS)
            .addProfiler(GCProfiler.class)
            .addProfiler(MembersProfiler.class));
  }

  private static double score(RunResult run, String name) {
    return secondary(run, name, Result::getScore);
  }

  private static double secondary(RunResult run, String name, ToDoubleFunction<Result<?>> figure) {
    Result<?> result = run.getSecondaryResults().get(name);
    return result == null ? Double.NaN : figure.applyAsDouble(result);
  }

  private static ChainedOptionsBuilder options(Contestant contestant, Cell cell, Pace pace) {
    return new OptionsBuilder()
        .include(DecisionBenchmark.class.getName())
        .param("contestant", contestant.name())
        .param("load", cell.load().name())
        .param("mostKeys", Integer.toString(pace.mostKeys))
        .threads(cell.callers())
        .forks(0)
        .syncIterations(false) // with more callers than processors that takes longer than the run
        .warmupIterations(1)
        .warmupTime(TimeValue.milliseconds(pace.warmupMillis(cell.load())))
        .measurementIterations(pace.iterations)
        .measurementTime(
            TimeValue.milliseconds(pace.measurementMillis(cell.load()) / pace.iterations))
        .shouldFailOnError(true);
  }

  private static RunResult run(ChainedOptionsBuilder options) throws RunnerException {
    try {
      return new Runner(options.build()).runSingle();
    } finally {
      DecisionBenchmark.close();
    }
  }
}
