package dev.weir.socket;

import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.plan.SocketPolicy;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.session.SessionUse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The WebSockets of an application on this node. Has threads of its own while there are any: they
 * ask the cluster for what messages to come will need. Used by many threads.
 */
public final class Sockets implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Sockets.class);

  private static final int ASKING_THREADS = 8;
  private static final int DELIVERING_THREADS = 1_000;
  private static final long FORGET_SECONDS = 60;
  private static final long IDLE_SECONDS = 10;

  /**
   * Whose messages.
   *
   * @param key whose usage is charged
   * @param owner tells those apart that share a key but not what they are entitled to
   * @param policy what the caller is entitled to
   * @param policies what that is later on: {@link #NOTHING} once the key is good for nothing, or
   *     null if nobody can tell; may take its time
   */
  public record Sender(
      PartitionKey key,
      Object owner,
      SocketPolicy policy,
      Supplier<@Nullable SocketPolicy> policies) {

    /** What a key that is no longer known is entitled to: its sockets are closed. */
    public static final SocketPolicy NOTHING =
        new SocketPolicy(List.of(), List.of(), OnFailure.REFUSE, false);
  }

  private record Owner(PartitionKey key, Object owner) {}

  /** A budget and how many sockets draw on it. Guarded by {@link #shares}. */
  private static final class Share {
    final SharedBudget budget;
    int sockets;

    Share(SharedBudget budget) {
      this.budget = budget;
    }
  }

  private final SocketRules rules;
  private final Map<Owner, Share> shares = new HashMap<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor asking =
      new ThreadPoolExecutor(
          ASKING_THREADS,
          ASKING_THREADS,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          factory("ask"));

  /** One for each socket that the application keeps waiting, so that no other waits for it. */
  private final ThreadPoolExecutor delivering =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          factory("deliver"));

  /** What is to be delivered, the first one first. Guarded by itself. */
  private final Deque<Runnable> deliveries = new ArrayDeque<>();

  /** How many threads work that off. Guarded by {@link #deliveries}. */
  private int workers;

  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, factory("timer"));
  private final SharedBudget.Node node;

  /** Whether open sockets are looked after. Guarded by {@link #shares}. */
  private boolean watching;

  /**
   * Creates the sockets of an application that charges a store.
   *
   * @param store what messages are charged to
   * @param rules what becomes of those over budget
   */
  public Sockets(QuotaStore store, SocketRules rules) {
    this.rules = rules;
    this.node = new StoreNode(store);
    asking.allowCoreThreadTimeOut(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
  }

  private static ThreadFactory factory(String what) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "weir-sockets-" + what + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** What sockets need of this node. */
  private final class StoreNode implements SharedBudget.Node {

    private final QuotaStore store;

    StoreNode(QuotaStore store) {
      this.store = store;
    }

    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public Consumption consume(PartitionKey key, Policy policy) {
      return store.consume(key, policy);
    }

    @Override
    public void run(Runnable task) {
      try {
        asking.execute(task);
      } catch (RejectedExecutionException closed) {
        // nobody is left who would want to know
      }
    }

    @Override
    public void deliver(Runnable task) {
      synchronized (deliveries) {
        deliveries.add(task);
        if (workers == DELIVERING_THREADS) {
          return;
        }
        workers++;
      }
      try {
        delivering.execute(Sockets.this::workOff);
      } catch (RejectedExecutionException closed) {
        // likewise
      }
    }

    @Override
    public void runIn(Runnable task, long delay, TimeUnit unit) {
      try {
        var unused = timer.schedule(() -> run(task), delay, unit);
      } catch (RejectedExecutionException closed) {
        // likewise
      }
    }
  }

  private void workOff() {
    while (true) {
      Runnable next;
      synchronized (deliveries) {
        next = deliveries.poll();
        if (next == null) {
          workers--;
          return;
        }
      }
      try {
        next.run();
      } catch (RuntimeException fault) {
        log.error("A message of a WebSocket could not be delivered", fault);
      }
    }
  }

  /**
   * Opens a socket whose upgrade request was allowed.
   *
   * @param sender whose messages come
   * @param session what that request does to a session, which is kept while the socket is open, or
   *     null
   * @param peer who is at the other end
   * @return the socket
   */
  public Socket open(Sender sender, @Nullable SessionUse session, Socket.Peer peer) {
    Owner owner = new Owner(sender.key, sender.owner);
    SharedBudget budget;
    synchronized (shares) {
      Share share =
          shares.computeIfAbsent(
              owner,
              unused ->
                  new Share(new SharedBudget(sender.key, sender.policy, sender.policies, node)));
      share.sockets++;
      budget = share.budget;
    }
    Socket[] opened = new Socket[1];
    Socket socket = new Socket(budget, rules, node, session, peer, () -> closed(owner, opened[0]));
    opened[0] = socket;
    open.add(socket);
    watch();
    budget.warmUp();
    return socket;
  }

  private void closed(Owner owner, Socket socket) {
    open.remove(socket);
    synchronized (shares) {
      Share share = shares.get(owner);
      if (share == null || --share.sockets > 0) {
        return;
      }
    }
    node.runIn(() -> forget(owner), FORGET_SECONDS, TimeUnit.SECONDS);
  }

  /** What is held is kept for a while, for a client that comes back. */
  private void forget(Owner owner) {
    synchronized (shares) {
      Share share = shares.get(owner);
      if (share != null && share.sockets == 0) {
        shares.remove(owner);
      }
    }
  }

  private void watch() {
    synchronized (shares) {
      if (watching) {
        return;
      }
      watching = true;
    }
    try {
      var unused =
          timer.scheduleWithFixedDelay(() -> open.forEach(Socket::watch), 1, 1, TimeUnit.SECONDS);
    } catch (RejectedExecutionException closed) {
      // nothing is left to watch
    }
  }

  /** Stops the threads. Sockets that are still open get no more messages. */
  @Override
  public void close() {
    timer.shutdownNow();
    asking.shutdownNow();
    delivering.shutdownNow();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
