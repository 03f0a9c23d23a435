package dev.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weir.key.ApiKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a file that is wrong is answered with. */
class MistakesTest {

  /** All mistakes of a file are told at once; {@code mistakes.txt} is what its author reads. */
  @Test
  void every_mistake_of_a_file_is_told_with_its_place_and_what_would_be_right() throws Exception {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> Configuration.parse("weir.yaml", resource("mistakes.yaml")))
        .satisfies(
            refusal ->
                assertThat(message(refusal)).isEqualTo(resource("mistakes.txt").stripTrailing()));
  }

  @Test
  void no_message_shows_an_api_key() throws Exception { // I9
    assertThat(resource("mistakes.yaml")).contains("secret-key-1", "secret key 4");
    assertThat(resource("mistakes.txt")).doesNotContain("secret");
  }

  @Test
  void one_problem_needs_no_list() {
    assertThat(refusal("plans: { a: { limits: [0/minute] } }"))
        .isEqualTo(
            "weir.yaml:1:24: plans.a.limits[0]: permits of limit 'minute' must be 1 to 100000000,"
                + " but is 0");
  }

  @Test
  void a_flood_of_problems_is_cut() {
    String keys =
        String.join("\n", IntStream.range(0, 150).mapToObj(i -> "  k" + i + ": 1").toList());

    assertThat(refusal("profile: talkpilot\nkeys:\n" + keys))
        .startsWith("101 problems:")
        .endsWith("and 50 more");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "plans: { a: { limits: [120/minuet] } } | a period is second, minute, hour, day,",
        "plans: { a: { limits: [120] } } | a limit reads like '120/minute'",
        "plans: { a: { limits: [100000001/day] } } | must be 1 to 100000000, but is 100000001",
        "plans: { a: { limits: [1/0s] } } | period of limit '0s' must be 1 second to 366 days",
        "plans: { a: { limits: [1/PT0.5S] } } | must be 1 second to 366 days, but is PT0.5S",
        "plans: { a: { limits: [1/367d] } } | must be 1 second to 366 days",
        "plans: { a: { limits: [1/minute leaky] } } | fixed, sliding-log, token-bucket, but is 'leaky'",
        "plans: { a: { limits: [1/minute burst 5] } } | for token-bucket only",
        "plans: { a: { limits: [unlimited] } } | outside of a list",
        "plans: { a: { limits: [{ permits: 1 }] } } | plans.a.limits[0].period is missing",
        "plans: { a: { limits: [{ permits: x, period: day }] } } | must be a whole number from 1",
        "plans: { a: { limits: [{ permits: 1, period: day, burst: 3 }] } } | for token-bucket only",
        "plans: { a: { limits: [] } } | has no limit in it; write unlimited",
        "plans: { a: { limits: } } | plans.a.limits has no value",
        "plans: { a: { sessions: two } } | plans.a.sessions must be 0 to 10000 or unlimited, but is 'two'",
        "plans: { a: { sessions: [1] } } | plans.a.sessions must be a whole number from 0 to 10000, but is a list",
        "plans: { a: [1/day] } | plans.a must be a mapping with limits, groups, sessions, websocket, dry-run, on-failure, credits, but is a list",
        "plans: { a b: { limits: [1/day] } } | must have a name of 1 to 64 letters",
        "plans: [a] | plans must be a mapping of names to values, but is a list",
        "plans: {} | plans must name at least one plan",
        "keys: {} | there are no plans",
        "profile: problem-json | there are no plans",
        "profile: nothing-like-it | unknown profile 'nothing-like-it'; the profiles are default, kallglot",
        "profile: [default] | profile must be one of default, kallglot",
        "profile: ${NO_SUCH_VARIABLE} | environment variable 'NO_SUCH_VARIABLE' is not set",
        "profile: ${NO SUCH VARIABLE} | a placeholder reads ${NAME}",
        "profile: ${PATH | a placeholder reads ${NAME}",
        "- profile: default | a configuration is a mapping",
        "talkpilot | a configuration is a mapping",
      })
  void what_is_wrong_is_told(String yaml, String told) {
    assertThat(refusal(yaml)).startsWith("weir.yaml:1:").contains(told);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "anonymous: { limits: [1/day], trusted-proxies: [10.0.0.0/33], header: forwarded } | 10.0.0.0/33",
        "anonymous: { limits: [1/day], header: forwarded } | is believed from trusted-proxies only",
        "anonymous: { limits: [1/day], trusted-proxies: [10.0.0.1], header: via } | forwarded or x-forwarded-for, but is 'via'",
        "anonymous: yes | anonymous must be a mapping",
        "directory: { cache: 2d } | directory.cache must be 0s to 86400s, but is 172800s",
        "directory: { unknown-cache: PT-1S } | must be 0s to 86400s",
        "cluster: { deadline: 9ms } | a deadline is a time from 10ms to 60s, such as 100ms or 1s, but is '9ms'",
        "cluster: { deadline: soon } | a deadline is a time from 10ms to 60s",
        "cluster: { deadline: 61s } | a deadline is a time from 10ms to 60s",
        "cluster: { nodes: 0 } | cluster.nodes must be a whole number from 1 to 10000",
        "cluster: { on-failure: open } | cluster.on-failure must be allow or local or refuse",
        "groups: { g: { on-failure: open } } | groups.g.on-failure must be allow or local or refuse",
        "usage: {} | usage.path is missing",
        "usage: { path: '/usage?all' } | must be a path such as /v1/usage",
        "usage: { path: /v1/../usage } | must be a path such as /v1/usage",
        "usage: { path: /v1/. } | must be a path such as /v1/usage",
        "anonymous: { limits: [1/day], trusted-proxies: [0.0.0.0/0], header: forwarded } | '0.0.0.0/0' trusts everybody",
        "anonymous: { limits: [1/day], trusted-proxies: ['::/0'], header: forwarded } | '::/0' trusts everybody",
        "key-sources: [] | must name at least one source",
        "key-sources: [bearer, bearer] | 'bearer' is there twice",
        "key-sources: [bearer, header authorization] | 'header authorization' and 'bearer' read one header two ways",
        "key-sources: [header X Y] | a key source is 'bearer', 'header NAME' or 'query NAME'",
        "headers: { limit: 'A:B' } | must be a header name such as X-RateLimit-Limit, but is 'A:B'",
        "headers: { limit: x-ratelimit-reset } | need a header each",
        "headers: { reset: Retry-After } | 'Retry-After' has a meaning of its own",
        "headers: { limit: content-length } | 'content-length' has a meaning of its own",
        "headers: { remaining: RateLimit } | 'RateLimit' has a meaning of its own",
        "headers: { describes: hours } | but is 'hours'; did you mean 'hour'?",
        "errors: { quota-exceeded: { status: 399 } } | from 400 to 599, but is '399'",
        "errors: { quota-exceeded: { status: 600 } } | from 400 to 599, but is '600'",
        "errors: { quota-exceeded: { content-type: json } } | must be a media type such as application/json",
        "errors: { quota-exceeded: { content-type: \"a/b; c=d\\N\" } } | must be a media type such as application/json",
        "errors: { quota-exceeded: { content-type: \"a/b;\\r\\nc=d\" } } | must be a media type such as application/json",
        "errors: { quota-exceeded: { content-type: 'a/b; c=ü' } } | must be a media type such as application/json",
        "errors: { quota-exceeded: { body: '{\"a\":1,}' } } | must be valid JSON",
        "errors: { quota-exceeded: { body: '{\"a\":{{limit_name}}}' } } | must be valid JSON",
        "errors: { quota-exceeded: { body: '\"{{violated_policies}}\"' } } | must be valid JSON",
        "errors: { quota-exceeded: { body: '{\"a\":{{limits}}}' } } | but holds {{limits}}",
        "errors: { quota-exceeded: { body: '\"{{limit\"' } } | a placeholder ends with '}}'",
        "errors: { key-missing: { body: '{\"a\":{{limit}}}' } } | but holds {{limit}}",
        "errors: { key-missing: null } | errors.key-missing is missing",
        "errors: { key-missing: { body: null } } | errors.key-missing.body is missing",
        "errors: { allowed: { status: 429 } } | unknown member 'allowed' of errors",
        "groups: { g: { match: [GET v1] } } | a pattern reads like",
        "groups: { g: { match: [] } } | has no pattern in it",
        "groups: { g: { cost: 1000001 } } | from 1 to 1000000",
        "groups: { g: { exempt: true, cost: 2 } } | is exempt, so its cost would never count",
        "sessions: 10 | sessions must be a mapping with open, id, use, end, grace",
        "sessions: { open: [sessions] } | a pattern reads like 'GET /v1/sessions/{id}'",
        "sessions: { use: [GET /v1/sessions] } | 'GET /v1/sessions' does not say which session it is about: give it a placeholder {id}",
        "sessions: { use: ['/v1/{a}/{b}'] } | does not say which session it is about",
        "sessions: { end: ['/**/{id}'] } | or has it behind '**'",
        "sessions: { use: [{ match: '/v1/{a}/{b}', id: path c }] } | has no placeholder {c}",
        "sessions: { use: [{ match: /v1/stream, id: location }] } | the id of a session that is used stands in the request",
        "sessions: { use: [{ match: /v1/stream }] } | sessions.use[0].id is missing",
        "sessions: { open: [POST /v1], id: body } | an id is found by 'location', 'json $.id', 'header NAME', 'query NAME' or 'path NAME', but this says 'body'",
        "sessions: { open: [POST /v1], end: ['POST /v1'] } | does not say which session",
        "sessions: { open: ['/v1/{id}'], end: ['/v1/{id}'] } | is what '/v1/*' in weir.yaml:2:20 says already, below 'open'; name each request once",
        "sessions: { grace: 0s } | sessions.grace must be 1s to 7d, but is '0s'",
        "sessions: { grace: PT0.5S } | sessions.grace must be 1s to 7d, but is 'PT0.5S'",
        "sessions: { grace: 8d } | sessions.grace must be 1s to 7d, but is '8d'",
        "websocket: { excess: queue } | websocket.excess must be close or deliver or drop, but is 'queue'",
        "websocket: { patience: soon } | a period is second, minute",
        "websocket: { count: half } | bytes are counted 'whole' or 'decoded $.data', but this says 'half'",
        "websocket: { count: decoded data } | a member of a JSON object reads like '$.data', but is 'data'",
        "websocket: { frame: ' ' } | websocket.frame must say that messages come too fast",
        "plans: { p: { websocket: {} } } | plans.p.websocket limits nothing; give it messages or bytes, or leave it out",
        "plans: { p: { websocket: { messages: 5 } } } | a limit reads like '120/minute'",
        "plans: { p: { websocket: { messages: 5/second sliding-log } } } | what sockets may send is counted in fixed windows, but the limit is '5/second sliding-log'",
        "plans: { p: { websocket: { bytes: 64PB/second } } } | permits must be a whole number from 1 to 100000000, but is '64PB'",
        "plans: { p: { websocket: { bytes: 96MB/second } } } | permits of limit 'second' must be 1 to 100000000, but is 100663296",
        "plans: { p: { websocket: { bytes: [1KB/second, 1MiB/second] } } } | has the same name as",
        "keys: { k1: { plan: default, sessions: 10001 } } | sessions must be 0 to 10000 or unlimited",
      })
  void what_is_wrong_beside_the_plans_is_told(String yaml, String told) {
    assertThat(refusal("profile: talkpilot\n" + yaml)).startsWith("weir.yaml:2:").contains(told);
  }

  @Test
  void a_session_of_an_exempt_group_would_not_be_seen() {
    assertThat(
            refusal(
                """
                profile: talkpilot
                groups: { jobs: { match: ['/jobs/**'], exempt: true } }
                sessions: { open: /other, use: 'GET /jobs/{id}' }
                """))
        .startsWith(
            "weir.yaml:3:32: sessions.use: 'GET /jobs/*' belongs to group 'jobs', which is exempt");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ store: memory, map: other }",
        "{ store: memory, instance: mine }",
        "{ instance: mine, cluster-name: weir }",
        "{ instance: mine, members: ['a:1'] }",
        "{ instance: mine, hazelcast-config: a.xml }",
        "{ hazelcast-config: a.xml, members: ['a:1'] }",
        "{ hazelcast-config: a.xml, client-config: b.xml }",
        "{ hazelcast-config: a.xml, client: true }",
        "{ client-config: b.xml, members: ['a:1'] }",
        "{ client: true, members: ['a:1'], member: 'a:1' }",
      })
  void a_cluster_that_contradicts_itself_is_refused(String cluster) {
    assertThat(refusal("profile: talkpilot\ncluster: " + cluster))
        .contains("contradicts")
        .contains("leave out one of them");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ client: true } | needs 'members' or 'client-config'",
        "{ client-config: b.xml, client: false } | must be true beside 'client-config'",
        "{ members: [a] } | a member is host:port",
        "{ members: ['a:0'] } | a member is host:port",
        "{ members: ['a:65536'] } | a member is host:port",
        "{ members: ['a:1', 'a:1'] } | 'a:1' is there twice",
        "{ store: redis } | must be hazelcast or memory, but is 'redis'",
        "{ map: ' ' } | must be a name without spaces around it",
      })
  void a_cluster_that_cannot_be_is_refused(String cluster, String told) {
    assertThat(refusal("profile: talkpilot\ncluster: " + cluster)).contains(told);
  }

  @Test
  void a_name_written_twice_is_told_with_both_lines() {
    assertThat(refusal("plans:\n  a: { limits: [1/day] }\n  a: { limits: [2/day] }\n"))
        .isEqualTo("weir.yaml:3:3: 'a' is written twice, in lines 2 and 3; keep one");
  }

  @Test
  void a_key_written_twice_is_told_with_both_lines_but_not_shown() { // I9
    assertThat(
            refusal("profile: talkpilot\nkeys:\n  k1: { plan: default }\n  k1: { plan: default }"))
        .isEqualTo("weir.yaml:4:3: this key is written twice, in lines 3 and 4; keep one");
  }

  @Test
  void a_key_written_as_text_and_as_digest_is_one_key() {
    String digest = Objects.requireNonNull(ApiKey.parse("k1")).sha256();

    assertThat(
            refusal(
                "profile: talkpilot\nkeys:\n  k1: { plan: default }\n  sha256:%s: { plan: default }"
                    .formatted(digest)))
        .isEqualTo(
            "weir.yaml:4:3: keys.* is the same key as the one in line 3, written another way; keep"
                + " one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "keys: [secret-1]",
        "keys: secret-1",
        "keys: { secret-1: }",
        "keys:\nsecret-1: starter",
        "keys:\nsecret-1: { limits: [1/day] }\nsecret-2:",
        "keys: { secret-1: starter }",
        "keys: { secret-1: { plan: secret-1 } }",
        "keys: { secret-1: { plan: starter, subject: [secret-1] } }",
        "keys: { secret-1: { plan: starter, limits: secret-1 } }",
        "keys: { secret-1: { plan: starter, limits: [secret-1/minute] } }",
        "keys: { secret-1: { plan: starter, groups: { secret-1: unlimited } } }",
        "keys: { 'secret-1 and more': { plan: starter } }",
        "keys: { sha256:secret-1: { plan: starter } }",
        "keys: { starter: { secret-1: { plan: starter } } }",
        "keys: { 'secret-1${NO_SUCH_VARIABLE}': { plan: starter } }",
        "keys: { *secret-1 : { plan: starter } }",
        "keys: { !secret-1!x a: { plan: starter } }",
        "keys: { 'secret-1': { plan: starter }",
        "secret-1: { plan: starter }",
        "secret-1:",
        "keys:secret-1: { plans: starter }",
        "plans: { secret-1: { plan: starter } }",
        "groups: { secret-1: { plan: starter } }",
        "plans: { a: { groups: { secret-1: { plan: starter } } } }",
        "keys: &a\nsecret-1: { plan: starter }\nsecret-1: { plan: starter }",
      })
  void wherever_a_key_went_astray_it_is_not_shown(String yaml) { // I9
    assertThat(refusal("profile: kallglot\n" + yaml))
        .contains("weir.yaml:")
        .doesNotContain("secret");
  }

  @Test
  void two_limits_of_one_list_need_two_names() {
    assertThat(refusal("plans: { a: { limits: [60/minute, 60/minute token-bucket] } }"))
        .isEqualTo(
            "weir.yaml:1:35: plans.a.limits[1]: '60/minute token-bucket' has the same name as"
                + " '60/minute' in line 1; tell them apart with 'as NAME', or keep one");
  }

  @Test
  void two_limits_of_one_request_need_two_names_too() {
    assertThat(
            refusal(
                """
                plans: { a: { limits: [1/day as g-day], groups: { g: [1/day] } } }
                groups: { g: { match: [/g] } }
                """))
        .isEqualTo(
            "weir.yaml:1:10: plans.a: requests to group 'g' have two limits that clients see as"
                + " 'g-day'; rename one with 'as NAME'");
  }

  @Test
  void a_limit_that_never_refuses_is_told() {
    assertThat(refusal("plans: { a: { limits: [10/second, 601/minute] } }"))
        .isEqualTo(
            "weir.yaml:1:35: plans.a.limits[1]: '601/minute' can never refuse a request that"
                + " '10/second' of the same list admits; lower it or drop it");
  }

  @Test
  void limits_of_plan_and_group_are_not_compared() { // K4 has them equal, and wider
    assertThat(
            Configuration.parse(
                    "weir.yaml",
                    "plans: { a: { limits: [10/minute], groups: { g: [99/minute] } } }\n"
                        + "groups: { g: { match: [/g] } }")
                .catalog()
                .plans())
        .hasSize(1);
  }

  @Test
  void a_cost_that_no_limit_has_room_for_is_told() {
    assertThat(
            refusal(
                """
                plans:
                  a: { limits: [10/minute] }
                groups:
                  g: { match: [/g], cost: 11 }
                """))
        .isEqualTo(
            "weir.yaml:4:27: groups.g.cost is 11, but limit '10/minute' that plan 'a' sets for such"
                + " requests never has room for more: none would be admitted");
  }

  @Test
  void a_burst_that_has_room_for_the_cost_is_enough() {
    assertThat(
            Configuration.parse(
                    "weir.yaml",
                    "plans: { a: { limits: [10/minute token-bucket burst 11] } }\n"
                        + "groups: { g: { match: [/g], cost: 11 } }")
                .catalog()
                .groups())
        .hasSize(1);
  }

  @Test
  void one_request_is_judged_by_32_limits_at_most() {
    String twenty =
        String.join(", ", IntStream.rangeClosed(1, 20).mapToObj(i -> "1/1s as n" + i).toList());

    assertThat(
            refusal(
                """
                plans:
                  a: { limits: [%s], groups: { g: [%s] } }
                groups:
                  g: { match: [/g] }
                """
                    .formatted(twenty, twenty)))
        .isEqualTo(
            "weir.yaml:2:3: plans.a: requests to group 'g': at most 32 limits may apply to one"
                + " request, but these are 40");
  }

  @Test
  void a_path_that_reads_two_ways_is_judged_by_32_limits_at_most() {
    String twelve =
        String.join(", ", IntStream.rangeClosed(1, 12).mapToObj(i -> "1/1s as n" + i).toList());

    assertThat(
            refusal(
                """
                plans:
                  a: { limits: [%s] }
                groups:
                  g: { match: [/g], limits: [%s] }
                  h: { match: [/h], limits: [%s] }
                  i: { match: [/i], limits: [1/day] }
                """
                    .formatted(twelve, twelve, twelve)))
        .isEqualTo(
            "weir.yaml:2:3: plans.a: requests to group 'g' whose path also reads as one of group"
                + " 'h': at most 32 limits may apply to one request, but these are 36");
  }

  @Test
  void two_groups_cannot_have_the_same_requests() {
    String file =
        """
        profile: kallglot
        groups:
          one: { match: ["GET,PUT /a/{id}"] }
          two: { match: ["%s"] }
        """;

    assertThat(refusal(file.formatted("PUT,POST /a/*")))
        .isEqualTo(
            "weir.yaml:4:18: groups.two.match[0]: 'POST,PUT /a/*' belongs to group 'one' already, by"
                + " 'GET,PUT /a/*' in weir.yaml:3:18; name each request once");
    assertThat(Configuration.parse("weir.yaml", file.formatted("/a/{id}")).catalog().groups())
        .hasSize(7);
    assertThat(Configuration.parse("weir.yaml", file.formatted("POST /a/{id}")).catalog().groups())
        .hasSize(7);
  }

  static Stream<Arguments> whatIsNoYaml() {
    return Stream.of(
        arguments("", "1:1: the file is empty"),
        arguments("# nothing", "1:1: the file is empty"),
        arguments(
            "a:\n\tb: 1", "2:1: the file is not valid YAML: while scanning for the next token"),
        arguments("plans: [1", "1:10: the file is not valid YAML: while parsing a flow sequence"),
        arguments("plans: { a: ${A} }", "such as ${NAME}, is quoted"),
        arguments("plans: *a", "1:8: this alias has no anchor before it"),
        arguments("a: &a [*a]", "1:8: this alias has no anchor before it"),
        arguments("plans: !!map {}", "1:8: YAML tags (!...) are not supported"),
        arguments("%YAML 9.0\n---\na: 1", "1:1: the file is not valid YAML"),
        arguments("a: 1\n---\nb: 1", "2:1: a second document begins here"),
        arguments("? [a]\n: 1", "1:3: a name is needed here"),
        arguments("null: 1", "1:1: a name is needed here"),
        arguments("plans:\n  a\u0007: 1", "2:4: a YAML file holds printable characters only"),
        arguments("plans:\n  a\uD800: 1", "2:4: a YAML file holds printable characters only"));
  }

  @ParameterizedTest
  @MethodSource("whatIsNoYaml")
  void what_is_no_yaml_is_told_in_the_same_form(String yaml, String told) {
    assertThat(refusal(yaml)).contains("weir.yaml:").contains(told);
  }

  @Test
  void aliases_cannot_blow_a_file_up() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
      String ten = String.join(", ", Collections.nCopies(10, "*a" + (i - 1)));
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, ten));
    }

    assertThat(refusal(bomb.toString()))
        .contains("more than 500000 values, counting what aliases repeat");
  }

  @Test
  void nesting_cannot_exhaust_the_stack() {
    assertThat(refusal("[".repeat(100_000))).contains("more than 32 levels of nesting");
    StringBuilder chain = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 50_000; i++) {
      chain.append("a%d: &a%d [*a%d]\n".formatted(i, i, i - 1));
    }
    assertThat(refusal(chain.toString()))
        .contains("more than 500000 values, counting what aliases repeat");
  }

  @Test
  void a_file_has_an_end() {
    assertThat(refusal("#".repeat(4_000_000)))
        .contains("the file has more than 3145728 characters");
  }

  private static String refusal(String yaml) {
    try {
      Configuration.parse("weir.yaml", yaml);
    } catch (ConfigurationException refusal) {
      return message(refusal);
    }
    throw new AssertionError("accepted: " + yaml);
  }

  private static String message(ConfigurationException refusal) {
    return String.valueOf(refusal.getMessage()).replace(System.lineSeparator(), "\n");
  }

  private static String resource(String name) throws IOException {
    try (InputStream file = MistakesTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
