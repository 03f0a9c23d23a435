package dev.weir.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weir.Requests;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanCatalogTest {

  private static final EndpointGroup ANALYSIS =
      group("analysis", List.of("30/minute"), "POST /v1/sessions/{id}/analysis");
  private static final EndpointGroup SESSIONS =
      group("sessions", List.of("60/minute"), "/v1/sessions/**");
  private static final EndpointGroup FILES = group("files", List.of(), "/v1/files/{name}");
  private static final EndpointGroup HEALTH =
      new EndpointGroup(
          "health",
          List.of(EndpointPattern.parse("/health/**"), EndpointPattern.parse("/ping")),
          List.of(),
          1,
          true);
  private static final EndpointGroup CODE_ONLY = group("code-only", List.of("5/minute"));

  private static final Plan FREE = new Plan("free", List.of(), Map.of(), false);
  private static final Plan STARTER =
      new Plan(
          "starter",
          limits("120/minute", "9000/day"),
          Map.of("analysis", limits("10/minute", "20/hour"), "files", List.of()),
          false);

  private static final PlanCatalog CATALOG =
      new PlanCatalog(
          List.of(FREE, STARTER), List.of(SESSIONS, ANALYSIS, FILES, HEALTH, CODE_ONLY));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/sessions/s1/analysis",
        "/v1/sessions/s1/analysis/",
        "/v1/sessions/s1/analysis//",
        "//v1/sessions/s1/analysis",
        "/v1//sessions///s1/analysis",
        "/v1/./sessions/s1/./analysis/.",
        "/v1/x/../sessions/s1/analysis",
        "/v1/x/y/../../sessions/s1/analysis",
        "/../v1/sessions/s1/analysis",
        "/v1/sessions/s1/analysis/x/..",
        "/v1/sessions/s1/analysis;x=1",
        "/v1/sessions/s1/analysis;",
        "/v1/sessions/s1/analysis;x=1;y=2/",
        "/v1;x/sessions;y=1/s1;z/analysis",
        "/;x/v1/sessions/s1/analysis",
        "/v1/sessions/s1/;x=1/analysis",
        "/v1/x/..;y=1/sessions/s1/analysis",
        "/v1/.;y/sessions/s1/analysis",
        "/v1/sessions/s1/%61nalysis",
        "/v1/sessions/s1/%61%6E%61%6c%79sis",
        "/v1/%73essions/s1/analysis",
        "/v1/%2e/sessions/s1/analysis",
        "/v1/x/%2e%2e/sessions/s1/analysis",
        "/v1/x/%2E%2e/sessions/s1/analysis",
        "/v1/x/.%2E/sessions/s1/analysis",
        "/v1/x/%2e%2e;y/sessions/s1/analysis",
        "/v1/sessions/s%zz/analysis",
        "/v1/sessions/s%/analysis",
        "/v1/sessions/s%2/analysis",
        "/v1/sessions/a+b/analysis",
        "/v1/sessions/%C3%BC/analysis",
        "/v1/sessions/%ff/analysis",
        "/v1/sessions/%3B/analysis",
      })
  void no_spelling_of_a_path_leaves_its_group(String path) {
    assertThat(endpoint(CATALOG, "POST", path)).isEqualTo(Endpoint.of(ANALYSIS));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1%2Fsessions/s1/analysis",
        "/v1/sessions/s1%2fanalysis",
        "/v1/sessions/a%2Fb/analysis",
        "/v1/sessions%5Cs1/analysis",
        "/v1/sessions%5cs1%2Fanalysis",
        "/v1/sessions\\s1\\analysis",
        "/v1/x%2F..%2Fsessions/s1/analysis",
        "/v1/sessions/s1/x;y=%2F/..%5Canalysis",
      })
  void a_hidden_separator_does_not_leave_the_group_either(String path) {
    Endpoint endpoint = endpoint(CATALOG, "POST", path);

    assertThat(Stream.of(endpoint.group(), endpoint.otherGroup())).contains(ANALYSIS);
    assertThat(endpoint.exempt()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/files/a%2Fb, files,",
    "/v1/files/..%2Fsessions%2Fs1%2Fanalysis, files, analysis",
    "/v1/files/..%2Fsessions%2Fs1, files, sessions",
    "/v1/files%2Fa, , files",
    "/v1/files/a%2F, files, files",
    "/v1/files/a;x=%2F..%2F..%2Fsessions, files, files",
    "/v1/sessions/a%2Fb, sessions, sessions",
    "/x%2Fy, ,",
  })
  void a_path_that_reads_two_ways_is_judged_by_the_groups_of_both(
      String path, String asSegment, String asSeparator) {
    Endpoint endpoint = endpoint(CATALOG, "POST", path);

    assertThat(
            Stream.of(endpoint.group(), endpoint.otherGroup())
                .filter(group -> group != null)
                .map(EndpointGroup::name))
        .containsExactlyElementsOf(
            Stream.of(asSegment, asSeparator).filter(name -> name != null).distinct().toList());
  }

  @Test
  void a_path_that_reads_two_ways_costs_what_the_dearer_one_costs() {
    EndpointGroup cheap =
        new EndpointGroup("cheap", List.of(EndpointPattern.parse("/a/*")), List.of(), 2, false);
    EndpointGroup dear =
        new EndpointGroup("dear", List.of(EndpointPattern.parse("/a/b/c")), List.of(), 7, false);
    PlanCatalog catalog = new PlanCatalog(List.of(FREE), List.of(cheap, dear));

    assertThat(endpoint(catalog, "GET", "/a/b%2Fc").cost()).isEqualTo(7);
    assertThat(endpoint(catalog, "GET", "/a/b%2Fd").cost()).isEqualTo(2);
  }

  @Test
  void a_path_that_reads_two_ways_is_charged_to_the_budgets_of_both() {
    Endpoint endpoint = endpoint(CATALOG, "POST", "/v1/sessions/s1/x%2F..%2Fanalysis");

    assertThat(budgets(CATALOG.policy(FREE, Account.of("free"), endpoint)))
        .containsExactly("sessions 60/minute", "analysis 30/minute");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/sessions/s1/%2561nalysis", // decoded once, as containers do
        "/v1/sessions/s1/Analysis",
        "/v1/sessions/s1/analysis%20",
        "/v1/sessions/s1/analysis%3Bx",
        "/v1/sessions/s1/analysis/x",
        "/v1/sessions/s1/..analysis",
        "/v1/sessions/s1/analysis%zz",
      })
  void another_path_is_another_path(String path) {
    assertThat(endpoint(CATALOG, "POST", path)).isEqualTo(Endpoint.of(SESSIONS));
  }

  @Test
  void a_path_that_leads_elsewhere_belongs_there() {
    assertThat(endpoint(CATALOG, "POST", "/v1/sessions/s1/analysis/../../../x"))
        .isEqualTo(Endpoint.UNGROUPED);
    assertThat(endpoint(CATALOG, "POST", "/v1/sessions/../files/a")).isEqualTo(Endpoint.of(FILES));
  }

  @Test
  void the_root_and_an_empty_path_belong_to_no_group() {
    assertThat(endpoint(CATALOG, "GET", "/")).isEqualTo(Endpoint.UNGROUPED);
    assertThat(endpoint(CATALOG, "GET", "")).isEqualTo(Endpoint.UNGROUPED);
    assertThat(endpoint(CATALOG, "GET", "/..")).isEqualTo(Endpoint.UNGROUPED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health", "/health/live/", "/ping", "/p%69ng", "/ping;jsessionid=1"})
  void an_exempt_group_is_exempt(String path) {
    assertThat(endpoint(CATALOG, "GET", path)).isEqualTo(Endpoint.of(HEALTH));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/health/..%2Fv1/sessions",
        "/health%2F..%2Fv1/sessions",
        "/health/..\\v1",
        "/health/%5C../v1",
        "/v1/..;/health",
        "/v1/../ping",
        "/v1/%2e%2E/ping",
        "/ping/x/..",
        "//ping",
        "/./ping",
        "/ping/.",
        "/ping/x/..;y"
      })
  void a_path_that_containers_may_resolve_elsewhere_is_never_exempt(String path) {
    assertThat(endpoint(CATALOG, "GET", path).exempt()).isFalse();
  }

  @Test
  void the_most_specific_pattern_wins_in_whatever_order_they_are_configured() {
    List<EndpointGroup> groups =
        new ArrayList<>(
            List.of(
                group("any", List.of(), "/**"),
                group("v1", List.of(), "/v1/**"),
                group("one", List.of(), "/v1/{kind}/{id}"),
                group("leads", List.of(), "/v1/leads/*"),
                group("new-lead", List.of(), "/v1/leads/new"),
                group("get-new-lead", List.of(), "GET /v1/leads/new")));
    Random random = new Random(1);
    for (int i = 0; i < 50; i++) {
      Collections.shuffle(groups, random);
      PlanCatalog catalog = new PlanCatalog(List.of(FREE), groups);

      assertThat(groupOf(catalog, "GET", "/v1/leads/new")).isEqualTo("get-new-lead");
      assertThat(groupOf(catalog, "PUT", "/v1/leads/new")).isEqualTo("new-lead");
      assertThat(groupOf(catalog, "GET", "/v1/leads/7")).isEqualTo("leads");
      assertThat(groupOf(catalog, "GET", "/v1/agents/new")).isEqualTo("one");
      assertThat(groupOf(catalog, "GET", "/v1/leads")).isEqualTo("v1");
      assertThat(groupOf(catalog, "GET", "/v2")).isEqualTo("any");
    }
  }

  @Test
  void of_two_equally_specific_patterns_the_first_configured_wins() {
    EndpointGroup first = group("first", List.of(), "/v1/{a}");
    EndpointGroup second = group("second", List.of(), "/v1/{b}");

    assertThat(groupOf(new PlanCatalog(List.of(), List.of(first, second)), "GET", "/v1/x"))
        .isEqualTo("first");
    assertThat(groupOf(new PlanCatalog(List.of(), List.of(second, first)), "GET", "/v1/x"))
        .isEqualTo("second");
  }

  @Property
  void every_spelling_of_a_path_gives_the_same_endpoint(@ForAll Random random) {
    List<String> paths =
        List.of(
            "/v1/sessions/s1/analysis",
            "/v1/sessions/s1",
            "/v1/files/report+1.pdf",
            "/v1/webhooks",
            "/v1/files/ü");
    String plain = paths.get(random.nextInt(paths.size()));
    String spelling = respelled(plain, random);

    assertThat(endpoint(CATALOG, "POST", spelling))
        .as(spelling)
        .isEqualTo(endpoint(CATALOG, "POST", plain));
  }

  /** Writes a path as a caller could who wants it to look different, yet be dispatched the same. */
  private static String respelled(String path, Random random) {
    StringBuilder spelling = new StringBuilder();
    for (String segment : path.substring(1).split("/", -1)) {
      spelling.append('/');
      switch (random.nextInt(6)) {
        case 0 ->
            spelling.append(".".repeat(random.nextInt(2))).append(parameters(random)).append('/');
        case 1 -> spelling.append("%2").append(random.nextBoolean() ? 'e' : 'E').append('/');
        case 2 ->
            spelling
                .append(encoded("detour" + random.nextInt(9), random))
                .append(parameters(random))
                .append(random.nextBoolean() ? "/../" : "/%2E.;x/");
        default -> {}
      }
      spelling.append(encoded(segment, random)).append(parameters(random));
    }
    return spelling.append(random.nextInt(3) == 0 ? "/" : "").toString();
  }

  private static String encoded(String segment, Random random) {
    StringBuilder text = new StringBuilder();
    for (byte octet : segment.getBytes(StandardCharsets.UTF_8)) {
      if (octet < 0 || random.nextInt(4) == 0) {
        String hex = "%%%02X".formatted(octet);
        text.append(random.nextBoolean() ? hex : hex.toLowerCase(java.util.Locale.ROOT));
      } else {
        text.append((char) octet);
      }
    }
    return text.toString();
  }

  private static String parameters(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> ";";
      case 1 -> ";x=1;..;y=%41";
      default -> "";
    };
  }

  @Test
  void plan_limits_come_before_those_of_the_group() {
    assertThat(budgets(STARTER, Account.of("starter"), Endpoint.of(ANALYSIS))) // K4
        .containsExactly("120/minute", "9000/day", "analysis 10/minute", "analysis 20/hour");
  }

  @Test
  void a_plan_without_limits_of_a_group_has_those_the_group_brings() {
    assertThat(budgets(FREE, Account.of("free"), Endpoint.of(ANALYSIS)))
        .containsExactly("analysis 30/minute");
    assertThat(budgets(STARTER, Account.of("starter"), Endpoint.of(SESSIONS)))
        .containsExactly("120/minute", "9000/day", "sessions 60/minute");
  }

  @Test
  void a_plan_may_lift_the_limits_of_a_group() {
    Plan lifting = new Plan("lifting", limits("9/hour"), Map.of("analysis", List.of()), false);

    assertThat(budgets(lifting, Account.of("lifting"), Endpoint.of(ANALYSIS)))
        .containsExactly("9/hour");
  }

  @Test
  void an_endpoint_in_no_group_has_the_limits_of_the_plan() {
    assertThat(budgets(STARTER, Account.of("starter"), Endpoint.UNGROUPED))
        .containsExactly("120/minute", "9000/day");
    assertThat(budgets(FREE, Account.of("free"), Endpoint.UNGROUPED)).isEmpty();
  }

  @Test
  void an_account_replaces_the_limits_of_its_plan() {
    Account account = Account.of("starter").withLimits(Limit.parse("1000/minute"));

    assertThat(budgets(STARTER, account, Endpoint.of(ANALYSIS))) // R12
        .containsExactly("1000/minute", "analysis 10/minute", "analysis 20/hour");
  }

  @Test
  void an_account_may_be_unlimited() {
    assertThat(budgets(STARTER, Account.of("starter").withLimits(), Endpoint.UNGROUPED)).isEmpty();
  }

  @Test
  void an_account_replaces_the_limits_of_a_group_over_plan_and_group() {
    Account account =
        new Account(
            "starter", null, null, Map.of("analysis", limits("1/hour"), "files", List.of()));

    assertThat(budgets(STARTER, account, Endpoint.of(ANALYSIS))) // R12
        .containsExactly("120/minute", "9000/day", "analysis 1/hour");
    assertThat(budgets(FREE, account, Endpoint.of(ANALYSIS))).containsExactly("analysis 1/hour");
    assertThat(budgets(FREE, account, Endpoint.of(SESSIONS))).containsExactly("sessions 60/minute");
  }

  @Test
  void limits_of_an_annotation_come_last_under_a_scope_of_their_own() {
    Endpoint annotated =
        new Endpoint(ANALYSIS, "dev.acme.Analysis#start", limits("2/second"), 1, false);

    assertThat(budgets(FREE, Account.of("free"), annotated))
        .containsExactly("analysis 30/minute", "dev.acme.Analysis#start 2/second");
  }

  @Test
  void a_policy_costs_what_its_endpoint_costs() {
    assertThat(CATALOG.policy(FREE, Account.of("free"), costing(7)).cost()).isEqualTo(7);
    assertThat(CATALOG.policy(FREE, Account.of("free"), costing(0)).cost()).isEqualTo(1);
    assertThat(CATALOG.policy(FREE, Account.of("free"), Endpoint.UNGROUPED).cost()).isEqualTo(1);
  }

  @Test
  void an_annotation_without_a_group_takes_that_of_the_path() {
    EndpointGroup dear = new EndpointGroup("dear", List.of(), List.of(), 5, false);
    Endpoint path = Endpoint.of(dear).or(Endpoint.of(ANALYSIS));
    Endpoint annotated = new Endpoint(null, "dev.acme.A", limits("2/second"), 0, false);

    assertThat(annotated.within(path))
        .isEqualTo(
            new Endpoint(dear, "dev.acme.A", limits("2/second"), 5, false, ANALYSIS, null, 1));
    assertThat(new Endpoint(null, "dev.acme.A", List.of(), 3, false).within(path).cost())
        .isEqualTo(3);
    assertThat(annotated.within(Endpoint.of(HEALTH)).exempt()).isTrue();
  }

  @Test
  void a_catalog_knows_its_plans_and_groups_in_order() {
    assertThat(CATALOG.plans()).containsExactly(FREE, STARTER);
    assertThat(CATALOG.groups()).containsExactly(SESSIONS, ANALYSIS, FILES, HEALTH, CODE_ONLY);
    assertThat(CATALOG.plan("starter")).isSameAs(STARTER);
    assertThat(CATALOG.plan("gold")).isNull();
    assertThat(CATALOG.group("code-only")).isSameAs(CODE_ONLY);
    assertThat(CATALOG.group("starter")).isNull();
  }

  @Test
  void a_policy_is_bounded() {
    List<Budget> most = Collections.nCopies(32, Budget.of("", Limit.parse("1/minute")));
    List<Budget> tooMany = Collections.nCopies(33, most.get(0));

    assertThat(new Policy(most, 1_000_000).cost()).isEqualTo(1_000_000);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Policy(tooMany, 1))
        .withMessage("at most 32 limits may apply to one request, but these are 33");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Policy(most, 0))
        .withMessage("cost must be 1 to 1000000, but is 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Policy(most, 1_000_001))
        .withMessage("cost must be 1 to 1000000, but is 1000001");
  }

  private static Endpoint endpoint(PlanCatalog catalog, String method, String path) {
    return catalog.endpoint(Requests.of(method, path));
  }

  @Test
  void a_policy_is_the_same_instance_until_account_plan_or_endpoint_change() { // R12
    Policy before = CATALOG.policy(FREE, Account.of("free"), Endpoint.UNGROUPED);

    assertThat(CATALOG.policy(FREE, Account.of("free"), Endpoint.UNGROUPED)).isSameAs(before);
    assertThat(CATALOG.policy(FREE, own("7/minute"), Endpoint.UNGROUPED))
        .isSameAs(CATALOG.policy(FREE, own("7/minute"), Endpoint.UNGROUPED))
        .isNotEqualTo(before)
        .isNotEqualTo(CATALOG.policy(FREE, own("8/minute"), Endpoint.UNGROUPED));
    Plan larger = new Plan(FREE.name(), limits("9/minute"), Map.of(), false);
    assertThat(budgets(larger, Account.of("free"), Endpoint.UNGROUPED)).containsExactly("9/minute");
    assertThat(CATALOG.policy(FREE, Account.of("free"), costing(7)).cost()).isEqualTo(7);
    assertThat(CATALOG.policy(FREE, Account.of("free"), costing(8)).cost()).isEqualTo(8);
  }

  private static Account own(String limit) {
    return Account.of("free").withLimits(Limit.parse(limit));
  }

  private static Endpoint costing(long cost) {
    return new Endpoint(null, "x", List.of(), cost, false);
  }

  private static String groupOf(PlanCatalog catalog, String method, String path) {
    return endpoint(catalog, method, path).group().name();
  }

  private static List<String> budgets(Plan plan, Account account, Endpoint endpoint) {
    return budgets(CATALOG.policy(plan, account, endpoint));
  }

  private static List<String> budgets(Policy policy) {
    return policy.budgets().stream()
        .map(budget -> (budget.scope() + " " + budget.limit()).strip())
        .toList();
  }

  private static EndpointGroup group(String name, List<String> limits, String... patterns) {
    return new EndpointGroup(
        name,
        Stream.of(patterns).map(EndpointPattern::parse).toList(),
        limits.stream().map(Limit::parse).toList(),
        1,
        false);
  }

  private static List<Limit> limits(String... texts) {
    return Stream.of(texts).map(Limit::parse).toList();
  }
}
