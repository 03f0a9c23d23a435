package dev.weir.benchmarks.lab;

import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.github.bucket4j.grid.hazelcast.HazelcastProxyManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;

/** Hazelcast members as Weir starts them itself: on loopback, without multicast or phone home. */
public final class Members {

  /** The map that Bucket4j counts in. */
  public static final String BUCKET4J_MAP = "bucket4j";

  /** The map of everything without a library. */
  public static final String BARE_MAP = "bare";

  private static final Map<String, String> PROPERTIES =
      Map.of(
          "hazelcast.logging.type", "slf4j",
          "hazelcast.shutdownhook.enabled", "false",
          "hazelcast.phone.home.enabled", "false",
          "hazelcast.socket.server.bind.any", "false",
          "hazelcast.local.localAddress", "127.0.0.1",
          "hazelcast.max.join.seconds", "60",
          "hazelcast.wait.seconds.before.join", "0",
          "hazelcast.graceful.shutdown.max.wait", "3");

  /** Where Bucket4j's serializer ids begin; its manual advises to register them. */
  private static final int BUCKET4J_TYPES = 10_000;

  private Members() {}

  /**
   * Starts a member.
   *
   * @param members {@code host:port} of all members of its cluster
   * @param own which of them this one is
   */
  public static HazelcastInstance start(List<String> members, String own) {
    Config config = new Config().setClusterName("weir-benchmarks");
    PROPERTIES.forEach(config::setProperty);
    config.getMetricsConfig().setEnabled(false);
    config.getJetConfig().setEnabled(false);
    config
        .getNetworkConfig()
        .setPort(Integer.parseInt(own.substring(own.lastIndexOf(':') + 1)))
        .setPortAutoIncrement(false);
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).setMembers(members);
    for (String map : List.of(BUCKET4J_MAP, BARE_MAP)) {
      config.addMapConfig(
          new MapConfig(map)
              .setInMemoryFormat(InMemoryFormat.BINARY)
              .setBackupCount(1)
              .setStatisticsEnabled(false));
    }
    HazelcastProxyManager.addCustomSerializers(config.getSerializationConfig(), BUCKET4J_TYPES);
    return Hazelcast.newHazelcastInstance(config);
  }

  /** Returns an address of loopback that was free a moment ago. */
  public static String freeAddress() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + socket.getLocalPort();
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }
}
