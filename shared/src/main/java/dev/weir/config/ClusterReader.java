package dev.weir.config;

import dev.weir.plan.OnFailure;
import dev.weir.quota.ClusterSettings;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads {@code cluster}. */
final class ClusterReader {

  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.%]+]):(?<port>[0-9]{1,5})");

  private static final int MAX_NODES = 10_000;

  /** What describes a cluster that Weir itself would start or join. */
  private static final String[] OWN_CLUSTER = {
    "hazelcast-config", "client-config", "cluster-name", "members", "client", "member"
  };

  private ClusterReader() {}

  static ClusterSettings read(Section cluster) {
    ClusterSettings defaults = ClusterSettings.DEFAULT;
    ClusterSettings settings =
        new ClusterSettings(
            cluster
                .get("store")
                .choice(
                    Map.of(
                        "hazelcast", ClusterSettings.Store.HAZELCAST,
                        "memory", ClusterSettings.Store.MEMORY),
                    defaults.store()),
            name(cluster.get("map"), defaults.map()),
            (int) cluster.get("backups").number(0, 6, defaults.backups()),
            optionalName(cluster.get("instance")),
            optionalName(cluster.get("hazelcast-config")),
            optionalName(cluster.get("client-config")),
            name(cluster.get("cluster-name"), defaults.clusterName()),
            members(cluster.get("members")),
            cluster.get("client").flag(cluster.has("client-config")),
            cluster.get("member").parsed(ClusterReader::hostAndPort, "127.0.0.1:5701"),
            deadline(cluster.get("deadline"), defaults.deadline()),
            (int) cluster.get("nodes").number(1, MAX_NODES, defaults.nodes()));
    checkContradictions(cluster, settings);
    return settings;
  }

  /** Returns what a section says of requests that get no answer; by default to decide locally. */
  static OnFailure onFailure(Section section) {
    return section
        .get("on-failure")
        .choice(
            Arrays.stream(OnFailure.values())
                .collect(Collectors.toMap(OnFailure::label, choice -> choice)),
            OnFailure.LOCAL);
  }

  private static Duration deadline(Value value, Duration otherwise) {
    Duration deadline = value.parsed(ClusterSettings::parseDeadline, "100ms");
    return deadline == null ? otherwise : deadline;
  }

  private static void checkContradictions(Section cluster, ClusterSettings settings) {
    if (settings.store() == ClusterSettings.Store.MEMORY) {
      for (String other : Members.CLUSTER.names) {
        if (!other.equals("store")) {
          refuse(cluster, other, "'store: memory', which has no cluster");
        }
      }
      return;
    }
    if (cluster.has("instance")) {
      refuse(cluster, OWN_CLUSTER, "'instance', which is configured elsewhere");
      return;
    }
    if (cluster.has("hazelcast-config")) {
      refuse(
          cluster,
          new String[] {"client-config", "cluster-name", "members", "client", "member"},
          "'hazelcast-config', which says it all");
      return;
    }
    if (cluster.has("client-config")) {
      refuse(
          cluster,
          new String[] {"cluster-name", "members", "member"},
          "'client-config', which says it all");
      if (!settings.client()) {
        cluster.get("client").problem("must be true beside 'client-config', or be left out");
      }
    } else if (settings.client()) {
      refuse(cluster, "member", "'client: true', which starts no member");
      if (settings.members().isEmpty()) {
        cluster.get("client").problem("needs 'members' or 'client-config', to know which cluster");
      }
    }
  }

  private static void refuse(Section cluster, String[] members, String beside) {
    for (String member : members) {
      refuse(cluster, member, beside);
    }
  }

  private static void refuse(Section cluster, String member, String beside) {
    if (cluster.has(member)) {
      cluster.get(member).problem("contradicts %s; leave out one of them".formatted(beside));
    }
  }

  private static List<String> members(Value value) {
    Set<String> members = new LinkedHashSet<>();
    for (Value item : value.items("[10.0.0.1:5701, 10.0.0.2:5701]")) {
      String member = item.parsed(ClusterReader::hostAndPort, "10.0.0.1:5701");
      if (member != null && !members.add(member)) {
        item.complain("'%s' is there twice; keep one".formatted(member));
      }
    }
    return List.copyOf(members);
  }

  private static String hostAndPort(String text) {
    var matcher = HOST_AND_PORT.matcher(text);
    if (!matcher.matches()
        || Integer.parseInt(matcher.group("port")) < 1
        || Integer.parseInt(matcher.group("port")) > 65_535) {
      throw new IllegalArgumentException(
          "a member is host:port with a port from 1 to 65535, but is " + Value.quote(text));
    }
    return text;
  }

  private static String name(Value value, String otherwise) {
    String name = optionalName(value);
    return name == null ? otherwise : name;
  }

  private static @Nullable String optionalName(Value value) {
    String name = value.text();
    if (name != null && (name.isBlank() || !name.equals(name.strip()))) {
      value.problem("must be a name without spaces around it, but is " + Value.quote(name));
    }
    return name;
  }
}
