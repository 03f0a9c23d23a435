package dev.weir.quota;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where usage is counted: the {@code cluster} section of the configuration.
 *
 * @param store whether usage is shared at all
 * @param map the name of the distributed map
 * @param backups synchronous backups of every entry, 0 to 6
 * @param instance the name of a Hazelcast instance that exists already: in this JVM, in JNDI, or
 *     null to make one
 * @param hazelcastConfig a Hazelcast member configuration file (XML or YAML) for the member Weir
 *     starts, or null for a safe default (a path, or a class path resource after {@code
 *     classpath:}); it then says everything but the map, {@code clusterName} included
 * @param clientConfig such a file of a Hazelcast client, to use a cluster elsewhere, or null
 * @param clusterName the cluster that the member Weir starts, or the client, joins; without a file
 * @param members {@code host:port} of the members to join, or of the remote cluster; empty keeps
 *     the member alone on loopback
 * @param client whether {@code members} name a remote cluster to be a client of
 * @param member {@code host:port} this member binds, or null for the first free of {@code members}
 *     that is an address of this machine
 */
public record ClusterSettings(
    Store store,
    String map,
    int backups,
    @Nullable String instance,
    @Nullable String hazelcastConfig,
    @Nullable String clientConfig,
    String clusterName,
    List<String> members,
    boolean client,
    @Nullable String member) {

  /** Where usage lives. */
  public enum Store {
    /** In a Hazelcast map, shared by all nodes. */
    HAZELCAST,
    /** In this process only. */
    MEMORY
  }

  /** The defaults: an embedded member on loopback, alone, one backup. */
  public static final ClusterSettings DEFAULT =
      new ClusterSettings(
          Store.HAZELCAST, "weir-quotas", 1, null, null, null, "weir", List.of(), false, null);

  /** Copies the list. */
  public ClusterSettings {
    members = List.copyOf(members);
  }
}
