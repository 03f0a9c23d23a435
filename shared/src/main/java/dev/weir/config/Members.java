package dev.weir.config;

import dev.weir.Outcome;
import java.util.Arrays;
import java.util.List;

/** Which members each part of a configuration file has. The JSON Schema says the same. */
@SuppressWarnings("ImmutableEnumChecker") // the lists are those of List.of and toList
enum Members {
  FILE(
      List.of(
          "profile",
          "plans",
          "groups",
          "keys",
          "key-sources",
          "headers",
          "errors",
          "anonymous",
          "directory",
          "cluster",
          "sessions",
          "websocket",
          "usage",
          "watch"),
      List.of("credits")),
  PLAN(
      List.of("limits", "groups", "sessions", "websocket", "dry-run", "on-failure"),
      List.of("credits")),
  GROUP(List.of("match", "limits", "cost", "exempt", "on-failure"), List.of("credits")),
  KEY(List.of("plan", "subject", "limits", "groups", "sessions", "websocket"), List.of("credits")),
  SESSIONS(List.of("open", "id", "use", "end", "grace"), List.of()),
  WEBSOCKET(List.of("excess", "patience", "count", "frame"), List.of()),
  WEBSOCKET_LIMITS(List.of("messages", "bytes"), List.of()),
  SESSION_REQUEST(List.of("match", "id"), List.of()),
  LIMIT(List.of("permits", "period", "algorithm", "burst", "name"), List.of()),
  HEADERS(
      List.of("trio", "limit", "remaining", "reset", "describes", "structured-fields", "sessions"),
      List.of()),
  ERRORS(
      Arrays.stream(Outcome.values())
          .filter(outcome -> !outcome.isAllowed())
          .map(Outcome::label)
          .toList(),
      List.of()),
  ERROR(List.of("status", "content-type", "body"), List.of()),
  ANONYMOUS(List.of("limits", "trusted-proxies", "header"), List.of()),
  DIRECTORY(List.of("cache", "unknown-cache"), List.of()),
  CLUSTER(
      List.of(
          "store",
          "map",
          "backups",
          "instance",
          "hazelcast-config",
          "client-config",
          "cluster-name",
          "members",
          "client",
          "member",
          "nodes",
          "deadline",
          "on-failure"),
      List.of()),
  USAGE(List.of("path"), List.of());

  /** The names of the members. */
  final List<String> names;

  /** Names that are documented for a later version, and refused until then. */
  final List<String> later;

  Members(List<String> names, List<String> later) {
    this.names = names;
    this.later = later;
  }
}
