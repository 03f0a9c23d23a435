package dev.weir.containers;

import dev.weir.Weir;
import dev.weir.config.Configuration;
import dev.weir.plan.Account;

/** What all these tests are limited by. Windows are so long that no test sees one end. */
final class Limits {

  static final String PLAN_LIMIT = "1000";
  static final String GROUP_LIMIT = "100";
  static final String SERVLET_LIMIT = "50";

  private static final String YAML =
      """
      plans:
        starter:
          limits: [1000/366d]
          groups: { analysis: [100/366d], annotated: [50/366d] }
        tiny:
          limits: [1/366d]
      groups:
        analysis: { match: ["GET /v1/analysis/**"] }
        annotated: {}
        health: { match: ["/health"], exempt: true }
      usage: { path: /usage }
      cluster: { store: memory }
      """;

  private Limits() {}

  /** Opens an instance where every key has an account: a tiny one if it starts so. */
  static Weir open() {
    return Weir.builder()
        .configuration(Configuration.parse("limits.yaml", YAML))
        .directory(
            key ->
                switch (key.value().split("-", 2)[0]) {
                  case "tiny" -> Account.of("tiny");
                  case "unknown" -> null;
                  default -> Account.of("starter");
                })
        .build();
  }
}
