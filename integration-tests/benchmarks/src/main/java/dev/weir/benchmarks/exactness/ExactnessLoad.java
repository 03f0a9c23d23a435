package dev.weir.benchmarks.exactness;

import dev.weir.benchmarks.lab.Cluster;
import dev.weir.benchmarks.lab.Options;
import dev.weir.benchmarks.lab.OtherMember;
import dev.weir.benchmarks.lab.Report;
import dev.weir.benchmarks.lab.Table;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Offers five times what a limit allows, from two members at once, within one window: all at once,
 * or evenly over most of the window.
 */
public final class ExactnessLoad {

  private static final long PERMITS = 10_000;
  private static final int ROUNDS = 3;

  /** By both members together. */
  private static final int TIMES = 5;

  private ExactnessLoad() {}

  /** Makes all runs. */
  public static Report run(Options options, Consumer<String> progress) {
    Duration period = Duration.ofSeconds(options.isShort() ? 6 : 60);
    int requests = (int) (TIMES * PERMITS / 2);
    Table table = new Table("run", "offered", "admitted", "steps per decision here");
    List<Long> results = new ArrayList<>();
    SplittableRandom random = new SplittableRandom();
    try (Cluster cluster = Cluster.ofTwo(true);
        QuotaStore store = QuotaStore.hazelcast(cluster.instance(), OtherMember.SETTINGS)) {
      for (int round = 1; round <= options.roundsOr(ROUNDS); round++) {
        for (Duration over : List.of(Duration.ZERO, period.multipliedBy(2).dividedBy(3))) {
          String name =
              (over.isZero() ? "burst " : "paced over %d s ".formatted(over.toSeconds())) + round;
          progress.accept(name);
          PartitionKey key = new PartitionKey(random.nextLong(), random.nextLong());
          Offer offer = new Offer(key, PERMITS, period, requests, over);
          awaitWindow(period);
          long before = cluster.operations();
          CompletableFuture<String> others =
              CompletableFuture.supplyAsync(
                  () -> cluster.askOther(offer.toString()), work -> new Thread(work).start());
          long admitted = make(offer, store) + Long.parseLong(others.join());
          results.add(admitted);
          table.add(
              name,
              Table.figure(2.0 * requests),
              Long.toString(admitted),
              Table.figure((double) (cluster.operations() - before) / requests));
        }
      }
    }
    Report report = new Report();
    report.add(
        "one key, %,d per %d s, offered by two members".formatted(PERMITS, period.toSeconds()),
        table);
    report.target(
        "runs that admitted exactly %,d".formatted(PERMITS),
        "all %d".formatted(results.size()),
        (double) results.stream().filter(admitted -> admitted == PERMITS).count(),
        exact -> exact == results.size());
    report.note(Report.conditions());
    return report;
  }

  private static long make(Offer offer, QuotaStore store) {
    try {
      return offer.make(store);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(stop);
    }
  }

  /** Waits for the beginning of a window. */
  private static void awaitWindow(Duration period) {
    long millis = period.toMillis();
    long left = millis - System.currentTimeMillis() % millis;
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(left + 100));
  }
}
