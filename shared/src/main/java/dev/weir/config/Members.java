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
          "credits",
          "database",
          "accounts",
          "watch")),
  PLAN(List.of("limits", "groups", "sessions", "websocket", "dry-run", "on-failure", "credits")),
  GROUP(List.of("match", "limits", "cost", "exempt", "on-failure", "credits")),
  KEY(List.of("plan", "subject", "limits", "groups", "sessions", "websocket", "credits")),
  ACCOUNTS(List.of("store")),
  CREDITS(List.of("order", "refund-on")),
  DATABASE(List.of("url", "user", "password", "wait")),
  SESSIONS(List.of("open", "id", "use", "end", "grace")),
  WEBSOCKET(List.of("excess", "patience", "count", "frame")),
  WEBSOCKET_LIMITS(List.of("messages", "bytes")),
  SESSION_REQUEST(List.of("match", "id")),
  LIMIT(List.of("permits", "period", "algorithm", "burst", "name")),
  HEADERS(
      List.of(
          "trio",
          "limit",
          "remaining",
          "reset",
          "describes",
          "structured-fields",
          "sessions",
          "credits")),
  ERRORS(
      Arrays.stream(Outcome.values())
          .filter(outcome -> !outcome.isAllowed())
          .map(Outcome::label)
          .toList()),
  ERROR(List.of("status", "content-type", "body")),
  ANONYMOUS(List.of("limits", "trusted-proxies", "header")),
  DIRECTORY(List.of("cache", "unknown-cache")),
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
          "on-failure")),
  USAGE(List.of("path", "limits"));

  /** The names of the members. */
  final List<String> names;

  Members(List<String> names) {
    this.names = names;
  }
}
