package dev.weir.cluster;

import dev.weir.plan.Policy;
import dev.weir.quota.BudgetStatus;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Requests of a few subjects without end, in bursts, counted by the window that each is told it was
 * charged to. Of each subject the node falls silent now and then, with leases in its hands.
 */
final class WindowLoad {

  private static final int MAX_BURST = 20;

  private static final long SLICE_MILLIS = 400;

  /** Of so many slices a subject is silent in one. */
  private static final int SILENT = 4;

  private record Subject(PartitionKey key, List<Policy> policies) {}

  /** A window of a budget of a subject. */
  record Window(int subject, long budget, long end) {}

  /** What happened in a window: permits admitted, and when a request was first refused for it. */
  record Count(long admitted, long refusedMillis) {

    Count plus(Count other) {
      return new Count(admitted + other.admitted, Math.min(refusedMillis, other.refusedMillis));
    }
  }

  private static final class Counter {
    private final AtomicLong admitted = new AtomicLong();
    private final AtomicLong refusedMillis = new AtomicLong(Long.MAX_VALUE);
  }

  private final QuotaStore store;
  private final Map<Window, Counter> counters = new ConcurrentHashMap<>();
  private final AtomicInteger undecided = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean on;

  WindowLoad(QuotaStore store) {
    this.store = store;
  }

  /** Words: threads, a seed, then of each subject {@code key=policy;policy...}. */
  void start(List<String> words) {
    counters.clear();
    undecided.set(0);
    threads.clear();
    on = true;
    long seed = Long.parseLong(words.get(1));
    List<Subject> subjects = words.stream().skip(2).map(WindowLoad::subject).toList();
    for (int i = 0; i < Integer.parseInt(words.get(0)); i++) {
      Random random = new Random(seed + i);
      Thread thread = new Thread(() -> run(subjects, seed, random));
      threads.add(thread);
      thread.start();
    }
  }

  private static Subject subject(String text) {
    String[] parts = text.split("=", 2);
    return new Subject(
        Text.key(parts[0]), Arrays.stream(parts[1].split(";", -1)).map(Text::policy).toList());
  }

  private void run(List<Subject> subjects, long seed, Random random) {
    while (on) {
      int index = random.nextInt(subjects.size());
      Subject subject = subjects.get(index);
      Policy policy = subject.policies.get(random.nextInt(subject.policies.size()));
      if (!isSilent(index, seed)) {
        for (int i = random.nextInt(MAX_BURST); i >= 0; i--) {
          request(index, subject.key, policy);
        }
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private static boolean isSilent(int subject, long seed) {
    long slice = System.currentTimeMillis() / SLICE_MILLIS;
    return new Random(seed * 31 + slice * 1_009 + subject).nextInt(SILENT) == 0;
  }

  private void request(int index, PartitionKey key, Policy policy) {
    Consumption consumption = store.consume(key, policy);
    for (BudgetStatus status : consumption.budgets()) {
      Counter counter =
          counters.computeIfAbsent(
              new Window(index, status.budget().id(), status.resetMillis()),
              window -> new Counter());
      if (consumption.verdict() == Consumption.Verdict.GRANTED) {
        counter.admitted.addAndGet(policy.cost());
      } else if (status.waitMillis() > 0) {
        counter.refusedMillis.accumulateAndGet(consumption.nowMillis(), Math::min);
      }
    }
    if (consumption.verdict() == Consumption.Verdict.UNDECIDED) {
      undecided.incrementAndGet();
    }
  }

  void stop() throws InterruptedException {
    on = false;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Returns how many requests were undecided, and each window, in words {@link #read} reads. */
  String counts() {
    return undecided
        + counters.entrySet().stream()
            .map(
                entry ->
                    " %d:%d:%d:%d:%d"
                        .formatted(
                            entry.getKey().subject,
                            entry.getKey().budget,
                            entry.getKey().end,
                            entry.getValue().admitted.get(),
                            entry.getValue().refusedMillis.get()))
            .collect(Collectors.joining());
  }

  /** Reads what {@link #counts} returned, all but the first word. */
  static Map<Window, Count> read(List<String> words) {
    return words.stream()
        .map(word -> word.split(":", -1))
        .collect(
            Collectors.toMap(
                word ->
                    new Window(
                        Integer.parseInt(word[0]),
                        Long.parseLong(word[1]),
                        Long.parseLong(word[2])),
                word -> new Count(Long.parseLong(word[3]), Long.parseLong(word[4]))));
  }
}
