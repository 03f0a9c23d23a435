package dev.weir.quota;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.client.config.ClientConnectionStrategyConfig.ReconnectMode;
import com.hazelcast.client.config.XmlClientConfigBuilder;
import com.hazelcast.client.config.YamlClientConfigBuilder;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.core.LifecycleListener;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Hazelcast instance that counts, and whether it is ours to shut down.
 *
 * @param instance a member or a client
 * @param origin where it came from, for the start-up line
 * @param owned whether Weir started it
 */
record HazelcastConnection(HazelcastInstance instance, String origin, boolean owned)
    implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HazelcastConnection.class);

  private static final String CLASS_PATH = "classpath:";

  /** How long a client looks for a member before the start fails. */
  private static final Duration LAST_THREADS = Duration.ofSeconds(1);

  private static final Duration THREADS_POLL = Duration.ofMillis(10);

  private static final Duration CONNECT_BOUND = Duration.ofSeconds(20);

  /** Uses an instance of the application's own. */
  static HazelcastConnection to(HazelcastInstance instance) {
    return advised(new HazelcastConnection(instance, "instance " + instance.getName(), false));
  }

  /** Warns of an instance that somebody else has set up, and left the time-outs as they are. */
  private static HazelcastConnection advised(HazelcastConnection connection) {
    String advice = Timeouts.advice(connection.instance);
    if (advice != null) {
      log.warn("Hazelcast {} {}", connection.origin, advice);
    }
    return connection;
  }

  /**
   * Finds or starts the instance that the settings describe.
   *
   * @throws IllegalArgumentException if they contradict each other or cannot be followed
   * @throws IllegalStateException if a remote cluster does not answer
   */
  static HazelcastConnection open(ClusterSettings settings, InstantSource clock) {
    requireOneWay(settings);
    return advised(find(settings, clock));
  }

  private static HazelcastConnection find(ClusterSettings settings, InstantSource clock) {
    boolean embedded =
        settings.instance() == null && settings.clientConfig() == null && !settings.client();
    if (embedded) {
      return new HazelcastConnection(EmbeddedMember.start(settings, clock), "embedded", true);
    }
    requireSystem(clock);
    return settings.instance() != null
        ? named(settings.instance())
        : new HazelcastConnection(startClient(settings), "client", true);
  }

  static void requireSystem(InstantSource clock) {
    if (!isSystem(clock)) {
      throw new IllegalArgumentException(
          "a clock of your own reaches only a member that Weir starts; elsewhere, put it into the"
              + " user context of every member under '%s'".formatted(QuotaProcessor.CLOCK));
    }
  }

  /** Returns whether a clock is the system's, in one of its two usual forms. */
  static boolean isSystem(InstantSource clock) {
    return clock.equals(InstantSource.system())
        || (clock instanceof Clock zoned && zoned.equals(Clock.system(zoned.getZone())));
  }

  private static void requireOneWay(ClusterSettings settings) {
    List<String> ways = new ArrayList<>();
    if (settings.instance() != null) {
      ways.add("an instance that exists ('%s')".formatted(settings.instance()));
    }
    if (settings.hazelcastConfig() != null) {
      ways.add("a member configuration (%s)".formatted(settings.hazelcastConfig()));
    }
    if (settings.clientConfig() != null) {
      ways.add("a client configuration (%s)".formatted(settings.clientConfig()));
    } else if (settings.client()) {
      ways.add("a client of its members");
    }
    if (ways.size() > 1) {
      throw new IllegalArgumentException(
          "the cluster settings must name one way to Hazelcast, but name "
              + String.join(" and ", ways));
    }
    if (settings.member() != null && !ways.isEmpty()) {
      throw new IllegalArgumentException(
          "member '%s' is for the member that Weir starts, but the cluster settings name %s"
              .formatted(settings.member(), ways.get(0)));
    }
    if (settings.client() && settings.clientConfig() == null && settings.members().isEmpty()) {
      throw new IllegalArgumentException(
          "a client needs the members of its cluster, as host:port, or a client configuration");
    }
  }

  private static HazelcastConnection named(String name) {
    HazelcastInstance member = Hazelcast.getHazelcastInstanceByName(name);
    if (member != null) {
      return new HazelcastConnection(member, "instance " + name, false);
    }
    HazelcastInstance client = HazelcastClient.getHazelcastClientByName(name);
    if (client != null) {
      return new HazelcastConnection(client, "client " + name, false);
    }
    for (String entry : List.of(name, "java:comp/env/" + name)) {
      Object found = lookUp(entry);
      if (found instanceof HazelcastInstance instance) {
        return new HazelcastConnection(instance, "JNDI " + entry, false);
      }
      if (found != null) {
        throw new IllegalArgumentException(
            "JNDI entry '%s' must be a HazelcastInstance, but is a %s (if that is one, from another"
                    .formatted(entry, found.getClass().getName())
                + " class loader: leave the Hazelcast jar to the server)");
      }
    }
    throw new IllegalArgumentException(
        "there is no Hazelcast instance '%s': the instances of this JVM are %s, its clients %s, and"
                .formatted(name, names(Hazelcast.getAllHazelcastInstances()), clientNames())
            + " JNDI has neither '%s' nor 'java:comp/env/%s'".formatted(name, name));
  }

  private static List<String> clientNames() {
    return names(HazelcastClient.getAllHazelcastClients());
  }

  private static List<String> names(Iterable<HazelcastInstance> instances) {
    List<String> names = new ArrayList<>();
    instances.forEach(instance -> names.add(instance.getName()));
    return names;
  }

  @SuppressWarnings("BanJNDI") // the name is the operator's, and leaves this JVM on no account
  private static @Nullable Object lookUp(String name) {
    if (name.contains(":") && !name.startsWith("java:")) {
      return null;
    }
    try {
      return InitialContext.doLookup(name);
    } catch (NamingException absent) {
      return null; // no such entry, or no JNDI in this JVM at all
    }
  }

  private static HazelcastInstance startClient(ClusterSettings settings) {
    ClientConfig config = clientConfig(settings);
    CountDownLatch connected = new CountDownLatch(1);
    LifecycleListener listener =
        event -> {
          if (event.getState() == LifecycleState.CLIENT_CONNECTED) {
            connected.countDown();
          }
        };
    config.addListenerConfig(new ListenerConfig(listener));
    // Hazelcast's own bound would count for every later reconnection too, and then end the client.
    config.getConnectionStrategyConfig().setAsyncStart(true);
    HazelcastInstance client = HazelcastClient.newHazelcastClient(config);
    boolean answered = false;
    try {
      answered = connected.await(CONNECT_BOUND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } finally {
      if (!answered) {
        client.shutdown();
      }
    }
    if (!answered) {
      throw new IllegalStateException(
          "no member of cluster '%s' answered at %s within %d s: check the addresses, the cluster's"
                  .formatted(
                      config.getClusterName(),
                      config.getNetworkConfig().getAddresses(),
                      CONNECT_BOUND.toSeconds())
              + " name, and that its members run");
    }
    return client;
  }

  private static ClientConfig clientConfig(ClusterSettings settings) {
    String file = settings.clientConfig();
    ClientConfig config;
    if (file != null) {
      try (InputStream source = read(file)) {
        config =
            file.endsWith(".xml")
                ? new XmlClientConfigBuilder(source).build()
                : new YamlClientConfigBuilder(source).build();
      } catch (IOException unreadable) {
        throw unreadable("client configuration", file, unreadable);
      }
    } else {
      config = new ClientConfig().setClusterName(settings.clusterName());
      config.getNetworkConfig().setAddresses(settings.members());
      // while the cluster is away, requests are told so at once
      config.getConnectionStrategyConfig().setReconnectMode(ReconnectMode.ASYNC);
      Timeouts.set(config);
    }
    if (config.getProperty("hazelcast.logging.type") == null) {
      config.setProperty("hazelcast.logging.type", "slf4j");
    }
    return config.setClassLoader(HazelcastConnection.class.getClassLoader());
  }

  /** Opens a file, or a class path resource after {@code classpath:}. */
  static InputStream read(String location) throws IOException {
    if (!location.startsWith(CLASS_PATH)) {
      return Files.newInputStream(Path.of(location));
    }
    String resource = location.substring(CLASS_PATH.length());
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context == null ? HazelcastConnection.class.getClassLoader() : context;
    InputStream found = loader.getResourceAsStream(resource);
    if (found == null) {
      throw new FileNotFoundException("'%s' is not on the class path".formatted(resource));
    }
    return found;
  }

  static IllegalArgumentException unreadable(String what, String file, IOException cause) {
    return new IllegalArgumentException(
        "the Hazelcast %s '%s' cannot be read: %s".formatted(what, file, cause), cause);
  }

  /**
   * Shuts the instance down if Weir started it, gracefully: what it holds moves to other members.
   * Waits a moment for its threads, which a server would else warn of when it stops an application.
   */
  @Override
  public void close() {
    if (!owned) {
      return;
    }
    String name = instance.getName(); // of clients, with the prefix of all their threads
    String threads = (name.startsWith("hz.") ? name : "hz." + name) + ".";
    instance.shutdown();
    long end = System.nanoTime() + LAST_THREADS.toNanos();
    while (System.nanoTime() < end
        && Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> thread.getName().startsWith(threads))) {
      LockSupport.parkNanos(THREADS_POLL.toNanos());
    }
  }
}
