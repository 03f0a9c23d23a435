package dev.weir.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.weir.ManualClock;
import dev.weir.key.ApiKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class CachingDirectoryTest {

  private static final ApiKey KNOWN = ApiKey.parse("known");
  private static final ApiKey UNKNOWN = ApiKey.parse("unknown");

  private final ManualClock clock = new ManualClock("2026-11-24T00:00:00Z");
  private final Map<ApiKey, Account> accounts = new HashMap<>(Map.of(KNOWN, Account.of("free")));
  private final List<ApiKey> asked = new ArrayList<>();

  private final AccountDirectory directory =
      key -> {
        asked.add(key);
        return accounts.get(key);
      };

  @Test
  void a_known_key_is_asked_for_each_time_unless_it_may_be_remembered() {
    AccountDirectory cached = directory.cached(Duration.ZERO, Duration.ofSeconds(10), clock);

    assertThat(cached.find(KNOWN).plan()).isEqualTo("free");
    accounts.put(KNOWN, Account.of("pro"));
    assertThat(cached.find(KNOWN).plan()).isEqualTo("pro"); // K8, R12
    accounts.remove(KNOWN);
    assertThat(cached.find(KNOWN)).isNull();
  }

  @Test
  void a_known_key_is_remembered_for_its_time() {
    AccountDirectory cached =
        directory.cached(Duration.ofSeconds(5), Duration.ofSeconds(10), clock);
    cached.find(KNOWN);
    accounts.put(KNOWN, Account.of("pro"));

    clock.advance(Duration.ofMillis(4_999));
    assertThat(cached.find(KNOWN).plan()).isEqualTo("free");
    clock.advance(Duration.ofMillis(1));
    assertThat(cached.find(KNOWN).plan()).isEqualTo("pro");
    assertThat(asked).hasSize(2);
  }

  @Test
  void an_unknown_key_costs_one_call_for_its_time() {
    for (Duration known : List.of(Duration.ZERO, Duration.ofSeconds(60))) {
      asked.clear();
      AccountDirectory cached = directory.cached(known, Duration.ofSeconds(10), clock);

      for (int i = 0; i < 100; i++) {
        assertThat(cached.find(UNKNOWN)).isNull(); // R10
      }
      assertThat(asked).hasSize(1);

      clock.advance(Duration.ofSeconds(10));
      cached.find(UNKNOWN);
      assertThat(asked).hasSize(2);
    }
  }

  @Test
  void a_key_made_a_moment_ago_is_known_when_the_unknown_one_is_forgotten() {
    AccountDirectory cached = directory.cached(Duration.ZERO, Duration.ofSeconds(10), clock);
    cached.find(UNKNOWN);
    accounts.put(UNKNOWN, Account.of("free"));

    assertThat(cached.find(UNKNOWN)).isNull();
    clock.advance(Duration.ofSeconds(10));
    assertThat(cached.find(UNKNOWN)).isEqualTo(Account.of("free"));
  }

  @Test
  void a_failure_is_not_remembered() {
    AccountDirectory broken =
        key -> {
          asked.add(key);
          throw new IllegalStateException("database is away");
        };
    for (Duration known : List.of(Duration.ZERO, Duration.ofSeconds(60))) {
      asked.clear();
      AccountDirectory cached = broken.cached(known, Duration.ofSeconds(10), clock);

      assertThatIllegalStateException().isThrownBy(() -> cached.find(KNOWN));
      assertThatIllegalStateException().isThrownBy(() -> cached.find(KNOWN));
      assertThat(asked).hasSize(2);
    }
  }

  @Test
  void a_flood_of_invented_keys_reaches_the_directory_at_a_bounded_rate() { // I7, R10
    for (Duration known : List.of(Duration.ZERO, Duration.ofMillis(1))) {
      asked.clear();
      AccountDirectory cached = directory.cached(known, Duration.ofSeconds(10), clock);
      cached.find(KNOWN);

      int refused = 0;
      for (int i = 0; i < 5_000; i++) {
        try {
          assertThat(cached.find(ApiKey.parse("invented-" + i))).isNull();
        } catch (IllegalStateException busy) {
          refused++;
        }
      }
      assertThat(refused).isEqualTo(4_000);
      assertThat(asked).hasSize(1_001);

      clock.advance(Duration.ofSeconds(1));
      assertThat(cached.find(ApiKey.parse("invented-4999"))).isNull();
    }
  }

  @Test
  void a_flood_of_invented_keys_does_not_touch_a_key_that_was_known_before() { // I7
    AccountDirectory cached = directory.cached(Duration.ZERO, Duration.ofSeconds(10), clock);
    cached.find(KNOWN);

    for (int i = 0; i < 1_000; i++) {
      cached.find(ApiKey.parse("invented-" + i));
    }

    assertThat(cached.find(KNOWN).plan()).isEqualTo("free");
  }

  @Test
  void new_keys_that_turn_out_to_be_known_do_not_count_as_invented() {
    AccountDirectory cached =
        ((AccountDirectory) key -> Account.of("free"))
            .cached(Duration.ZERO, Duration.ofSeconds(10), clock);

    for (int i = 0; i < 5_000; i++) {
      assertThat(cached.find(ApiKey.parse("customer-" + i))).isNotNull();
    }
  }

  @Test
  void a_slow_directory_is_asked_for_few_invented_keys_at_a_time() { // I7
    for (Duration known : List.of(Duration.ZERO, Duration.ofMinutes(1))) {
      CompletableFuture<Void> answer = new CompletableFuture<>();
      AtomicInteger waiting = new AtomicInteger();
      AccountDirectory slow =
          key -> {
            if (!key.equals(KNOWN)) {
              waiting.incrementAndGet();
              answer.join();
            }
            return accounts.get(key);
          };
      AccountDirectory cached = slow.cached(known, Duration.ofSeconds(10), clock);
      cached.find(KNOWN);
      clock.advance(Duration.ofMinutes(2)); // what is remembered of it is over

      List<CompletableFuture<Account>> strangers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        ApiKey invented = ApiKey.parse("invented-" + i % 80); // some of them twice
        strangers.add(inThread(() -> cached.find(invented)));
      }
      await()
          .untilAsserted(
              () ->
                  assertThat(strangers)
                      .filteredOn(CompletableFuture::isCompletedExceptionally)
                      .hasSize(36));
      assertThat(waiting.get()).isBetween(1, 64);
      assertThat(cached.find(KNOWN).plan()).isEqualTo("free");

      answer.complete(null);
      await().until(() -> strangers.stream().allMatch(CompletableFuture::isDone));
      assertThat(cached.find(ApiKey.parse("invented-new"))).isNull();
    }
  }

  @Test
  void one_call_answers_all_who_ask_for_a_key_at_once_if_it_may_be_remembered() {
    for (boolean fails : List.of(false, true)) {
      CompletableFuture<Account> answer = new CompletableFuture<>();
      AtomicInteger calls = new AtomicInteger();
      AccountDirectory slow =
          key -> {
            calls.incrementAndGet();
            return answer.join();
          };
      AccountDirectory cached = slow.cached(Duration.ofMinutes(1), Duration.ofSeconds(10), clock);

      List<Thread> callers = Collections.synchronizedList(new ArrayList<>());
      List<CompletableFuture<Account>> answers = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        answers.add(
            inThread(
                () -> {
                  callers.add(Thread.currentThread());
                  return cached.find(KNOWN);
                }));
      }
      await()
          .until(
              () ->
                  callers.size() == 10
                      && callers.stream().allMatch(c -> c.getState() == Thread.State.WAITING));
      if (fails) {
        answer.completeExceptionally(new IllegalStateException("database is away"));
      } else {
        answer.complete(Account.of("free"));
      }
      await().until(() -> answers.stream().allMatch(CompletableFuture::isDone));

      assertThat(calls).hasValue(1);
      assertThat(answers).allMatch(found -> found.isCompletedExceptionally() == fails);
    }
  }

  private static <T> CompletableFuture<T> inThread(Supplier<T> task) {
    return CompletableFuture.supplyAsync(task, command -> new Thread(command).start());
  }
}
