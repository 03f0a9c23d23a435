package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import dev.weir.key.ApiKeyResolver;
import dev.weir.key.ClientAddressResolver;
import dev.weir.plan.Account;
import dev.weir.plan.AccountDirectory;
import dev.weir.plan.Endpoint;
import dev.weir.plan.EndpointGroup;
import dev.weir.plan.EndpointPattern;
import dev.weir.plan.Limit;
import dev.weir.plan.Plan;
import dev.weir.plan.PlanCatalog;
import dev.weir.plan.Policy;
import dev.weir.quota.Balance;
import dev.weir.quota.BudgetStatus;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.SlotOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateLimiterTest {

  private static final Requests READ = Requests.get("/read").with("X-API-Key", "k1");
  private static final Requests ANALYSIS = Requests.get("/analysis/7").with("X-API-Key", "k1");

  private final ManualClock clock = new ManualClock("2024-03-26T12:00:30Z");
  private final CountingStore store = new CountingStore(QuotaStore.inMemory(clock));
  private final Map<String, Account> accounts = new HashMap<>();
  private AccountDirectory directory = key -> accounts.get(key.value());
  private final List<RateLimitListener> listeners = new ArrayList<>();
  private RateLimiter.@Nullable Anonymous anonymous;

  RateLimiterTest() {
    accounts.put("k1", Account.of("starter"));
    accounts.put("k2", Account.of("starter"));
  }

  @Test
  void a_known_key_counts_down() { // R4
    assertThat(decide(READ).tightest().remaining()).isEqualTo(2);
    assertThat(decide(READ).tightest().remaining()).isEqualTo(1);
    assertThat(decide(READ).tightest().remaining()).isEqualTo(0);

    Decision refused = decide(READ);

    assertThat(refused.outcome()).isEqualTo(Outcome.QUOTA_EXCEEDED);
    assertThat(refused.retryAfterSeconds()).isEqualTo(30);
    assertThat(store.operations).hasValue(4); // I3
  }

  @Test
  void two_keys_have_two_budgets_and_two_keys_of_one_subject_share_one() { // R2
    decide(READ);
    assertThat(decide(READ.with("x", "y")).tightest().remaining()).isEqualTo(1);
    assertThat(remaining("k2")).isEqualTo(2);

    accounts.put("old", Account.of("starter").withSubject("acme"));
    accounts.put("new", Account.of("starter").withSubject("acme"));
    assertThat(remaining("old")).isEqualTo(2);
    assertThat(remaining("new")).isEqualTo(1);
  }

  @Test
  void accounts_that_name_nobody_do_not_share_the_budget_of_nobody() { // R2
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Account.of("starter").withSubject(" "))
        .withMessageContaining("null gives the key a budget of its own");
  }

  @Test
  void a_refusal_by_the_group_costs_the_plan_nothing() { // R3, K4
    assertThat(decide(ANALYSIS).isAllowed()).isTrue();

    Decision refused = decide(ANALYSIS);

    assertThat(refused.outcome()).isEqualTo(Outcome.QUOTA_EXCEEDED);
    assertThat(refused.refusing().budget().scope()).isEqualTo("analysis");
    assertThat(decide(READ).tightest().remaining()).isEqualTo(1);
  }

  @Test
  void a_missing_unknown_malformed_or_contradicting_key_touches_no_counter() { // R10
    assertThat(decide(Requests.get("/read")).outcome()).isEqualTo(Outcome.KEY_MISSING);
    assertThat(decide(Requests.get("/read").with("X-API-Key", "nobody")).outcome())
        .isEqualTo(Outcome.KEY_UNKNOWN);
    assertThat(decide(Requests.get("/read").with("X-API-Key", "a b")).outcome())
        .isEqualTo(Outcome.KEY_UNKNOWN);
    assertThat(
            decide(Requests.get("/read").with("X-API-Key", "k1").with("X-API-Key", "k2")).outcome())
        .isEqualTo(Outcome.KEY_CONFLICT);
    assertThat(store.operations).hasValue(0);
  }

  @Test
  void a_changed_account_is_judged_by_at_the_next_request() { // R12, K8, M7
    decide(READ);
    accounts.put("k1", Account.of("pro"));
    assertThat(decide(READ).tightest().remaining()).isEqualTo(8);

    accounts.put("k1", Account.of("pro").withLimits(Limit.parse("100/minute")));
    assertThat(decide(READ).tightest().remaining()).isEqualTo(97);

    accounts.put("k1", Account.of("starter"));
    assertThat(decide(READ).outcome()).isEqualTo(Outcome.QUOTA_EXCEEDED);
  }

  @Test
  void an_account_without_limits_is_let_through_and_costs_no_operation() {
    accounts.put("k1", Account.of("starter").withLimits());

    assertThat(decide(READ).isAllowed()).isTrue();
    assertThat(decide(READ).budgets()).isEmpty();
  }

  @Test
  void a_preflight_and_an_exempt_endpoint_pass_without_a_key_and_are_not_counted() { // R13
    Requests preflight =
        Requests.of("OPTIONS", "/read")
            .with("Origin", "https://a.example")
            .with("Access-Control-Request-Method", "GET");

    assertThat(decide(preflight).outcome()).isEqualTo(Outcome.EXEMPT);
    assertThat(decide(Requests.get("/health")).outcome()).isEqualTo(Outcome.EXEMPT);
    assertThat(decide(Requests.of("OPTIONS", "/read")).outcome()).isEqualTo(Outcome.KEY_MISSING);
    assertThat(store.operations).hasValue(0);
  }

  @Test
  void a_second_adapter_charges_only_what_the_first_did_not() { // R13
    RateLimiter limiter = limiter();
    Decision first = limiter.decide(READ, null, null);

    assertThat(limiter.decide(READ, null, first)).isSameAs(first);
    assertThat(store.operations).hasValue(1);

    Endpoint annotated = new Endpoint(null, "Reports", List.of(Limit.parse("1/hour")), 0, false);
    Decision second = limiter.decide(READ, annotated, first);
    assertThat(second.budgets())
        .extracting(status -> status.budget().displayName())
        .containsExactly("minute", "Reports-hour");
    assertThat(decide(READ).tightest().remaining()).isEqualTo(1);
    assertThat(limiter.decide(READ, annotated, first).refusing().budget().scope())
        .isEqualTo("Reports");
  }

  @Test
  void an_annotation_without_a_group_leaves_that_to_the_path() {
    Endpoint annotated = new Endpoint(null, "A#b", List.of(Limit.parse("9/hour")), 2, false);

    Decision decision = limiter().decide(ANALYSIS, annotated, null);

    assertThat(decision.group()).isEqualTo("analysis");
    assertThat(decision.outcome()).isEqualTo(Outcome.QUOTA_EXCEEDED); // costs 2, the group has 1
  }

  @Test
  void a_dry_run_reports_but_lets_through() {
    accounts.put("k1", Account.of("trial"));
    decide(READ);

    Decision over = decide(READ);

    assertThat(over.isAllowed()).isTrue();
    assertThat(over.dryRun()).isTrue();
    assertThat(over.refusing()).isNotNull();
  }

  @Test
  void no_answer_is_not_a_refusal() { // I5
    store.answer = Consumption.UNDECIDED;
    assertThat(decide(READ).outcome()).isEqualTo(Outcome.UNDECIDED);
  }

  @Test
  void a_directory_that_fails_or_answers_nonsense_gives_no_decision() {
    accounts.put("k1", Account.of("no-such-plan"));
    assertThat(decide(READ).outcome()).isEqualTo(Outcome.UNDECIDED);

    accounts.put("k1", new Account("starter", null, limits(1, 33), Map.of()));
    assertThat(decide(READ).outcome()).isEqualTo(Outcome.UNDECIDED);

    directory =
        key -> {
          throw new IllegalStateException("database is away");
        };
    assertThat(decide(READ).outcome()).isEqualTo(Outcome.UNDECIDED);
    assertThat(store.operations).hasValue(0);
  }

  @Test
  void callers_without_a_key_are_limited_by_address_if_so_configured() {
    anonymous =
        new RateLimiter.Anonymous(
            new Plan("anonymous", List.of(Limit.parse("1/minute")), Map.of(), false),
            new ClientAddressResolver(List.of(), ClientAddressResolver.Header.FORWARDED));

    assertThat(decide(Requests.get("/read").from("192.0.2.1")).isAllowed()).isTrue();
    assertThat(decide(Requests.get("/read").from("192.0.2.1")).isAllowed()).isFalse();
    assertThat(decide(Requests.get("/read").from("192.0.2.2")).isAllowed()).isTrue();
    assertThat(decide(Requests.get("/read").with("X-API-Key", "nobody")).outcome())
        .isEqualTo(Outcome.KEY_UNKNOWN);
    assertThat(decide(Requests.get("/read").from(null)).outcome()).isEqualTo(Outcome.KEY_MISSING);
  }

  @Test
  void listeners_hear_every_decision_and_cannot_break_one() {
    List<Decision> heard = new ArrayList<>();
    listeners.add(
        decision -> {
          throw new IllegalStateException("a listener's bug");
        });
    listeners.add(heard::add);

    decide(READ);
    decide(Requests.get("/read"));

    assertThat(heard)
        .extracting(Decision::outcome)
        .containsExactly(Outcome.ALLOWED, Outcome.KEY_MISSING);
  }

  @Test
  void usage_reports_every_budget_and_charges_nothing() {
    decide(ANALYSIS);

    Decision usage = limiter().usage(READ);

    assertThat(usage.budgets())
        .extracting(status -> status.budget().displayName(), BudgetStatus::remaining)
        .containsExactly(tuple("minute", 2L), tuple("analysis-minute", 0L));
    assertThat(store.peeks).hasValue(1); // I3, however many groups there are
    assertThat(limiter().usage(Requests.get("/read")).outcome()).isEqualTo(Outcome.KEY_MISSING);
    assertThat(decide(READ).tightest().remaining()).isEqualTo(1);
  }

  @Test
  void usage_of_more_limits_than_one_request_may_have_takes_more_than_one_step() {
    accounts.put(
        "k1",
        new Account(
            "starter",
            null,
            limits(1, 20),
            Map.of("analysis", limits(1, 12), "bulk", limits(1, 8))));

    assertThat(limiter().usage(READ).budgets()).hasSize(40).doesNotHaveDuplicates();
    assertThat(store.peeks).hasValue(2);
  }

  @Test
  void usage_of_an_account_with_limits_that_cannot_be_gives_no_answer() {
    accounts.put("k1", new Account("starter", null, limits(1, 33), Map.of()));

    assertThat(limiter().usage(READ).outcome()).isEqualTo(Outcome.UNDECIDED);
  }

  @Test
  void a_fault_of_the_directory_is_logged_once_a_minute_however_often_it_shows() {
    directory =
        key -> {
          throw new IllegalStateException("database is away");
        };
    RateLimiter limiter = limiter();

    assertThat(
            TestLog.of(
                () -> {
                  for (int i = 0; i < 100; i++) {
                    limiter.decide(READ, null, null);
                  }
                }))
        .containsOnlyOnce("The account directory failed")
        .containsOnlyOnce("database is away");
    clock.advance(Duration.ofSeconds(60));
    assertThat(TestLog.of(() -> limiter.decide(READ, null, null)))
        .contains("The account directory failed");
  }

  @Test
  void plans_that_a_directory_makes_up_do_not_flood_the_log() {
    AtomicInteger count = new AtomicInteger();
    directory = key -> Account.of("made-up-" + count.incrementAndGet());
    RateLimiter limiter = limiter();

    assertThat(
            TestLog.of(
                () -> {
                  for (int i = 0; i < 100; i++) {
                    limiter.decide(READ, null, null);
                  }
                }))
        .containsOnlyOnce("The account directory names plan")
        .contains("'made-up-1'");
  }

  @Test
  void an_unknown_key_is_asked_for_once_in_a_while_and_a_known_one_every_time() { // R10
    AtomicInteger asked = new AtomicInteger();
    AccountDirectory counting =
        key -> {
          asked.incrementAndGet();
          return accounts.get(key.value());
        };
    directory = counting.cached(Duration.ZERO, Duration.ofSeconds(5), clock);

    for (int i = 0; i < 10; i++) {
      decide(Requests.get("/read").with("X-API-Key", "nobody"));
    }
    assertThat(asked).hasValue(1);
    clock.advance(Duration.ofSeconds(6));
    decide(Requests.get("/read").with("X-API-Key", "nobody"));
    assertThat(asked).hasValue(2);
    decide(READ);
    decide(READ);
    assertThat(asked).hasValue(4);
  }

  @Test
  void a_known_key_is_remembered_as_long_as_configured() {
    AtomicInteger asked = new AtomicInteger();
    AccountDirectory counting =
        key -> {
          asked.incrementAndGet();
          return accounts.get(key.value());
        };
    directory = counting.cached(Duration.ofSeconds(10), Duration.ofSeconds(5), clock);

    decide(READ);
    decide(READ);
    assertThat(asked).hasValue(1);
    clock.advance(Duration.ofSeconds(11));
    decide(READ);
    assertThat(asked).hasValue(2);
  }

  // --- callers of a moment ago -----------------------------------------------------------------

  @Test
  void a_caller_who_is_remembered_is_judged_by_what_the_directory_says_now() { // R12, I8
    RateLimiter limiter = limiter();
    assertThat(limiter.decide(READ, null, null).tightest().remaining()).isEqualTo(2);

    accounts.put("k1", Account.of("starter").withLimits(Limit.parse("9/minute")));
    assertThat(limiter.decide(READ, null, null).tightest().remaining()).isEqualTo(7);
    accounts.put("k1", accounts.get("k1").withSubject("acme"));
    assertThat(limiter.decide(READ, null, null).tightest().remaining()).isEqualTo(8);
    accounts.remove("k1");
    assertThat(limiter.decide(READ, null, null).outcome()).isEqualTo(Outcome.KEY_UNKNOWN);
    accounts.put("k1", Account.of("starter"));
    assertThat(limiter.decide(READ, null, null).tightest().remaining()).isZero(); // its third
  }

  @Test
  void keys_of_one_hash_code_stay_apart() { // R2
    RateLimiter limiter = limiter();
    accounts.put("Aa", Account.of("starter"));
    accounts.put("BB", Account.of("starter"));
    assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
    for (int left = 2; left >= 0; left--) {
      for (String key : List.of("Aa", "BB")) {
        Requests request = Requests.get("/read").with("X-API-Key", key);
        assertThat(limiter.decide(request, null, null).tightest().remaining()).isEqualTo(left);
      }
    }
  }

  private long remaining(String key) {
    return decide(Requests.get("/read").with("X-API-Key", key)).tightest().remaining();
  }

  private Decision decide(Requests request) {
    return limiter().decide(request, null, null);
  }

  private RateLimiter limiter() {
    EndpointGroup analysis =
        group("analysis", List.of("/analysis/{id}"), List.of(Limit.parse("1/minute")), false);
    EndpointGroup bulk = group("bulk", List.of("/bulk/**"), List.of(), false);
    EndpointGroup health = group("health", List.of("/health"), List.of(), true);
    return new RateLimiter(
        ApiKeyResolver.header("X-API-Key"),
        key -> directory.find(key),
        new PlanCatalog(
            List.of(
                plan("starter", "3/minute", false),
                plan("pro", "10/minute", false),
                plan("trial", "1/minute", true)),
            List.of(analysis, bulk, health)),
        store,
        anonymous,
        listeners,
        clock);
  }

  private static List<Limit> limits(int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(i -> Limit.parse("5/" + i + "h")).toList();
  }

  private static Plan plan(String name, String limit, boolean dryRun) {
    return new Plan(name, List.of(Limit.parse(limit)), Map.of(), dryRun);
  }

  private static EndpointGroup group(
      String name, List<String> patterns, List<Limit> limits, boolean exempt) {
    return new EndpointGroup(
        name, patterns.stream().map(EndpointPattern::parse).toList(), limits, 1, exempt);
  }

  private static final class CountingStore implements QuotaStore {
    private final QuotaStore store;
    private final AtomicInteger operations = new AtomicInteger();
    private final AtomicInteger peeks = new AtomicInteger();
    private @Nullable Consumption answer;

    CountingStore(QuotaStore store) {
      this.store = store;
    }

    @Override
    public Consumption consume(PartitionKey key, Policy policy) {
      operations.incrementAndGet();
      return answer == null ? store.consume(key, policy) : answer;
    }

    @Override
    public Consumption consume(PartitionKey key, Policy policy, SlotOrder slot) {
      operations.incrementAndGet();
      return answer == null ? store.consume(key, policy, slot) : answer;
    }

    @Override
    public void order(PartitionKey key, SlotOrder order) {
      store.order(key, order);
    }

    @Override
    public void settle(PartitionKey key, SlotOrder order, long spentNanos) {
      store.settle(key, order, spentNanos);
    }

    @Override
    public void refund(PartitionKey key, long credits) {
      store.refund(key, credits);
    }

    @Override
    public @Nullable Balance grant(PartitionKey key, Balance stored) {
      return store.grant(key, stored);
    }

    @Override
    public Consumption peek(PartitionKey key, Policy policy) {
      peeks.incrementAndGet();
      return store.peek(key, policy);
    }

    @Override
    public void close() {
      store.close();
    }
  }
}
