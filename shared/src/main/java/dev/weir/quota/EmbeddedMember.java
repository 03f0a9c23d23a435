package dev.weir.quota;

import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MaxSizePolicy;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Starts the Hazelcast member that Weir brings along, for an application that has none.
 *
 * <p>Without a configuration file it is one that cannot surprise anybody: it finds other members
 * only where they are named, listens only on the address it has among them (on loopback if none are
 * named), sends nothing to anyone, and ends when Weir closes it.
 */
final class EmbeddedMember {

  /** Set on every member Weir starts, but a configuration file may say otherwise. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "hazelcast.logging.type", "slf4j",
          // its hook would end the member before the application is closed, and leak its classes
          "hazelcast.shutdownhook.enabled", "false",
          // seconds to move partitions away at shutdown; after that the backups must do
          "hazelcast.graceful.shutdown.max.wait", "3");

  /** Set on a member without a configuration file. */
  private static final Map<String, String> SAFE =
      Map.of(
          "hazelcast.phone.home.enabled",
          "false",
          // seconds until a start fails if what listens at a named address does not answer
          "hazelcast.max.join.seconds",
          "60",
          "hazelcast.socket.server.bind.any",
          "false",
          // seconds a cluster waits for more members before it spreads data and backups over them
          "hazelcast.wait.seconds.before.join",
          "1",
          // seconds from start on, and from then on between, looks for the other side of a split
          "hazelcast.merge.first.run.delay.seconds",
          "30",
          "hazelcast.merge.next.run.delay.seconds",
          "30");

  private EmbeddedMember() {}

  /**
   * Starts a member.
   *
   * @throws IllegalArgumentException if the settings cannot be followed
   * @throws IllegalStateException if the member cannot join its cluster
   */
  static HazelcastInstance start(ClusterSettings settings, InstantSource clock) {
    String file = settings.hazelcastConfig();
    if (file != null) {
      return Hazelcast.newHazelcastInstance(complete(read(file), settings, clock));
    }
    List<String> refused = new ArrayList<>();
    for (InetSocketAddress address : addresses(settings, refused)) {
      try {
        return Hazelcast.newHazelcastInstance(
            complete(safeConfig(settings, address), settings, clock));
      } catch (IllegalStateException stranded) {
        throw new IllegalStateException(
            "%s could not join cluster '%s' of %s: what listens at one of these addresses does not"
                    .formatted(address, settings.clusterName(), settings.members())
                + " answer, or is of another cluster; Hazelcast's log tells more",
            stranded);
      } catch (HazelcastException fault) {
        if (!isTaken(fault)) {
          throw fault;
        }
        refused.add("%s is in use".formatted(address)); // since we looked
      }
    }
    throw new IllegalArgumentException(
        settings.member() != null
            ? "this member cannot be %s: %s".formatted(settings.member(), refused.get(0))
            : "none of the members %s can be this one: %s; name it with 'member'"
                .formatted(settings.members(), String.join(", ", refused)));
  }

  private static boolean isTaken(Throwable fault) {
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return true;
      }
    }
    return false;
  }

  private static Config read(String file) {
    try (InputStream source = HazelcastConnection.read(file)) {
      return Config.loadFromStream(source);
    } catch (IOException unreadable) {
      throw HazelcastConnection.unreadable("member configuration", file, unreadable);
    }
  }

  /** What every member that Weir starts needs. */
  private static Config complete(Config config, ClusterSettings settings, InstantSource clock) {
    DEFAULTS.forEach(
        (name, value) -> {
          if (config.getProperty(name) == null) {
            config.setProperty(name, value);
          }
        });
    for (MapConfig map : mapConfigs(settings)) {
      MapConfig present = config.getMapConfigs().get(map.getName());
      if (present == null) {
        config.addMapConfig(map);
      } else if (!suits(present, map)) {
        throw new IllegalArgumentException(conflict(map, "the Hazelcast configuration file"));
      }
    }
    if (!HazelcastConnection.isSystem(clock)) {
      config.getUserContext().put(QuotaProcessor.CLOCK, clock);
    }
    return config;
  }

  /** Returns the configurations of the maps that count keys and addresses. */
  static List<MapConfig> mapConfigs(ClusterSettings settings) {
    MapConfig addresses = mapConfig(settings.addressMap(), settings);
    addresses
        .getEvictionConfig()
        .setEvictionPolicy(EvictionPolicy.LRU)
        .setMaxSizePolicy(MaxSizePolicy.PER_NODE)
        .setSize(QuotaStore.MAX_ADDRESSES);
    return List.of(mapConfig(settings.map(), settings), addresses);
  }

  private static MapConfig mapConfig(String name, ClusterSettings settings) {
    MapConfig map =
        new MapConfig(name)
            .setInMemoryFormat(InMemoryFormat.BINARY)
            .setBackupCount(settings.backups())
            .setAsyncBackupCount(0)
            .setStatisticsEnabled(false)
            .setPerEntryStatsEnabled(false);
    map.getEvictionConfig().setEvictionPolicy(EvictionPolicy.NONE);
    map.getMergePolicyConfig().setPolicy(UsageMergePolicy.class.getName());
    return map;
  }

  /** Returns whether a configuration is the one wanted, by whatever split-brain protection. */
  static boolean suits(MapConfig present, MapConfig wanted) {
    return new MapConfig(present)
        .setName(wanted.getName())
        .setSplitBrainProtectionName(wanted.getSplitBrainProtectionName())
        .equals(wanted);
  }

  static String conflict(MapConfig wanted, String where) {
    return ("map '%s' is Weir's to configure, but %s configures it differently; leave it out there,"
            + " or name another map. Weir needs: in-memory-format BINARY, backup-count %d, no async"
            + " backups, %s, no expiry, statistics-enabled false, merge-policy %s, and"
            + " nothing else but, if you like, a split-brain-protection")
        .formatted(
            wanted.getName(),
            where,
            wanted.getBackupCount(),
            wanted.getEvictionConfig().getEvictionPolicy() == EvictionPolicy.NONE
                ? "no eviction"
                : "eviction LRU, PER_NODE, size " + wanted.getEvictionConfig().getSize(),
            wanted.getMergePolicyConfig().getPolicy());
  }

  private static Config safeConfig(ClusterSettings settings, InetSocketAddress address) {
    Config config =
        new Config()
            .setClusterName(settings.clusterName())
            .setClassLoader(EmbeddedMember.class.getClassLoader());
    SAFE.forEach(config::setProperty);
    Timeouts.set(config);
    config.setProperty("hazelcast.local.localAddress", address.getAddress().getHostAddress());
    if (!(address.getAddress() instanceof Inet4Address)) {
      config.setProperty("hazelcast.prefer.ipv4.stack", "false");
    }
    config.getMetricsConfig().setEnabled(false);
    config.getJetConfig().setEnabled(false);
    NetworkConfig network = config.getNetworkConfig();
    network.setPort(address.getPort()).setPortAutoIncrement(false);
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).setMembers(settings.members());
    return config;
  }

  /**
   * Returns the addresses this member may take, the best first.
   *
   * @param refused receives why others may not be taken
   */
  private static List<InetSocketAddress> addresses(ClusterSettings settings, List<String> refused) {
    settings.members().forEach(EmbeddedMember::portOf);
    List<String> named =
        settings.member() != null ? List.of(settings.member()) : settings.members();
    if (named.isEmpty()) {
      return List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }
    List<InetSocketAddress> usable = new ArrayList<>();
    for (String member : named) {
      int port = portOf(member);
      Optional<InetAddress> here = hereOf(member.substring(0, member.lastIndexOf(':')));
      if (here.isEmpty()) {
        refused.add(member + " is not an address of this machine");
      } else if (!isFree(here.get(), port)) {
        refused.add(member + " is in use");
      } else {
        usable.add(new InetSocketAddress(here.get(), port));
      }
    }
    return usable;
  }

  private static int portOf(String member) {
    int colon = member.lastIndexOf(':');
    try {
      int port = Integer.parseInt(member.substring(colon + 1));
      if (colon > 0 && port > 0 && port < 65_536) {
        return port;
      }
    } catch (NumberFormatException malformed) {
      // the message below says what would be right
    }
    throw new IllegalArgumentException(
        "a member must be host:port such as 10.0.0.5:5701, but is '%s'".formatted(member));
  }

  private static Optional<InetAddress> hereOf(String host) {
    try {
      return Arrays.stream(InetAddress.getAllByName(host))
          .filter(EmbeddedMember::isHere)
          .min(Comparator.comparing(address -> !(address instanceof Inet4Address)));
    } catch (UnknownHostException elsewhere) {
      return Optional.empty();
    }
  }

  private static boolean isHere(InetAddress address) {
    try {
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException unknown) {
      return false;
    }
  }

  private static boolean isFree(InetAddress address, int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(address, port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
