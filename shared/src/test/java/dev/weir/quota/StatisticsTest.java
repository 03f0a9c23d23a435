package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.freshKey;
import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.quota.Consumption.Verdict;
import dev.weir.quota.Statistics.Fault;
import dev.weir.quota.Statistics.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatisticsTest {

  private static final long NOON = 1_711_454_400_000L;

  private static final Policy REFUSING = new Policy(policy("5/day").budgets(), 1, OnFailure.REFUSE);

  private static final TestClock clock = new TestClock();
  private static HazelcastInstance member;

  private final WatchedMap watched = new WatchedMap();
  private final PartitionKey key = freshKey();
  private QuotaStore store;
  private Statistics statistics;

  /** {@code fault in nanos}, one for each call. */
  private final List<String> calls = Collections.synchronizedList(new ArrayList<>());

  @BeforeAll
  static void join() {
    member = EmbeddedMember.start(ClusterSettings.DEFAULT, clock);
  }

  @AfterAll
  static void leave() {
    member.shutdown();
  }

  @BeforeEach
  void open() {
    clock.set(NOON);
    store = open(member, Duration.ofMillis(300));
    statistics = store.statistics();
    statistics.listen((fault, nanos) -> calls.add(fault + " in " + nanos));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private QuotaStore open(HazelcastInstance instance, Duration deadline) {
    return HazelcastQuotaStore.over(
        HazelcastConnection.to(watched.in(instance)),
        ClusterSettings.DEFAULT.withDeadline(deadline),
        Balances.NONE);
  }

  @Test
  void requests_are_counted_by_what_decided_them() {
    for (int i = 0; i < 5; i++) {
      store.consume(key, policy("1/day"));
    }

    assertThat(statistics.decided(Source.CLUSTER)).isEqualTo(2); // one granted, one refused
    assertThat(statistics.decided(Source.REFUSAL)).isEqualTo(3);
    assertThat(statistics.decided(Source.LEASE)).isZero();
    assertThat(statistics.decided(Source.ON_FAILURE)).isZero();
    assertThat(calls).containsExactly("null in 0", "null in 0");
    assertThat(statistics.isDegraded()).isFalse();
  }

  @Test
  void a_request_that_costs_credits_is_counted_once_however_often_it_asks() {
    Policy paid = new Policy(policy("9/day").budgets(), 1, OnFailure.LOCAL, 5, 20);

    store.consume(key, paid); // and is told in between what there is

    assertThat(statistics.decided(Source.CLUSTER)).isEqualTo(1);
    assertThat(calls).hasSize(3);
  }

  @Test
  void every_request_that_takes_from_a_lease_is_counted_now_and_when_it_has_ended() {
    HazelcastInstance ticking =
        EmbeddedMember.start(ClusterSettings.DEFAULT, InstantSource.system());
    QuotaStore busy = open(ticking, Duration.ofSeconds(5));
    try {
      Statistics own = busy.statistics();
      int granted = 0;
      while (own.decided(Source.LEASE) == 0 || granted < 2_000) {
        assertThat(busy.consume(key, policy("10000000/day")).verdict()).isEqualTo(Verdict.GRANTED);
        granted++;
      }
      assertThat(own.decided(Source.CLUSTER)).isPositive();
      assertThat(own.decided(Source.LEASE) + own.decided(Source.CLUSTER)).isEqualTo(granted);

      busy.close();

      assertThat(own.decided(Source.LEASE) + own.decided(Source.CLUSTER)).isEqualTo(granted);
    } finally {
      busy.close();
      ticking.shutdown();
    }
  }

  @Test
  void a_call_that_fails_is_an_error_and_the_time_without_answers_counts_until_it_is_over() {
    watched.does(
        () -> {
          throw new IllegalStateException("a fault of the cluster, on purpose");
        });
    store.consume(key, REFUSING);

    assertThat(errors()).containsExactly("OTHER 1");
    assertThat(calls).containsExactly("OTHER in 0");
    assertThat(statistics.decided(Source.ON_FAILURE)).isEqualTo(1);
    assertThat(statistics.isDegraded()).isTrue();
    assertThat(statistics.degradedTime()).isZero();

    watched.does(null);
    clock.set(NOON + 1_000);
    assertThat(statistics.isDegraded()).isTrue(); // it is not quiet for long enough
    assertThat(statistics.degradedTime()).isEqualTo(Duration.ofSeconds(1));

    clock.set(NOON + 6_000);
    await().until(() -> !statistics.isDegraded());
    clock.set(NOON + 60_000);
    assertThat(statistics.degradedTime()).isEqualTo(Duration.ofSeconds(6));
  }

  @Test
  void a_call_that_is_given_up_is_late_once_whatever_becomes_of_it() {
    CountDownLatch stalled = new CountDownLatch(1);
    watched.does(
        () -> {
          clock.set(NOON + 300);
          stalled.await();
          throw new IllegalStateException("a fault of the cluster, on purpose");
        });
    store.consume(key, REFUSING);

    assertThat(errors()).containsExactly("SLOW 1");
    assertThat(calls).containsExactly("SLOW in 300000000");

    stalled.countDown();
    store.close(); // waits for that call
    assertThat(errors()).containsExactly("SLOW 1");
    assertThat(calls).hasSize(1);
  }

  @Test
  void a_look_is_a_call_but_no_decision() {
    store.peek(key, policy("1/day"));
    watched.does(() -> null);
    store.peek(key, policy("1/day"));

    assertThat(calls).containsExactly("null in 0", "LOCKED in 0");
    assertThat(errors()).containsExactly("LOCKED 1");
    assertThat(Arrays.stream(Source.values()).mapToLong(statistics::decided)).containsOnly(0L);
  }

  @Test
  void a_store_that_is_closed_is_not_degraded_any_more() {
    watched.does(() -> null);
    store.consume(key, REFUSING);

    store.close();
    clock.set(NOON + 9_000);
    store.consume(key, REFUSING);
    store.peek(key, REFUSING);

    assertThat(statistics.isDegraded()).isFalse();
    assertThat(statistics.degradedTime()).isZero();
  }

  @Test
  void a_listener_that_fails_harms_nobody() {
    statistics.listen(
        (fault, nanos) -> {
          throw new IllegalStateException("a fault of a listener, on purpose");
        });
    statistics.listen((fault, nanos) -> calls.add("told as well"));

    assertThat(store.consume(key, REFUSING).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(calls).containsExactly("null in 0", "told as well");
  }

  @Test
  void a_flight_recording_has_calls_and_degradations(@TempDir Path folder) throws IOException {
    List<RecordedEvent> events;
    try (Recording recording = new Recording()) {
      recording.start();
      store.consume(key, REFUSING);
      watched.does(() -> null);
      store.consume(key, REFUSING);
      clock.set(NOON + 6_000);
      await().until(() -> !statistics.isDegraded());
      recording.stop();
      recording.dump(folder.resolve("weir.jfr"));
      events = RecordingFile.readAllEvents(folder.resolve("weir.jfr"));
    }

    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("dev.weir.ClusterCall"))
        .extracting(event -> event.getString("result"))
        .containsExactlyInAnyOrder("ok", "locked");
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("dev.weir.Degraded"))
        .extracting(event -> event.getBoolean("degraded"))
        .containsExactlyInAnyOrder(true, false);
  }

  @Test
  void a_store_within_one_process_has_nothing_to_tell() {
    try (QuotaStore memory = QuotaStore.inMemory(clock)) {
      memory.consume(key, policy("1/day"));

      Statistics none = memory.statistics();
      assertThat(Arrays.stream(Source.values()).mapToLong(none::decided)).containsOnly(0L);
      assertThat(none.isDegraded()).isFalse();
      assertThat(none.degradedTime()).isZero();
    }
  }

  private List<String> errors() {
    return Arrays.stream(Fault.values())
        .filter(fault -> statistics.errors(fault) > 0)
        .map(fault -> fault + " " + statistics.errors(fault))
        .toList();
  }
}
