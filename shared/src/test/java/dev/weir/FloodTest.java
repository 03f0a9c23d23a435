package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.weir.config.Configuration;
import dev.weir.http.Answer;
import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.QuotaStore;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What callers can make up is bounded, and harms nobody who is real (design invariant I7). */
class FloodTest {

  private static final String FILE =
      """
      plans:
        starter: { limits: [100/day, 50/hour sliding-log] }
      anonymous: { limits: [3/day], trusted-proxies: [192.0.2.1], header: x-forwarded-for }
      directory: { cache: 60s }
      """;

  private static final int REAL = 100;
  private static final int KEYS_PER_SECOND = 20_000;
  private static final long MEGABYTE = 1 << 20;

  private final ManualClock clock = new ManualClock("2026-11-24T12:00:00Z");
  private final AtomicInteger asked = new AtomicInteger();
  private HazelcastInstance member;
  private Weir weir;

  @BeforeEach
  void open() {
    Config config = new Config().setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
    config.setProperty("hazelcast.local.localAddress", "127.0.0.1");
    config.setProperty("hazelcast.socket.bind.any", "false");
    member = Hazelcast.newHazelcastInstance(config);
    weir =
        Weir.builder()
            .configuration(Configuration.parse("flood.yaml", FILE))
            .directory(this::find)
            .clock(clock)
            .store(
                QuotaStore.hazelcast(
                    member, ClusterSettings.DEFAULT.withDeadline(Duration.ofSeconds(10))))
            .build();
    IntStream.range(0, REAL).forEach(i -> assertThat(remaining(i)).isEqualTo("49"));
  }

  @AfterEach
  void close() {
    weir.close();
    member.shutdown();
  }

  private Account find(ApiKey key) {
    asked.incrementAndGet();
    return key.value().startsWith("customer-") ? Account.of("starter") : null;
  }

  @Test
  void half_a_million_invented_keys_leave_nothing_behind_and_reach_the_directory_as_a_trickle() {
    asked.set(0);
    assertThat(growth(() -> flood(500_000, this::inventedKey))).isLessThan(50 * MEGABYTE);

    long seconds = 1 + 500_000 / KEYS_PER_SECOND;
    assertThat(asked.get()).isLessThanOrEqualTo((int) seconds * 1_000);
    assertThat(keys()).hasSize(REAL);
    IntStream.range(0, REAL).forEach(i -> assertThat(remaining(i)).isEqualTo("48"));
  }

  @Test
  void invented_addresses_make_room_for_one_another_and_for_no_customer() {
    assertThat(growth(() -> flood(150_000, this::inventedAddress))).isLessThan(200 * MEGABYTE);

    assertThat(addresses().size()).isBetween(50_000, QuotaStore.MAX_ADDRESSES * 11 / 10);
    assertThat(keys()).hasSize(REAL);
    IntStream.range(0, REAL).forEach(i -> assertThat(remaining(i)).isEqualTo("48"));
  }

  @Test
  void headers_without_end_are_no_keys_and_are_not_remembered() {
    asked.set(0);
    String endless = "x".repeat(100_000);
    assertThat(growth(() -> flood(10_000, i -> assertThat(status(endless + i)).isEqualTo(401))))
        .isLessThan(20 * MEGABYTE);

    assertThat(asked).hasValue(0);
    assertThat(keys()).hasSize(REAL);
  }

  private void inventedKey(int number) {
    if (number % KEYS_PER_SECOND == 0) {
      clock.advance(Duration.ofSeconds(1));
    }
    int status = status("invented-" + number);
    if (status != 401 && status != 503) {
      fail("status " + status);
    }
  }

  private void inventedAddress(int number) {
    Requests request =
        Requests.get("/")
            .with("X-Forwarded-For", "2001:db8:%x:%x::1".formatted(number >>> 16, number & 0xFFFF));
    Answer answer = weir.judge(request, null, null);
    assertThat(answer.headers()).containsEntry("X-RateLimit-Remaining", "2");
  }

  private static void flood(int size, IntConsumer request) {
    IntStream.range(0, 4)
        .parallel()
        .forEach(part -> IntStream.range(part * size / 4, (part + 1) * size / 4).forEach(request));
  }

  /** Returns by how many bytes what is on the heap grows. */
  private static long growth(Runnable action) {
    long before = used();
    action.run();
    return used() - before;
  }

  private static long used() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private int status(String key) {
    return weir.judge(Requests.get("/").with("X-API-Key", key), null, null).status();
  }

  private String remaining(int customer) {
    Requests request = Requests.get("/").with("X-API-Key", "customer-" + customer);
    return weir.judge(request, null, null).headers().get("X-RateLimit-Remaining");
  }

  private Map<byte[], byte[]> keys() {
    return member.getMap(ClusterSettings.DEFAULT.map());
  }

  private Map<byte[], byte[]> addresses() {
    return member.getMap(ClusterSettings.DEFAULT.map() + "-addresses");
  }
}
