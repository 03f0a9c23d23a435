package dev.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The JSON Schema that editors use says the same as the loader. */
class SchemaTest {

  private static final String TEXT = resource("/dev/weir/weir.schema.json");
  private static final JsonNode TREE = new JsonMapper().readTree(TEXT);

  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  private static final Schema SCHEMA = REGISTRY.getSchema(TEXT, InputFormat.JSON);

  private static final Pattern YAML_BLOCK =
      Pattern.compile("^```yaml\\s*\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

  private static String definition(Members members) {
    return members.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Test
  void the_schema_is_one() {
    Schema metaSchema =
        REGISTRY.getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));

    assertThat(metaSchema.validate(TEXT, InputFormat.JSON)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Members.class)
  void the_schema_has_the_members_of_the_loader(Members members) {
    JsonNode section = members == Members.FILE ? TREE : TREE.get("$defs").get(definition(members));

    assertThat(section.get("properties").propertyNames())
        .containsExactlyInAnyOrderElementsOf(members.names);
    assertThat(section.get("additionalProperties").asBoolean()).isFalse();
  }

  @Test
  void every_member_is_described() {
    for (Members members : Members.values()) {
      JsonNode section =
          members == Members.FILE ? TREE : TREE.get("$defs").get(definition(members));
      for (Map.Entry<String, JsonNode> property : section.get("properties").properties()) {
        JsonNode described =
            property.getValue().has("$ref") && !property.getValue().has("description")
                ? TREE.get("$defs").get(property.getKey())
                : property.getValue();
        assertThat(described.has("description")).as(members + "." + property.getKey()).isTrue();
      }
    }
  }

  @Test
  void the_schema_knows_every_profile() {
    assertThat(TREE.at("/properties/profile/anyOf/0/enum").valueStream().map(JsonNode::asString))
        .containsExactlyElementsOf(ConfigurationReader.PROFILES);
  }

  static List<String> profiles() {
    return ConfigurationReader.PROFILES;
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void every_profile_is_a_file_of_this_format(String profile) {
    String plans = "\nplans: { mine: { limits: [1/day] } }\n";
    String yaml = resource("/dev/weir/profiles/" + profile + ".yaml");

    assertAccepted(yaml.contains("plans:\n") || yaml.contains("profile:") ? yaml : yaml + plans);
  }

  @Test
  void a_file_with_every_part_of_the_format_is_right() {
    assertAccepted(resource("everything.yaml"));
  }

  /** Each stands for one part of the format. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "plans: { a: { limits: unlimited } }",
        "plans: { a: { limits: [100/day, 5/15m token-bucket burst 9 as b, '60 / PT8H sliding-log'] } }",
        "plans: { a: { limits: [{ permits: 1, period: day, algorithm: token-bucket, burst: 2, name: n }] } }",
        "plans: { a: { groups: { g: unlimited }, dry-run: true } }\ngroups: { g: { limits: [1/day], cost: 1 } }",
        "plans: { a: { limits: [\"${N:1}/day\"], dry-run: \"${DRY:true}\" } }",
        "profile: ${WEIR_TEST_PROFILE:kallglot}\nplans: { free: null, pro: { limits: null } }\ngroups: { webhooks: { cost: 2 } }",
        "profile: talkpilot\nkeys: { k1: { plan: default, subject: 12, limits: unlimited } }",
        "profile: kallglot\nkeys: { k1: { plan: pro, groups: { analysis: [1/day] } } }",
        "profile: talkpilot\nkey-sources: [header X-Key, query key, bearer]",
        "profile: talkpilot\nheaders: { trio: false, limit: L, remaining: R, reset: S, describes: tightest, structured-fields: true }",
        "profile: talkpilot\nerrors: { undecided: { status: 429, content-type: text/plain; charset=utf-8, body: busy } }",
        "profile: talkpilot\nanonymous: { limits: [1/second], trusted-proxies: [10.0.0.1], header: x-forwarded-for }",
        "profile: talkpilot\ndirectory: { cache: 1m, unknown-cache: PT10S }",
        "profile: talkpilot\ncluster: { store: memory }",
        "profile: talkpilot\ncluster: { map: m, backups: 0, cluster-name: c, members: ['a:1'], client: false, member: 'a:1' }",
        "profile: talkpilot\ncluster: { deadline: 250ms, nodes: 3, on-failure: refuse }",
        "profile: kallglot\nplans: { free: { on-failure: allow } }\ngroups: { analysis: { on-failure: local } }",
        "profile: talkpilot\ncluster: { instance: mine }",
        "profile: talkpilot\ncluster: { hazelcast-config: h.xml }",
        "profile: talkpilot\ncluster: { client-config: c.xml, client: true }",
        "profile: talkpilot\nusage: { path: /v1/usage }",
      })
  void what_the_loader_accepts_the_schema_accepts(String yaml) {
    assertAccepted(yaml);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "profile: default",
        "profile: kalglot",
        "plan: { a: { limits: [1/day] } }",
        "plans: { a: { limit: [1/day] } }",
        "plans: { a: {} }",
        "plans: { a: { limits: [] } }",
        "plans: { a: { limits: none } }",
        "plans: { a: { limits: 1/day } }",
        "plans: { a: { limits: [1/fortnight] } }",
        "plans: { a: { limits: [0/day] } }",
        "plans: { a: { limits: [1/day leaky-bucket] } }",
        "plans: { a: { limits: [{ permits: 1 }] } }",
        "plans: { a: { limits: [{ permits: 0, period: day }] } }",
        "plans: { a: { limits: [1/day], dry-run: maybe } }",
        "plans: { a: { limits: [1/day], sessions: -1 } }",
        "plans: { a: { limits: [1/day], sessions: 10001 } }",
        "plans: { a: { limits: [1/day], sessions: some } }",
        "profile: talkpilot\nsessions: { open: sessions }",
        "profile: talkpilot\nsessions: { open: 7 }",
        "profile: talkpilot\nsessions: { open: [v1] }",
        "profile: talkpilot\nsessions: { open: [{ match: POST /v1 }] }",
        "profile: talkpilot\nsessions: { open: [POST /v1], id: body }",
        "profile: talkpilot\nsessions: { open: [POST /v1], id: json id }",
        "profile: talkpilot\nsessions: { grace: soon }",
        "plans: { 'a b': { limits: [1/day] } }",
        "profile: talkpilot\ngroups: { g: { match: [v1] } }",
        "profile: talkpilot\ngroups: { g: { match: /v1 } }",
        "profile: talkpilot\ngroups: { g: { cost: 0 } }",
        "profile: talkpilot\nkeys: { k1: { subject: s } }",
        "profile: talkpilot\nkeys: { k1: default }",
        "profile: talkpilot\nkeys: { sha256:12: { plan: default } }",
        "profile: talkpilot\nkeys: { 'a b': { plan: default } }",
        "profile: talkpilot\nkey-sources: []",
        "profile: talkpilot\nkey-sources: [cookie key]",
        "profile: talkpilot\nheaders: { limit: 'a b' }",
        "profile: talkpilot\nerrors: { allowed: { status: 429 } }",
        "profile: talkpilot\nerrors: { undecided: { status: 200 } }",
        "profile: talkpilot\nerrors: { undecided: { content-type: json } }",
        "profile: talkpilot\nanonymous: {}",
        "profile: talkpilot\nanonymous: { limits: [1/day], header: forwarded }",
        "profile: talkpilot\nanonymous: { limits: [1/day], trusted-proxies: [10.0.0.1], header: via }",
        "profile: talkpilot\ndirectory: { cache: soon }",
        "profile: talkpilot\ncluster: { store: redis }",
        "profile: talkpilot\ncluster: { backups: 7 }",
        "profile: talkpilot\ncluster: { members: [a] }",
        "profile: talkpilot\ncluster: { deadline: soon }",
        "profile: talkpilot\ncluster: { nodes: 0 }",
        "profile: talkpilot\ncluster: { on-failure: open }",
        "profile: talkpilot\nusage: {}",
        "profile: talkpilot\nkeys: { SHA256:12: { plan: default } }",
        "profile: talkpilot\nusage: { path: usage }",
        "profile: talkpilot\nusage: { path: /v1/.. }",
      })
  void what_the_loader_refuses_the_schema_refuses(String yaml) {
    assertThat(SCHEMA.validate(yaml, InputFormat.YAML)).isNotEmpty();
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> Configuration.parse("weir.yaml", yaml));
  }

  /** The README is where files are copied from. */
  @Test
  void every_example_of_the_readme_is_right() throws IOException {
    Path readme = Path.of("..", "README.md");
    if (!Files.exists(readme)) {
      return;
    }
    Matcher blocks = YAML_BLOCK.matcher(Files.readString(readme));
    int examples = 0;
    while (blocks.find()) {
      String yaml = blocks.group(1);
      if (yaml.startsWith("hazelcast")) {
        continue; // Hazelcast's own, see HazelcastFilesTest
      }
      String inSpring = "weir:\n"; // where the same settings stand below this
      assertAccepted(
          yaml.startsWith(inSpring) ? yaml.substring(inSpring.length()).stripIndent() : yaml);
      examples++;
    }
    assertThat(examples).isPositive();
  }

  private static void assertAccepted(String yaml) {
    List<Error> errors = SCHEMA.validate(yaml, InputFormat.YAML);
    assertThat(errors).as(yaml).isEmpty();
    assertThatNoException().as(yaml).isThrownBy(() -> Configuration.parse("weir.yaml", yaml));
  }

  private static String resource(String name) {
    try (InputStream file = SchemaTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
