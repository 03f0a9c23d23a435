package dev.weir.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import dev.weir.plan.Algorithm;
import dev.weir.plan.EndpointGroup;
import dev.weir.plan.Limit;
import dev.weir.plan.Plan;
import dev.weir.quota.ClusterSettings;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a file that is right turns into. */
class ConfigurationTest {

  @Test
  void a_plan_and_a_key_are_enough() {
    Configuration configuration =
        parse(
            """
            plans:
              starter:
                limits: [120/minute]
            keys:
              demo-starter-1: { plan: starter }
            """);

    assertThat(configuration.profile().name()).isEqualTo("default");
    assertThat(plan(configuration, "starter").limits())
        .containsExactly(Limit.fixed(120, Duration.ofMinutes(1)));
    assertThat(configuration.accounts())
        .containsExactly(Map.entry(digest("demo-starter-1"), Account.of("starter")));
    assertThat(configuration.anonymousPlan()).isNull();
    assertThat(configuration.cluster()).isEqualTo(ClusterSettings.DEFAULT);
    assertThat(configuration.directoryCache()).isEqualTo(Duration.ZERO);
    assertThat(configuration.unknownCache()).isEqualTo(Duration.ofSeconds(5));
    assertThat(configuration.usagePath()).isNull();
    assertThat(configuration.source()).isEqualTo("weir.yaml");
  }

  @Test
  void keys_may_come_from_elsewhere() {
    assertThat(parse("profile: talkpilot").accounts()).isEmpty();
  }

  @Test
  void limits_are_written_as_text_or_as_a_mapping() {
    Plan plan =
        plan(
            parse(
                """
                plans:
                  team:
                    limits:
                      - 10/second sliding-log
                      - 60/minute token-bucket burst 90 as sustained
                      - { permits: 10000, period: day }
                      - { permits: 500, period: 15m, algorithm: token-bucket, burst: 600, name: quarter }
                """),
            "team");

    assertThat(plan.limits())
        .containsExactly(
            new Limit("second", 10, Duration.ofSeconds(1), Algorithm.SLIDING_LOG, 10),
            new Limit("sustained", 60, Duration.ofMinutes(1), Algorithm.TOKEN_BUCKET, 90),
            new Limit("day", 10_000, Duration.ofDays(1), Algorithm.FIXED, 10_000),
            new Limit("quarter", 500, Duration.ofMinutes(15), Algorithm.TOKEN_BUCKET, 600));
  }

  @Test
  void unlimited_is_a_list_without_limits() {
    Configuration configuration =
        parse(
            """
            plans:
              all: { limits: unlimited, groups: { reports: unlimited }, dry-run: true }
            groups:
              reports: { match: [/reports/**], limits: [5/hour] }
            keys:
              demo-1: { plan: all, limits: unlimited }
            """);

    assertThat(plan(configuration, "all"))
        .isEqualTo(new Plan("all", List.of(), Map.of("reports", List.of()), true));
    assertThat(configuration.accounts().get(digest("demo-1")).limits()).isEmpty();
  }

  @Test
  void a_group_has_patterns_limits_and_a_cost() {
    Configuration configuration =
        parse(
            """
            plans: { all: { limits: [100/minute] } }
            groups:
              reports: { match: [GET /reports/**, 'POST /reports/{id}'], limits: [20/hour], cost: 5 }
              health: { match: [/health], exempt: true }
            """);

    EndpointGroup reports = Objects.requireNonNull(configuration.catalog().group("reports"));
    assertThat(reports.patterns())
        .extracting(Object::toString)
        .containsExactly("GET /reports/**", "POST /reports/*");
    assertThat(reports.limits()).containsExactly(Limit.parse("20/hour"));
    assertThat(reports.cost()).isEqualTo(5);
    assertThat(Objects.requireNonNull(configuration.catalog().group("health")).exempt()).isTrue();
  }

  @Test
  void a_group_that_no_path_belongs_to_is_reported_with_its_place() {
    Configuration configuration =
        parse(
            """
            plans: { all: { limits: [100/minute] } }
            groups:
              uploads: { cost: 2 }
              reports: { match: [/reports] }
            """);

    assertThat(configuration.unmatchedGroups())
        .containsExactly(Map.entry("uploads", "weir.yaml:3:3"));
  }

  @Test
  void a_key_may_have_a_subject_and_limits_of_its_own() {
    Configuration configuration =
        parse(
            """
            profile: kallglot
            keys:
              big-1: { plan: starter, subject: big, limits: [1000/minute], groups: { analysis: [99/hour] } }
            """);

    assertThat(configuration.accounts())
        .containsEntry(
            digest("big-1"),
            new Account(
                "starter",
                "big",
                List.of(Limit.parse("1000/minute")),
                Map.of("analysis", List.of(Limit.parse("99/hour")))));
  }

  @Test
  void a_key_may_be_given_as_its_digest() {
    String digest = digest("demo-1");
    Configuration configuration =
        parse(
            """
            profile: talkpilot
            keys:
              sha256:%s: { plan: default }
            """
                .formatted(digest.toUpperCase(Locale.ROOT)));

    assertThat(configuration.accounts()).containsOnlyKeys(digest);
    assertThat(
            parse("profile: talkpilot\nkeys: { SHA256:%s: { plan: default } }".formatted(digest)))
        .extracting(Configuration::accounts)
        .isEqualTo(configuration.accounts());
  }

  @Test
  void names_and_numbers_may_be_spelled_alike() {
    Configuration configuration =
        parse(
            """
            plans: { 2024: { limits: [100/minute] } }
            keys: { 007: { plan: 2024, subject: 0815 } }
            """);

    assertThat(configuration.accounts())
        .containsExactly(Map.entry(digest("007"), Account.of("2024").withSubject("0815")));
  }

  @Test
  void a_file_is_merged_into_its_profile() {
    Configuration configuration =
        parse(
            """
            profile: kallglot
            plans:
              free: null
              starter: { limits: [240/minute], groups: { analysis: null, webhooks: [10/second] } }
              team: { limits: [300/minute] }
            groups:
              webhooks: { cost: 2 }
            """);

    assertThat(configuration.catalog().plans())
        .extracting(Plan::name)
        .containsExactly("starter", "pro", "enterprise", "team");
    Plan starter = plan(configuration, "starter");
    assertThat(starter.limits()).containsExactly(Limit.parse("240/minute"));
    assertThat(starter.groups())
        .containsOnlyKeys("sessions-write", "sessions-read", "recordings", "webhooks")
        .containsEntry("webhooks", List.of(Limit.parse("10/second")));
    EndpointGroup webhooks = Objects.requireNonNull(configuration.catalog().group("webhooks"));
    assertThat(webhooks.cost()).isEqualTo(2);
    assertThat(webhooks.patterns()).hasSize(1);
  }

  @Test
  void callers_without_a_key_get_limits_by_address_if_the_file_says_so() {
    Configuration configuration =
        parse(
            """
            profile: talkpilot
            anonymous: { limits: [10/minute], trusted-proxies: [10.0.0.0/8, "2001:db8::/32"], header: forwarded }
            """);

    assertThat(configuration.anonymousPlan())
        .isEqualTo(new Plan("anonymous", List.of(Limit.parse("10/minute")), Map.of(), false));
  }

  @Test
  void every_setting_of_the_cluster_is_read() {
    assertThat(
            cluster(
                """
                  store: hazelcast
                  map: limits
                  backups: 2
                  cluster-name: production
                  members: ["10.0.0.1:5701", "node-2.example:5701", "[2001:db8::1]:5701"]
                  member: 10.0.0.1:5701
                """))
        .isEqualTo(
            new ClusterSettings(
                ClusterSettings.Store.HAZELCAST,
                "limits",
                2,
                null,
                null,
                null,
                "production",
                List.of("10.0.0.1:5701", "node-2.example:5701", "[2001:db8::1]:5701"),
                false,
                "10.0.0.1:5701"));
    assertThat(cluster("  store: memory\n").store()).isEqualTo(ClusterSettings.Store.MEMORY);
    assertThat(cluster("  instance: mine\n").instance()).isEqualTo("mine");
    assertThat(cluster("  hazelcast-config: hazelcast.xml\n").hazelcastConfig())
        .isEqualTo("hazelcast.xml");
    assertThat(cluster("  client: true\n  members: [cache:5701]\n").client()).isTrue();
  }

  @Test
  void a_client_configuration_makes_it_a_client() {
    ClusterSettings settings = cluster("  client-config: client.yaml\n");

    assertThat(settings.clientConfig()).isEqualTo("client.yaml");
    assertThat(settings.client()).isTrue();
  }

  @Test
  void the_directory_and_the_usage_path_are_read() {
    Configuration configuration =
        parse(
            """
            profile: talkpilot
            directory: { cache: 30s, unknown-cache: 1m }
            usage: { path: /v1/usage }
            """);

    assertThat(configuration.directoryCache()).isEqualTo(Duration.ofSeconds(30));
    assertThat(configuration.unknownCache()).isEqualTo(Duration.ofMinutes(1));
    assertThat(configuration.usagePath()).isEqualTo("/v1/usage");
  }

  @Test
  void placeholders_take_values_from_the_environment_in_names_and_values() {
    Map<String, String> environment =
        Map.of("PROFILE", "kallglot", "PARTNER_KEY", "partner-1", "RATE", "7", "EMPTY", "");
    Configuration configuration =
        new ConfigurationReader("weir.yaml", environment::get)
            .read(
                """
                profile: ${PROFILE}
                plans:
                  ${PLAN:team}:
                    limits: ["${RATE}/${PERIOD:minute}${EMPTY}"]
                keys:
                  ${PARTNER_KEY}: { plan: team, subject: "$${RATE}" }
                cluster:
                  member: ${MEMBER:127.0.0.1:5701}
                """);

    assertThat(plan(configuration, "team").limits()).containsExactly(Limit.parse("7/minute"));
    assertThat(configuration.accounts())
        .containsExactly(Map.entry(digest("partner-1"), Account.of("team").withSubject("${RATE}")));
    assertThat(configuration.cluster().member()).isEqualTo("127.0.0.1:5701");
  }

  @Test
  void an_alias_stands_for_its_anchor() {
    Configuration configuration =
        parse(
            """
            plans:
              one: { limits: &usual [10/minute] }
              two: { limits: *usual }
            """);

    assertThat(plan(configuration, "two").limits()).containsExactly(Limit.parse("10/minute"));
  }

  @Test
  void a_byte_order_mark_is_no_content() {
    assertThat(parse("\uFEFFprofile: talkpilot").profile().name()).isEqualTo("talkpilot");
  }

  private static Configuration parse(String yaml) {
    return Configuration.parse("weir.yaml", yaml);
  }

  private static ClusterSettings cluster(String members) {
    return parse("profile: talkpilot\ncluster:\n" + members).cluster();
  }

  private static Plan plan(Configuration configuration, String name) {
    return Objects.requireNonNull(configuration.catalog().plan(name));
  }

  private static String digest(String key) {
    return Objects.requireNonNull(ApiKey.parse(key)).sha256();
  }
}
