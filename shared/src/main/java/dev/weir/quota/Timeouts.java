package dev.weir.quota;

import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.client.impl.clientside.HazelcastClientProxy;
import com.hazelcast.client.properties.ClientProperty;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import com.hazelcast.spi.properties.HazelcastProperty;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * How long the rest of a cluster waits for a member that stalls: a pause of its JVM, a network that
 * swallows packets. Hazelcast by itself gives it a minute, in which the keys it owns get no answer,
 * and those it backs up one after five seconds.
 *
 * <p>Ten seconds without a heartbeat are no shorter because a member ignores heartbeats that are
 * half as old by its clock: with less, a clock set forward by a few seconds would split the
 * cluster.
 */
final class Timeouts {

  private record Timeout(HazelcastProperty property, int value) {

    private String setting() {
      return property.getName() + "=" + value;
    }
  }

  private static final List<Timeout> MEMBER =
      List.of(
          new Timeout(ClusterProperty.HEARTBEAT_INTERVAL_SECONDS, 1),
          new Timeout(ClusterProperty.MAX_NO_HEARTBEAT_SECONDS, 10),
          new Timeout(ClusterProperty.OPERATION_CALL_TIMEOUT_MILLIS, 10_000),
          new Timeout(ClusterProperty.OPERATION_BACKUP_TIMEOUT_MILLIS, 1_000));

  private static final List<Timeout> CLIENT =
      List.of(
          new Timeout(ClientProperty.HEARTBEAT_INTERVAL, 1_000),
          new Timeout(ClientProperty.HEARTBEAT_TIMEOUT, 10_000),
          new Timeout(ClientProperty.INVOCATION_TIMEOUT_SECONDS, 10),
          new Timeout(ClientProperty.OPERATION_BACKUP_TIMEOUT_MILLIS, 1_000));

  private Timeouts() {}

  /** Sets them for a member, but leaves what the command line says. */
  static void set(Config member) {
    set(MEMBER, member.getProperties());
  }

  /** Sets them for a client, but leaves what the command line says. */
  static void set(ClientConfig client) {
    set(CLIENT, client.getProperties());
  }

  private static void set(List<Timeout> timeouts, Properties properties) {
    HazelcastProperties actual = new HazelcastProperties(properties);
    for (Timeout timeout : timeouts) {
      if (!actual.containsKey(timeout.property)) {
        properties.setProperty(timeout.property.getName(), Integer.toString(timeout.value));
      }
    }
  }

  /**
   * Says what to set where an instance waits more than twice as long as these.
   *
   * @return null if there is nothing to say
   */
  static @Nullable String advice(HazelcastInstance instance) {
    if (instance instanceof HazelcastClientProxy client) {
      return advice(CLIENT, client.getClientConfig().getProperties(), "this client");
    }
    Properties properties;
    try {
      properties = instance.getConfig().getProperties();
    } catch (UnsupportedOperationException client) {
      return null; // one that the application has wrapped
    }
    return advice(MEMBER, properties, "every member of the cluster");
  }

  private static @Nullable String advice(
      List<Timeout> timeouts, Properties properties, String where) {
    HazelcastProperties actual = new HazelcastProperties(properties);
    List<String> longer =
        timeouts.stream()
            .filter(timeout -> actual.getLong(timeout.property) > 2L * timeout.value)
            .map(
                timeout ->
                    "%s (is %s)".formatted(timeout.setting(), actual.getString(timeout.property)))
            .toList();
    return longer.isEmpty()
        ? null
        : "waits long for a member that stalls, and until then keys get no answer; on %s, set %s"
            .formatted(where, String.join(", ", longer));
  }
}
