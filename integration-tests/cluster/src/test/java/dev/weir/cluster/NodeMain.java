package dev.weir.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.BuildInfoProvider;
import com.hazelcast.partition.Partition;
import dev.weir.plan.Policy;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.Consumption;
import dev.weir.quota.Consumption.Verdict;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.RepeatedCalls;
import dev.weir.quota.TestClock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Collectors;

/**
 * A node in a process of its own: opens a store on an embedded member and obeys lines of its
 * standard input, {@code id TAB command TAB arguments}, each answered with {@code @id TAB answer}.
 * Ends with its input.
 */
final class NodeMain {

  /** In place of a clock's time: the system's. */
  static final String REAL_TIME = "real";

  private final TestClock clock = new TestClock();
  private final PrintStream answers;
  private final QuotaStore store;
  private final Load load = new Load();
  private final RepeatedCalls calls;
  private final WindowLoad windows;

  private NodeMain(PrintStream answers, String[] arguments) {
    this.answers = answers;
    ClusterSettings settings =
        new ClusterSettings(
            ClusterSettings.Store.HAZELCAST,
            "weir-quotas",
            1,
            null,
            null,
            null,
            "cluster-tests",
            Arrays.asList(arguments[0].split(",", -1)),
            false,
            arguments[1],
            Duration.ofSeconds(10), // what is slow here is the machine, not the cluster
            0);
    if (arguments[2].equals(REAL_TIME)) {
      this.calls = new RepeatedCalls(Integer.parseInt(arguments[3]));
      this.store = calls.open(settings);
    } else {
      this.calls = new RepeatedCalls(0);
      clock.set(Long.parseLong(arguments[2])); // before the member joins and counts
      this.store = QuotaStore.open(settings, clock);
    }
    this.windows = new WindowLoad(store);
  }

  /**
   * Arguments: all members, separated by commas; which of them this one is; what time it is. In
   * place of that {@link #REAL_TIME}, and how many of a thousand calls run twice.
   */
  public static void main(String[] arguments) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err); // whatever libraries print is no answer
    NodeMain node = new NodeMain(answers, arguments);
    answers.println("@0\t" + node.store.describe());
    node.obey(new BufferedReader(new InputStreamReader(System.in, UTF_8)));
    Runtime.getRuntime().halt(0);
  }

  private void obey(BufferedReader input) throws IOException {
    ExecutorService threads = Executors.newCachedThreadPool();
    String line;
    while ((line = input.readLine()) != null) {
      String[] words = line.split("\t", -1);
      threads.execute(
          () -> {
            String answer;
            try {
              answer = answer(words);
            } catch (Exception | LinkageError fault) {
              answer = "! " + fault;
            }
            answers.println("@" + words[0] + "\t" + answer);
          });
    }
  }

  private String answer(String[] words) throws Exception {
    switch (words[1]) {
      case "clock" -> clock.set(Long.parseLong(words[2]));
      case "consume" -> {
        PartitionKey key = Text.key(words[2]);
        Policy policy = Text.policy(words[3]);
        return Text.of(
            words.length == 4
                ? store.consume(key, policy)
                : store.consume(key, policy, Text.order(words[4])));
      }
      case "order" -> store.order(Text.key(words[2]), Text.order(words[3]));
      case "settle" -> store.settle(Text.key(words[2]), Text.order(words[3]), 0);
      case "refund" -> store.refund(Text.key(words[2]), Long.parseLong(words[3]));
      case "grant" -> {
        return Text.of(
            store.grant(Text.key(words[2]), Objects.requireNonNull(Text.balance(words[3]))));
      }
      case "peek" -> {
        return Text.of(store.peek(Text.key(words[2]), Text.policy(words[3])));
      }
      case "storm" -> {
        return storm(Integer.parseInt(words[2]), Arrays.asList(words).subList(3, words.length));
      }
      case "load" -> load.start(words);
      case "loaded" -> {
        return Integer.toString(load.calls.get());
      }
      case "unload" -> {
        return load.stop();
      }
      case "load-windows" -> windows.start(Arrays.asList(words).subList(2, words.length));
      case "unload-windows" -> windows.stop();
      case "windows" -> {
        return windows.counts();
      }
      case "calls" -> {
        return Integer.toString(calls.calls());
      }
      case "repeated" -> {
        return Integer.toString(calls.repeated());
      }
      case "in-a-row" -> {
        return inARow(Text.key(words[2]), Integer.parseInt(words[3]), words);
      }
      case "owners" -> {
        return owners();
      }
      case "hazelcast" -> {
        return BuildInfoProvider.getBuildInfo().getVersion();
      }
      case "close" -> store.close();
      default -> throw new IllegalArgumentException("no such command: " + words[1]);
    }
    return "done";
  }

  /**
   * Makes requests in random order, from many threads at once. Each order reads key, how many
   * requests, policy, in three words; the answer holds for each how many were granted, refused and
   * left undecided.
   */
  private String storm(int threads, List<String> words) throws Exception {
    int orders = words.size() / 3;
    AtomicIntegerArray counts = new AtomicIntegerArray(3 * orders);
    List<Callable<Integer>> requests = new ArrayList<>();
    for (int order = 0; order < orders; order++) {
      PartitionKey key = Text.key(words.get(3 * order));
      int times = Integer.parseInt(words.get(3 * order + 1));
      Policy policy = Text.policy(words.get(3 * order + 2));
      int base = 3 * order;
      requests.addAll(
          Collections.nCopies(
              times,
              () -> counts.incrementAndGet(base + column(store.consume(key, policy).verdict()))));
    }
    Collections.shuffle(requests, new Random(17));
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    for (Future<Integer> request : pool.invokeAll(requests)) {
      request.get();
    }
    pool.shutdown();
    return counts.toString();
  }

  /**
   * Makes requests one after the other, by one of the policies at random each. Returns what the
   * first budget of each had left, -1 where it was not granted.
   */
  private String inARow(PartitionKey key, int requests, String[] words) {
    List<Policy> policies = Arrays.stream(words).skip(4).map(Text::policy).toList();
    Random random = new Random(17);
    List<String> left = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      Consumption answer = store.consume(key, policies.get(random.nextInt(policies.size())));
      boolean granted = answer.verdict() == Verdict.GRANTED;
      left.add(granted ? Long.toString(answer.budgets().get(0).remaining()) : "-1");
    }
    return String.join(" ", left);
  }

  private static int column(Verdict verdict) {
    return switch (verdict) {
      case GRANTED -> 0;
      case REFUSED, NO_SLOT, NO_CREDITS -> 1;
      case UNDECIDED -> 2;
    };
  }

  /** Returns how many members there are, whether backups are complete, and how many own data. */
  private static String owners() {
    HazelcastInstance member = Hazelcast.getAllHazelcastInstances().iterator().next();
    long owners =
        member.getPartitionService().getPartitions().stream()
            .map(Partition::getOwner)
            .distinct()
            .count();
    return member.getCluster().getMembers().size()
        + " "
        + owners
        + " "
        + member.getPartitionService().isClusterSafe();
  }

  /**
   * Requests without end, from a few threads. They go from key to key, a fixed number of requests
   * each, so that at every moment some budget is being used up.
   */
  private final class Load {

    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger undecided = new AtomicInteger();
    private final Map<Integer, Integer> grants = new ConcurrentSkipListMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean on;

    /** Words: threads, the high half of every key, requests for each key, policy. */
    void start(String[] words) {
      long high = Long.parseLong(words[3]);
      int perKey = Integer.parseInt(words[4]);
      Policy policy = Text.policy(words[5]);
      next.set(0);
      calls.set(0);
      undecided.set(0);
      grants.clear();
      threads.clear();
      on = true;
      for (int i = 0; i < Integer.parseInt(words[2]); i++) {
        Thread thread =
            new Thread(
                () -> {
                  while (on) {
                    request(high, next.getAndIncrement() / perKey, policy);
                  }
                });
        threads.add(thread);
        thread.start();
      }
    }

    private void request(long high, int low, Policy policy) {
      Verdict verdict = store.consume(new PartitionKey(high, low), policy).verdict();
      if (verdict == Verdict.GRANTED) {
        grants.merge(low, 1, Integer::sum);
      } else if (verdict == Verdict.UNDECIDED) {
        undecided.incrementAndGet();
      }
      calls.incrementAndGet();
    }

    /** Returns how many calls were made, how many answered, how many undecided, and the grants. */
    String stop() throws InterruptedException {
      on = false;
      for (Thread thread : threads) {
        thread.join();
      }
      return "%d %d %d %s"
          .formatted(
              next.get(),
              calls.get(),
              undecided.get(),
              new TreeMap<>(grants)
                  .entrySet().stream()
                      .map(grant -> grant.getKey() + ":" + grant.getValue())
                      .collect(Collectors.joining(",")));
    }
  }
}
