package dev.weir.quota;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls that can neither be timed out nor interrupted, on threads of its own, so that a
 * caller waits no longer than a bound.
 *
 * <p>The threads are few, daemons, and end when idle. None is ever interrupted: Hazelcast writes to
 * its sockets on the calling thread, and an interrupt would close them. It leaves thread-locals
 * behind as well, which these threads take with them when the application is undeployed.
 */
final class BoundedCalls implements AutoCloseable {

  /** Each waits for one call most of its time, a fraction of a millisecond. */
  private static final int THREADS = 16;

  /** More than servers have request threads: each queued call has a caller that waits for it. */
  private static final int MAX_QUEUED = 10_000;

  private static final Duration IDLE = Duration.ofSeconds(30);

  private static final Duration LAST_CALLS = Duration.ofSeconds(1);

  /** More than that are not added for those that are stuck. */
  private static final int MAX_THREADS = 128;

  private final Duration bound;
  private final int threads;
  private final ThreadPoolExecutor pool;
  private int stuck;

  BoundedCalls(Duration bound) {
    this(bound, THREADS, MAX_QUEUED);
  }

  /** For work that does not wait itself: more threads would only take turns. */
  static BoundedCalls few(Duration bound) {
    int processors = Runtime.getRuntime().availableProcessors();
    return new BoundedCalls(bound, Math.max(1, Math.min(8, processors / 4)), MAX_QUEUED);
  }

  BoundedCalls(Duration bound, int threads, int maxQueued) {
    this.bound = bound;
    this.threads = threads;
    this.pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(maxQueued),
            threads("weir-quota"));
    pool.allowCoreThreadTimeOut(true);
  }

  /** Returns what makes daemon threads with the loader of this class, numbered after this name. */
  static ThreadFactory threads(String name) {
    AtomicInteger number = new AtomicInteger();
    return work -> {
      Thread thread = new Thread(work, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      // not the caller's, which may be that of another application
      thread.setContextClassLoader(BoundedCalls.class.getClassLoader());
      return thread;
    };
  }

  /** Makes up for a thread whose call is given up, until it is {@link #unstuck}. */
  synchronized void stuck() {
    stuck++;
    int size = Math.min(MAX_THREADS, threads + stuck);
    pool.setMaximumPoolSize(Math.max(size, pool.getMaximumPoolSize()));
    pool.setCorePoolSize(size);
  }

  /** Notes that such a call has ended after all. */
  synchronized void unstuck() {
    stuck--;
    pool.setCorePoolSize(Math.max(threads, Math.min(MAX_THREADS, threads + stuck)));
  }

  /**
   * Makes a call and returns what it returned. A call that nobody waits for any more is not begun;
   * one that has begun runs to its end.
   *
   * @throws ExecutionException if the call failed
   * @throws TimeoutException if it did not end within the bound
   * @throws RejectedExecutionException if too many are waiting already
   * @throws CancellationException if this was closed before the call began
   * @throws InterruptedException if the caller was interrupted
   */
  <T> @Nullable T call(Callable<@Nullable T> work)
      throws ExecutionException, TimeoutException, InterruptedException {
    FutureTask<@Nullable T> task = new FutureTask<>(work);
    start(task);
    try {
      return task.get(bound.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | InterruptedException abandoned) {
      task.cancel(false);
      pool.remove(task);
      throw abandoned;
    }
  }

  /**
   * Has work done by one of the threads, without waiting for it.
   *
   * @throws RejectedExecutionException if too much waits already
   * @throws CancellationException if this was closed
   */
  void start(Runnable work) {
    try {
      pool.execute(work);
    } catch (RejectedExecutionException refused) {
      throw pool.isShutdown() ? new CancellationException("closed") : refused;
    }
  }

  /** Refuses new calls, drops those not begun, and gives those begun a moment to end. */
  @Override
  public void close() {
    pool.shutdown();
    List<Runnable> dropped = new ArrayList<>();
    pool.getQueue().drainTo(dropped);
    for (Runnable task : dropped) {
      if (task instanceof FutureTask<?> awaited) {
        awaited.cancel(false);
      } else {
        task.run(); // finds out that it is closed, and tells those who wait
      }
    }
    try {
      // what is still running after that ends with the instance, or when the cluster answers
      pool.awaitTermination(LAST_CALLS.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }
}
