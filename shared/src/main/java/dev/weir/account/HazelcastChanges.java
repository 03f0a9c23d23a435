package dev.weir.account;

import com.hazelcast.cluster.Endpoint;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.map.IMap;
import com.hazelcast.topic.ITopic;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells nodes over Hazelcast, members and clients alike.
 *
 * <p>Every node registers in a map, where its entry ends by itself when it is not renewed, and
 * listens to a topic. A change takes a revision, the next number of a counter, and is published
 * with it; who has forgotten the key acknowledges the revision on a second topic. Messages may get
 * lost, so the call that made the change publishes again until all registered nodes have
 * acknowledged. It does not wait for those that are gone, nor for longer than its patience: a node
 * that is cut off compares the counter with the revisions it has seen as soon as it can, and
 * forgets everything if it lacks one.
 *
 * <p>A node registers before it remembers anything. So a node that a change does not find
 * registered reads the store after it.
 */
final class HazelcastChanges implements Changes {

  private static final Logger log = LoggerFactory.getLogger(HazelcastChanges.class);

  /** For how long a node is waited for that has given no sign of life. */
  private static final Duration ALIVE = Duration.ofSeconds(10);

  private static final Duration HEARTBEAT = Duration.ofSeconds(2);

  private static final Duration COMPARISON = Duration.ofSeconds(1);

  private static final Duration REPETITION = Duration.ofMillis(200);

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final String REVISION = "revision";

  private static final String MEMBER = "member ";

  private static final String CLIENT = "client ";

  private final HazelcastInstance instance;
  private final Memory memory;
  private final String node = UUID.randomUUID().toString();

  /** The Hazelcast member or client of each node. */
  private final IMap<String, String> nodes;

  private final IMap<String, Long> counter;

  /** Carries {@code <revision> <node> <digest>}, the node being the one that made the change. */
  private final ITopic<String> changes;

  /** Carries {@code <revision> <node>}. */
  private final ITopic<String> acknowledgements;

  private final Revisions seen = new Revisions();
  private final Map<Long, Acknowledgements> awaited = new ConcurrentHashMap<>();

  /** Digests of keys whose changes could not be published yet. */
  private final Set<String> owed = ConcurrentHashMap.newKeySet();

  private final ScheduledThreadPoolExecutor watch;
  private final UUID changesListener;
  private final UUID acknowledgementsListener;
  private final UUID lifecycleListener;
  private final UUID membershipListener;

  private HazelcastChanges(HazelcastInstance instance, String name, Memory memory) {
    this.instance = instance;
    this.memory = memory;
    HazelcastAccountStore.configure(instance, name + "-nodes");
    HazelcastAccountStore.configure(instance, name + "-revision");
    this.nodes = instance.getMap(name + "-nodes");
    this.counter = instance.getMap(name + "-revision");
    this.changes = instance.getTopic(name + "-changes");
    this.acknowledgements = instance.getTopic(name + "-acknowledgements");
    this.watch =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread thread = new Thread(work, "weir-accounts-watch");
              thread.setDaemon(true);
              // not the caller's, which may be that of another application
              thread.setContextClassLoader(HazelcastChanges.class.getClassLoader());
              return thread;
            });
    this.changesListener =
        changes.addMessageListener(message -> changed(message.getMessageObject()));
    this.acknowledgementsListener =
        acknowledgements.addMessageListener(message -> acknowledged(message.getMessageObject()));
    this.lifecycleListener = instance.getLifecycleService().addLifecycleListener(this::lifecycle);
    this.membershipListener =
        instance
            .getCluster()
            .addMembershipListener(
                new MembershipListener() {
                  @Override
                  public void memberAdded(MembershipEvent event) {
                    memory.forgetAll();
                  }

                  @Override
                  public void memberRemoved(MembershipEvent event) {
                    memory.forgetAll();
                  }
                });
  }

  /**
   * Registers this node.
   *
   * @param name begins the names of the maps and topics
   */
  static HazelcastChanges open(HazelcastInstance instance, String name, Memory memory) {
    HazelcastChanges opened = new HazelcastChanges(instance, name, memory);
    boolean registered = false;
    try {
      opened.register();
      opened.compare();
      opened.startWatching();
      registered = true;
      return opened;
    } finally {
      if (!registered) {
        opened.close();
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // ends with the executor
  private void startWatching() {
    watch.scheduleWithFixedDelay(
        quietly(this::register), HEARTBEAT.toMillis(), HEARTBEAT.toMillis(), TimeUnit.MILLISECONDS);
    watch.scheduleWithFixedDelay(
        quietly(this::catchUp),
        COMPARISON.toMillis(),
        COMPARISON.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /** An exception would end the watching. What fails is done again a moment later. */
  private static Runnable quietly(Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (RuntimeException fault) {
        log.debug("Accounts are not watched at the moment", fault);
      }
    };
  }

  private void register() {
    Endpoint endpoint = instance.getLocalEndpoint();
    String kind = endpoint instanceof Member ? MEMBER : CLIENT;
    String before = nodes.put(node, kind + endpoint.getUuid(), ALIVE.toSeconds(), TimeUnit.SECONDS);
    if (before == null) {
      memory.forgetAll(); // changes did not wait for this node meanwhile
    }
  }

  private void catchUp() {
    for (String digest : Set.copyOf(owed)) {
      publish(nextRevision(), digest);
      owed.remove(digest);
    }
    compare();
  }

  /** Forgets everything if a change was missed: its row was stored before it was counted. */
  private void compare() {
    long before = seen.last();
    Long counted = counter.get(REVISION);
    if (seen.lacks(counted == null ? 0 : counted, before)) {
      memory.forgetAll();
    }
  }

  private void lifecycle(LifecycleEvent event) {
    switch (event.getState()) {
      case CLIENT_CONNECTED, MERGED -> {
        memory.forgetAll();
        try {
          watch.execute(
              quietly(
                  event.getState() == LifecycleEvent.LifecycleState.MERGED
                      ? this::merged
                      : this::register));
        } catch (RejectedExecutionException closed) {
          // nothing is left to be done
        }
      }
      default -> {}
    }
  }

  /** Rows have changed without a word: all nodes, of either side, lack the revision of that. */
  private void merged() {
    register();
    nextRevision();
  }

  private long nextRevision() {
    while (true) {
      Long last = counter.get(REVISION);
      long next = last == null ? 1 : last + 1;
      if (last == null
          ? counter.putIfAbsent(REVISION, next) == null
          : counter.replace(REVISION, last, next)) {
        return next;
      }
    }
  }

  @Override
  public void announce(String digest) {
    memory.forget(digest);
    owed.add(digest);
    try {
      long revision = nextRevision();
      seen.add(revision);
      Acknowledgements waiting = new Acknowledgements(others());
      awaited.put(revision, waiting);
      try {
        await(revision, digest, waiting);
      } finally {
        awaited.remove(revision);
      }
      owed.remove(digest);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt(); // who lacks the change catches up
    } catch (RuntimeException fault) {
      log.warn(
          "A change of an account could not be announced; other nodes may go by the old one until"
              + " the cluster answers again",
          fault);
    }
  }

  private void await(long revision, String digest, Acknowledgements waiting)
      throws InterruptedException {
    long start = System.nanoTime();
    while (true) {
      publish(revision, digest); // also where nobody is waited for: one may just be coming back
      if (waiting.complete(REPETITION)) {
        return;
      }
      waiting.retain(others());
      if (waiting.count() == 0) {
        return;
      }
      if (System.nanoTime() - start >= PATIENCE.toNanos()) {
        log.warn(
            "{} of the nodes did not say within {} s that they go by a change of an account; they"
                + " will when they are reached again",
            waiting.count(),
            PATIENCE.toSeconds());
        return;
      }
    }
  }

  /** Returns the other nodes, without those of members that have left. */
  private Set<String> others() {
    Set<String> members =
        instance.getCluster().getMembers().stream()
            .map(member -> MEMBER + member.getUuid())
            .collect(Collectors.toSet());
    Set<String> others = new HashSet<>();
    for (Map.Entry<String, String> other : nodes.entrySet()) {
      boolean left = other.getValue().startsWith(MEMBER) && !members.contains(other.getValue());
      if (!other.getKey().equals(node) && !left) {
        others.add(other.getKey());
      }
    }
    return others;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // acknowledgements tell whether it arrived
  private void publish(long revision, String digest) {
    changes.publishAsync(revision + " " + node + " " + digest);
  }

  /** Runs on a thread of Hazelcast: waits for nothing. */
  @SuppressWarnings("FutureReturnValueIgnored") // else the change is published again
  private void changed(@Nullable String message) {
    String[] parts = message == null ? new String[0] : message.split(" ", -1);
    if (parts.length != 3 || parts[1].equals(node)) {
      return;
    }
    memory.forget(parts[2]);
    seen.add(Long.parseLong(parts[0]));
    acknowledgements.publishAsync(parts[0] + " " + node);
  }

  private void acknowledged(@Nullable String message) {
    String[] parts = message == null ? new String[0] : message.split(" ", -1);
    if (parts.length == 2) {
      Acknowledgements waiting = awaited.get(Long.parseLong(parts[0]));
      if (waiting != null) {
        waiting.remove(parts[1]);
      }
    }
  }

  @Override
  public void close() {
    watch.shutdownNow();
    try {
      watch.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
    end(() -> nodes.delete(node));
    end(() -> changes.removeMessageListener(changesListener));
    end(() -> acknowledgements.removeMessageListener(acknowledgementsListener));
    end(() -> instance.getLifecycleService().removeLifecycleListener(lifecycleListener));
    end(() -> instance.getCluster().removeMembershipListener(membershipListener));
  }

  /** What cannot be ended has ended with the instance, or does by itself. */
  private static void end(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException ended) {
      log.debug("Hazelcast has ended before Weir", ended);
    }
  }

  /** The nodes that have not acknowledged a change. */
  private static final class Acknowledgements {

    private final Set<String> missing;

    Acknowledgements(Set<String> missing) {
      this.missing = missing;
    }

    synchronized void remove(String node) {
      missing.remove(node);
      if (missing.isEmpty()) {
        notifyAll();
      }
    }

    synchronized void retain(Set<String> nodes) {
      missing.retainAll(nodes);
    }

    synchronized int count() {
      return missing.size();
    }

    /** Waits, and returns whether all have acknowledged. */
    synchronized boolean complete(Duration patience) throws InterruptedException {
      long end = System.nanoTime() + patience.toNanos();
      for (long left = patience.toNanos();
          left > 0 && !missing.isEmpty();
          left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
      return missing.isEmpty();
    }
  }

  /** The revisions a node has seen: all up to one, and some behind it. */
  static final class Revisions {

    private long last;
    private final Set<Long> later = new HashSet<>();

    synchronized void add(long revision) {
      if (revision > last) {
        later.add(revision);
        while (later.remove(last + 1)) {
          last++;
        }
      }
    }

    /** Returns up to which revision none is missing. */
    synchronized long last() {
      return last;
    }

    /**
     * Returns whether one is missing of those counted, or the counter has started anew; that is
     * made up for by who asks.
     *
     * @param before what was the last before the counter was read
     */
    synchronized boolean lacks(long counted, long before) {
      if (last >= counted && counted >= before) {
        return false;
      }
      last = counted;
      later.removeIf(revision -> revision <= counted);
      while (later.remove(last + 1)) {
        last++;
      }
      return true;
    }
  }
}
