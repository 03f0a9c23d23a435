package dev.weir.benchmarks.decisions;

import dev.weir.benchmarks.lab.Cluster;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * What a decision costs all members: processor time, and operations asked for. And how many are
 * made by the clock on the wall: where there are more callers than processors, JMH's own sum, of
 * each caller by its own clock, comes out too high.
 */
public final class MembersProfiler implements InternalProfiler {

  static final String CPU = "members.cpu";
  static final String OPERATIONS = "members.operations";
  static final String RATE = "members.rate";

  private long cpu;
  private long operations;
  private long start;

  @Override
  public String getDescription() {
    return "Processor time and operations of all members";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    operations = operations();
    cpu = cpu();
    start = System.nanoTime();
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    double seconds = (System.nanoTime() - start) / 1e9;
    double decisions = Math.max(1, result.getMetadata().getAllOps());
    return List.of(
        new ScalarResult(RATE, decisions / seconds, "op/s", AggregationPolicy.AVG),
        new ScalarResult(CPU, (cpu() - cpu) / decisions, "ns/op", AggregationPolicy.AVG),
        new ScalarResult(
            OPERATIONS, (operations() - operations) / decisions, "1/op", AggregationPolicy.AVG));
  }

  private static long cpu() {
    Cluster cluster = Caller.cluster();
    return cluster == null ? Cluster.cpuNanosHere() : cluster.cpuNanos();
  }

  private static long operations() {
    Cluster cluster = Caller.cluster();
    return cluster == null ? 0 : cluster.operations();
  }
}
