package dev.weir.account;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.util.UUID;

/** Hazelcast members that find each other only where they are told to. */
public final class Members {

  private Members() {}

  /** Starts a member alone. */
  public static HazelcastInstance start() {
    return Hazelcast.newHazelcastInstance(config(UUID.randomUUID().toString(), 0));
  }

  /** Returns the configuration of a member on 127.0.0.1 that joins those on these ports. */
  public static Config config(String cluster, int port, int... others) {
    Config config = new Config().setClusterName(cluster);
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.logging.type", "none");
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.socket.bind.any", "false");
    config.setProperty("hazelcast.local.localAddress", "127.0.0.1");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    config.setProperty("hazelcast.partition.count", "31");
    config.getMetricsConfig().setEnabled(false);
    config.getJetConfig().setEnabled(false);
    config.getNetworkConfig().setPort(port).setPortAutoIncrement(false);
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true);
    for (int other : others) {
      join.getTcpIpConfig().addMember("127.0.0.1:" + other);
    }
    return config;
  }
}
