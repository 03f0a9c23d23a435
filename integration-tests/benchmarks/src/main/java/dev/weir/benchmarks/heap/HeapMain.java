package dev.weir.benchmarks.heap;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.weir.benchmarks.lab.Jvm;
import dev.weir.benchmarks.lab.Members;
import dev.weir.benchmarks.lab.OtherMember;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A member in a JVM of its own that takes up keys. Answers {@code fill} with the bytes a key takes
 * right after, and {@code rest} with those once nobody has asked for any for a while.
 */
final class HeapMain {

  private static final MemoryMXBean MEMORY = ManagementFactory.getMemoryMXBean();
  private static final int FILLERS = 8;

  /** The life of an hour window in the map. */
  private static final long TTL_SECONDS = 3_602;

  /** Whom nobody has met for that long is forgotten. */
  private static final long IDLE_MILLIS = 15_000;

  private HeapMain() {}

  /** Arguments: {@code weir} or {@code bare}, and how many keys. */
  public static void main(String[] arguments) throws IOException {
    PrintStream answers = Jvm.takeOutput();
    boolean weir = arguments[0].equals("weir");
    int keys = Integer.parseInt(arguments[1]);
    String address = Members.freeAddress();
    HazelcastInstance member = Members.start(List.of(address), address);
    AtomicLong ahead = new AtomicLong();
    InstantSource clock = () -> Instant.now().plusMillis(ahead.get());
    member.getUserContext().put("dev.weir.clock", clock);
    QuotaStore store = weir ? QuotaStore.hazelcast(member, OtherMember.SETTINGS) : null;
    Policy policy =
        new Policy(
            List.of(
                Budget.of(Budget.PLAN_SCOPE, Limit.parse("60/minute")),
                Budget.of(Budget.PLAN_SCOPE, Limit.parse("1000/hour"))),
            1);
    IMap<byte[], byte[]> map = member.getMap(Members.BARE_MAP);
    Taker taker =
        store == null
            ? key -> map.set(bytes(key), new byte[64], TTL_SECONDS, TimeUnit.SECONDS)
            : key -> store.consume(key, policy);
    long[] empty = new long[1];
    Jvm.serve(
        answers,
        "ready",
        order -> {
          switch (order) {
            case "fill" -> {
              taker.take(new PartitionKey(0, 0));
              empty[0] = used();
              fill(taker, keys);
            }
            case "rest" -> {
              ahead.set(IDLE_MILLIS);
              awaitLeast();
            }
            default -> throw new IllegalArgumentException(order);
          }
          return Double.toString((double) (used() - empty[0]) / keys);
        });
  }

  private interface Taker {
    void take(PartitionKey key);
  }

  private static byte[] bytes(PartitionKey key) {
    return ByteBuffer.allocate(16).putLong(key.high()).putLong(key.low()).array();
  }

  private static void fill(Taker taker, int keys) throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    List<Thread> fillers = new ArrayList<>();
    for (int i = 0; i < FILLERS; i++) {
      SplittableRandom random = new SplittableRandom(i);
      Thread filler =
          new Thread(
              () -> {
                while (next.getAndIncrement() < keys) {
                  taker.take(new PartitionKey(random.nextLong(), random.nextLong()));
                }
              });
      fillers.add(filler);
      filler.start();
    }
    for (Thread filler : fillers) {
      filler.join();
    }
  }

  /** Waits until no less is in use than a few seconds ago. */
  private static void awaitLeast() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int same = 0; same < 4; same++) {
      long now = used();
      if (now < least - least / 100) {
        least = now;
        same = 0;
      }
    }
  }

  /** Returns the bytes that are in use when all that can be collected is. */
  private static long used() throws InterruptedException {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      TimeUnit.MILLISECONDS.sleep(200);
      used = Math.min(used, MEMORY.getHeapMemoryUsage().getUsed());
    }
    return used;
  }
}
