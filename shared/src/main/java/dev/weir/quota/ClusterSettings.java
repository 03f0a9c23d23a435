package dev.weir.quota;

import dev.weir.plan.Limit;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where usage is counted: the {@code cluster} section of the configuration.
 *
 * @param store whether usage is shared at all
 * @param map the name of the distributed map; that of the addresses of callers without a key is
 *     named after it
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
 * @param deadline how long a request waits for the cluster, 1 ms at least
 * @param nodes how many nodes serve requests, so that each knows its share when the cluster gives
 *     no answer; 0 for the members of the cluster, as they were last known
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
    @Nullable String member,
    Duration deadline,
    int nodes) {

  /** Where usage lives. */
  public enum Store {
    /** In a Hazelcast map, shared by all nodes. */
    HAZELCAST,
    /** In this process only. */
    MEMORY
  }

  private static final Pattern MILLIS = Pattern.compile("[0-9]{1,6}ms");

  /** A shorter wait would be over before the network has answered. */
  private static final Duration MIN_DEADLINE = Duration.ofMillis(10);

  private static final Duration MAX_DEADLINE = Duration.ofMinutes(1);

  private static final Duration DEADLINE = Duration.ofMillis(100);

  /** The defaults: an embedded member on loopback, alone, one backup; 100 ms. */
  public static final ClusterSettings DEFAULT =
      new ClusterSettings(
          Store.HAZELCAST, "weir-quotas", 1, null, null, null, "weir", List.of(), false, null);

  /**
   * Copies the list.
   *
   * @param store whether usage is shared at all
   * @param map the name of the distributed map; that of the addresses of callers without a key is
   *     named after it
   * @param backups synchronous backups of every entry, 0 to 6
   * @param instance the name of a Hazelcast instance that exists already: in this JVM, in JNDI, or
   *     null to make one
   * @param hazelcastConfig a Hazelcast member configuration file (XML or YAML) for the member Weir
   *     starts, or null for a safe default (a path, or a class path resource after {@code
   *     classpath:}); it then says everything but the map, {@code clusterName} included
   * @param clientConfig such a file of a Hazelcast client, to use a cluster elsewhere, or null
   * @param clusterName the cluster that the member Weir starts, or the client, joins; without a
   *     file
   * @param members {@code host:port} of the members to join, or of the remote cluster; empty keeps
   *     the member alone on loopback
   * @param client whether {@code members} name a remote cluster to be a client of
   * @param member {@code host:port} this member binds, or null for the first free of {@code
   *     members} that is an address of this machine
   * @param deadline how long a request waits for the cluster, 1 ms at least
   * @param nodes how many nodes serve requests, so that each knows its share when the cluster gives
   *     no answer; 0 for the members of the cluster, as they were last known
   */
  public ClusterSettings {
    members = List.copyOf(members);
    if (deadline.toMillis() < 1) {
      throw new IllegalArgumentException("the deadline must be 1 ms at least, but is " + deadline);
    }
    if (nodes < 0) {
      throw new IllegalArgumentException("the nodes must be 0 or more, but are " + nodes);
    }
  }

  /**
   * Creates settings with the default deadline, and the members as nodes.
   *
   * @param store whether usage is shared at all
   * @param map the name of the distributed map; that of the addresses of callers without a key is
   *     named after it
   * @param backups synchronous backups of every entry, 0 to 6
   * @param instance the name of a Hazelcast instance that exists already: in this JVM, in JNDI, or
   *     null to make one
   * @param hazelcastConfig a Hazelcast member configuration file (XML or YAML) for the member Weir
   *     starts, or null for a safe default (a path, or a class path resource after {@code
   *     classpath:}); it then says everything but the map, {@code clusterName} included
   * @param clientConfig such a file of a Hazelcast client, to use a cluster elsewhere, or null
   * @param clusterName the cluster that the member Weir starts, or the client, joins; without a
   *     file
   * @param members {@code host:port} of the members to join, or of the remote cluster; empty keeps
   *     the member alone on loopback
   * @param client whether {@code members} name a remote cluster to be a client of
   * @param member {@code host:port} this member binds, or null for the first free of {@code
   *     members} that is an address of this machine
   */
  public ClusterSettings(
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
    this(
        store,
        map,
        backups,
        instance,
        hazelcastConfig,
        clientConfig,
        clusterName,
        members,
        client,
        member,
        DEADLINE,
        0);
  }

  /**
   * Reads a deadline such as {@code 100ms} or {@code 1s}, from 10 ms to a minute.
   *
   * @param text what to read
   * @return the deadline
   * @throws IllegalArgumentException if it is none; the message says what would be right
   */
  public static Duration parseDeadline(String text) {
    Duration deadline;
    try {
      deadline =
          MILLIS.matcher(text).matches()
              ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
              : Limit.parsePeriod(text);
    } catch (IllegalArgumentException malformed) {
      deadline = Duration.ZERO;
    }
    if (deadline.compareTo(MIN_DEADLINE) < 0 || deadline.compareTo(MAX_DEADLINE) > 0) {
      throw new IllegalArgumentException(
          "a deadline is a time from 10ms to 60s, such as 100ms or 1s, but is '%s'"
              .formatted(text));
    }
    return deadline;
  }

  /** Returns the name of the map that counts the addresses of callers without a key. */
  String addressMap() {
    return map + "-addresses";
  }

  /**
   * {@return these settings with another deadline}
   *
   * @param other 1 ms at least
   */
  public ClusterSettings withDeadline(Duration other) {
    return with(backups, other);
  }

  /**
   * {@return these settings with another number of backups}
   *
   * @param other 0 to 6
   */
  public ClusterSettings withBackups(int other) {
    return with(other, deadline);
  }

  private ClusterSettings with(int otherBackups, Duration otherDeadline) {
    return new ClusterSettings(
        store,
        map,
        otherBackups,
        instance,
        hazelcastConfig,
        clientConfig,
        clusterName,
        members,
        client,
        member,
        otherDeadline,
        nodes);
  }
}
