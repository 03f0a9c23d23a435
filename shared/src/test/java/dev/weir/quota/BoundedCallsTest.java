package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BoundedCallsTest {

  /** One thread, and room for one call more. */
  private final BoundedCalls calls = new BoundedCalls(Duration.ofMillis(200), 1, 1);

  private final BoundedCalls patient = new BoundedCalls(Duration.ofMinutes(1), 1, 1);

  private final CountDownLatch released = new CountDownLatch(1);

  @AfterEach
  void release() {
    released.countDown();
    calls.close();
    patient.close();
  }

  @Test
  void a_call_runs_on_a_daemon_thread_of_its_own() throws Exception {
    Thread thread = calls.call(Thread::currentThread);

    assertThat(thread.getName()).isEqualTo("weir-quota-1");
    assertThat(thread.isDaemon()).isTrue();
    assertThat(thread).isNotSameAs(Thread.currentThread());
  }

  @Test
  void a_fault_reaches_the_caller() {
    assertThatThrownBy(
            () ->
                calls.call(
                    () -> {
                      throw new IllegalStateException("on purpose");
                    }))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("on purpose");
  }

  @Test
  void a_call_that_nobody_waits_for_any_more_is_not_begun() throws Exception {
    stall();
    AtomicBoolean begun = new AtomicBoolean();

    assertThatThrownBy(() -> calls.call(() -> begun.getAndSet(true)))
        .isInstanceOf(TimeoutException.class);
    released.countDown();
    calls.call(() -> null); // whatever was queued before is over when this is

    assertThat(begun).isFalse();
  }

  @Test
  void an_abandoned_call_makes_room_for_another() {
    stall();

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> calls.call(() -> null)).isInstanceOf(TimeoutException.class);
    }
  }

  @Test
  void a_call_too_many_is_refused_at_once() throws Exception {
    CompletableFuture<?> running = stallForLong();
    CompletableFuture<?> one = inBackground(() -> patient.call(() -> null));
    CompletableFuture<?> other = inBackground(() -> patient.call(() -> null));

    assertThatThrownBy(() -> CompletableFuture.anyOf(one, other).get(5, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(RejectedExecutionException.class);
    assertThat(one.isDone() && other.isDone()).isFalse(); // the other waits
    assertThat(running).isNotDone();
  }

  @Test
  void an_interrupt_ends_the_wait_and_not_the_call() throws Exception {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread.currentThread().interrupt();

    assertThatThrownBy(
            () ->
                calls.call(
                    () -> {
                      released.await();
                      return interrupted.complete(Thread.currentThread().isInterrupted());
                    }))
        .isInstanceOf(InterruptedException.class);
  }

  @Test
  void closing_drops_what_has_not_begun_and_lets_the_rest_end() throws Exception {
    CompletableFuture<?> running = stallForLong();
    CompletableFuture<?> one = inBackground(() -> patient.call(() -> null));
    CompletableFuture<?> other = inBackground(() -> patient.call(() -> null));
    await().until(() -> one.isDone() || other.isDone()); // refused, so the other is queued
    CompletableFuture<?> queued = one.isDone() ? other : one;
    patient.close();

    assertThatThrownBy(() -> queued.get(5, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
    assertThatThrownBy(() -> patient.call(() -> null)).isInstanceOf(CancellationException.class);
    released.countDown();
    assertThat(running.get(5, TimeUnit.SECONDS)).isEqualTo("ended");
  }

  private CompletableFuture<?> stallForLong() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<?> running =
        inBackground(
            () ->
                patient.call(
                    () -> {
                      begun.countDown();
                      released.await();
                      return "ended";
                    }));
    begun.await();
    return running;
  }

  /** Keeps the only thread busy until {@link #released}. */
  private void stall() {
    assertThatThrownBy(
            () ->
                calls.call(
                    () -> {
                      released.await();
                      return null;
                    }))
        .isInstanceOf(TimeoutException.class);
  }

  private interface Work {
    Object run() throws Exception;
  }

  private static CompletableFuture<?> inBackground(Work work) {
    CompletableFuture<Object> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(work.run());
              } catch (Exception fault) {
                result.completeExceptionally(fault);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return result;
  }
}
