package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.Algorithm;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;

/** What must hold for every limit in range, every load and every clock. */
class UsagePropertiesTest {

  /**
   * A request: how much later than the last one (or earlier, if the clock steps back), its cost.
   */
  record Request(long later, long cost) {}

  @Property(tries = 500)
  void a_fixed_window_never_admits_more_than_its_limit(
      @ForAll("limits") Limit limit, @ForAll("load") List<Request> load) {
    long window = -1;
    long used = 0;
    for (Admitted admitted : admitted(with(limit, Algorithm.FIXED), load)) {
      long itsWindow = Math.floorDiv(admitted.at, limit.periodMillis());
      used = itsWindow == window ? used + admitted.cost : admitted.cost;
      window = itsWindow;
      assertThat(used).isLessThanOrEqualTo(limit.permits());
    }
  }

  @Property(tries = 500)
  void a_sliding_log_never_admits_more_than_its_limit_in_any_period(
      @ForAll("limits") Limit limit, @ForAll("load") List<Request> load) {
    List<Admitted> admitted = admitted(with(limit, Algorithm.SLIDING_LOG), load);
    for (int last = 0; last < admitted.size(); last++) {
      long from = admitted.get(last).at - limit.periodMillis();
      long sum = 0;
      for (int i = last; i >= 0 && admitted.get(i).at > from; i--) {
        sum += admitted.get(i).cost;
      }
      assertThat(sum).isLessThanOrEqualTo(limit.permits());
    }
  }

  @Property(tries = 20)
  void a_sliding_log_too_long_to_be_exact_still_never_admits_more_than_its_limit(
      @ForAll @LongRange(min = 1, max = 40) long spacing, @ForAll Random random) {
    Demand demand = Demand.of(policy(Limit.parse("1500/minute sliding-log"), 1));
    Usage usage = Usage.decode(null);
    List<Long> admitted = new ArrayList<>();
    long clock = START;
    for (int i = 0; i < 6_000; i++) {
      clock += random.nextLong(2 * spacing) + 1;
      if (usage.consume(demand, clock)[0] == 0) {
        admitted.add(clock);
      }
    }
    for (int i = 1_500; i < admitted.size(); i++) {
      assertThat(admitted.get(i) - admitted.get(i - 1_500)).isGreaterThanOrEqualTo(60_000);
    }
  }

  @Property(tries = 500)
  void a_token_bucket_never_admits_more_than_its_capacity_and_what_time_earned(
      @ForAll("limits") Limit limit, @ForAll("load") List<Request> load) {
    List<Admitted> admitted = admitted(with(limit, Algorithm.TOKEN_BUCKET), load);
    for (int first = 0; first < admitted.size(); first++) {
      BigInteger sum = BigInteger.ZERO;
      for (int i = first; i < admitted.size(); i++) {
        sum = sum.add(BigInteger.valueOf(admitted.get(i).cost));
        BigInteger earned =
            BigInteger.valueOf(admitted.get(i).at - admitted.get(first).at)
                .multiply(BigInteger.valueOf(limit.permits()))
                .divide(BigInteger.valueOf(limit.periodMillis()));
        assertThat(sum).isLessThanOrEqualTo(earned.add(BigInteger.valueOf(limit.permits())));
      }
    }
  }

  @Property(tries = 300)
  void a_refusal_changes_nothing( // R3, I2
      @ForAll("policies") Policy policy, @ForAll("load") List<Request> load) {
    Usage usage = Usage.decode(null);
    long clock = START;
    for (Request request : load) {
      clock = behind(clock + request.later, usage);
      byte[] before = usage.encode();
      Policy demand = new Policy(policy.budgets(), request.cost);
      Consumption answer = Consumption.decode(usage.consume(Demand.of(demand), clock), demand);
      if (answer.verdict() == Consumption.Verdict.REFUSED) {
        assertThat(usage.encode()).isEqualTo(before);
        assertThat(answer.budgets()).anyMatch(budget -> budget.waitMillis() > 0);
      } else {
        assertThat(answer.budgets()).allMatch(budget -> budget.waitMillis() == 0);
      }
      assertThat(answer.budgets())
          .allMatch(budget -> budget.remaining() >= 0)
          .allMatch(budget -> budget.remaining() <= budget.budget().limit().capacity());
    }
  }

  @Property(tries = 300)
  void a_clock_that_is_a_little_behind_stands_still(
      @ForAll("policies") Policy policy, @ForAll("load") List<Request> load) {
    Usage stepping = Usage.decode(null);
    Usage standing = Usage.decode(null);
    long clock = START;
    long latestGrant = Long.MIN_VALUE;
    for (Request request : load) {
      clock = behind(clock + request.later, stepping);
      Demand demand = Demand.of(new Policy(policy.budgets(), request.cost));
      long[] answer = stepping.consume(demand, clock);
      assertThat(answer).isEqualTo(standing.consume(demand, Math.max(clock, latestGrant)));
      if (answer[0] == 0) {
        latestGrant = Math.max(clock, latestGrant);
      }
    }
  }

  @Property(tries = 300)
  void a_refused_request_fits_when_its_wait_is_over_and_not_before( // R6
      @ForAll("limits") Limit limit,
      @ForAll Algorithm algorithm,
      @ForAll("load") List<Request> load) {
    Policy policy = policy(with(limit, algorithm), 1);
    Demand demand = Demand.of(policy);
    Usage usage = Usage.decode(null);
    long clock = START;
    for (Request request : load) {
      clock += Math.abs(request.later);
      Consumption answer = Consumption.decode(usage.consume(demand, clock), policy);
      long wait = answer.budgets().get(0).waitMillis();
      if (wait > 0) {
        assertThat(wait).isLessThanOrEqualTo(limit.periodMillis());
        assertThat(answer.budgets().get(0).resetMillis()).isEqualTo(clock + wait);
        Usage copy = Usage.decode(usage.encode());
        assertThat(copy.consume(demand, clock + wait - 1)[0]).isEqualTo(1);
        assertThat(copy.consume(demand, clock + wait)[0]).isEqualTo(0);
      }
    }
  }

  @Property(tries = 300)
  void what_was_used_stays_used_when_a_limit_changes( // R12
      @ForAll("limits") Limit before, @ForAll("limits") Limit after, @ForAll Algorithm algorithm) {
    Limit changed = Limit.create(before.name(), after.permits(), before.period(), algorithm, null);
    Usage usage = Usage.decode(null);
    Demand old = Demand.of(policy(with(before, algorithm), 1));
    long used = Math.min(before.permits(), 3);
    for (int i = 0; i < used; i++) {
      assertThat(usage.consume(old, START)[0]).isEqualTo(0);
    }

    long remaining = usage.peek(Demand.of(policy(changed, 1)), START)[2];

    assertThat(remaining).isEqualTo(Math.max(0, changed.permits() - used));
  }

  @Property(tries = 300)
  void the_stored_form_reads_back_to_the_same_usage(
      @ForAll("policies") Policy policy, @ForAll("load") List<Request> load) {
    Usage kept = Usage.decode(null);
    Usage stored = Usage.decode(null);
    long clock = START;
    for (Request request : load) {
      clock += request.later;
      Demand demand = Demand.of(new Policy(policy.budgets(), request.cost));
      long[] answer = kept.consume(demand, clock);
      assertThat(stored.consume(demand, clock)).isEqualTo(answer);
      if (answer[0] == 0) {
        stored = Usage.decode(stored.encode());
      }
    }
  }

  @Property(tries = 500)
  void a_clock_far_behind_forgives_nothing_and_is_followed(
      @ForAll("policies") Policy policy,
      @ForAll("load") List<Request> load,
      @ForAll @LongRange(min = 2_001, max = 40_000_000) long back) {
    Usage usage = Usage.decode(null);
    long clock = START;
    for (Request request : load) {
      clock += Math.abs(request.later);
      usage.consume(Demand.of(new Policy(policy.budgets(), request.cost)), clock);
    }
    Demand demand = Demand.of(policy);
    long time = usage.time();
    if (time < START) {
      return; // nothing was granted
    }
    long[] before = usage.peek(demand, time);

    long[] after = Usage.decode(usage.encode()).consume(demand, time - back);

    assertThat(after[1]).isEqualTo(time - back);
    for (int i = 0; i < demand.size(); i++) {
      long left = after[2 + 3 * i] + (after[0] == 0 ? 1 : 0);
      assertThat(left).isLessThanOrEqualTo(before[2 + 3 * i]);
      assertThat(after[4 + 3 * i]).isBetween(0L, demand.periods()[i]);
      // a window that has not yet begun may be the one that goes on
      assertThat(after[3 + 3 * i] - after[1]).isBetween(0L, 2 * demand.periods()[i]);
    }
  }

  @Property(tries = 300)
  void whatever_a_clock_does_waits_stay_within_a_period_and_usage_within_the_limit( // R6, I1
      @ForAll("limits") Limit limit,
      @ForAll Algorithm algorithm,
      @ForAll("load") List<Request> load,
      @ForAll("steps") List<Long> steps) {
    Policy policy = policy(with(limit, algorithm), 1);
    Demand demand = Demand.of(policy);
    Usage usage = Usage.decode(null);
    long clock = START;
    long window = -1;
    long used = 0;
    for (int i = 0; i < load.size(); i++) {
      clock += load.get(i).later + (i < steps.size() ? steps.get(i) : 0);
      long[] answer = usage.consume(demand, clock);
      usage = Usage.decode(usage.encode());
      assertThat(answer[1]).isBetween(clock, clock + Usage.MAX_SKEW_MILLIS);
      assertThat(answer[4]).isBetween(0L, limit.periodMillis());
      assertThat(answer[3] - answer[1]).isBetween(0L, 2 * limit.periodMillis());
      if (algorithm == Algorithm.FIXED) {
        long itsWindow = Math.floorDiv(answer[1], limit.periodMillis());
        used = itsWindow > window ? 0 : used; // going back, a window goes on
        window = itsWindow;
        used += answer[0] == 0 ? 1 : 0;
        assertThat(used).isLessThanOrEqualTo(limit.permits());
      }
    }
  }

  /** Returns a clock that is not so far behind an entry that it would have to be wrong. */
  private static long behind(long clock, Usage usage) {
    return Math.max(clock + Usage.MAX_SKEW_MILLIS, usage.time()) - Usage.MAX_SKEW_MILLIS;
  }

  private static final long START = 1_711_454_400_000L;

  private record Admitted(long at, long cost) {}

  private static List<Admitted> admitted(Limit limit, List<Request> load) {
    Usage usage = Usage.decode(null);
    List<Admitted> admitted = new ArrayList<>();
    long clock = START;
    for (Request request : load) {
      clock = behind(clock + request.later, usage);
      long[] answer = usage.consume(Demand.of(policy(limit, request.cost)), clock);
      if (answer[0] == 0) {
        admitted.add(new Admitted(answer[1], request.cost));
      }
    }
    return admitted;
  }

  private static Limit with(Limit limit, Algorithm algorithm) {
    return Limit.of(limit.permits(), limit.period(), algorithm);
  }

  private static Policy policy(Limit limit, long cost) {
    return new Policy(List.of(Budget.of(Budget.PLAN_SCOPE, limit)), cost);
  }

  /** Small limits that refuse soon, and both ends of the range. */
  @Provide
  Arbitrary<Limit> limits() {
    return Combinators.combine(
            Arbitraries.oneOf(
                Arbitraries.longs().between(1, 20),
                Arbitraries.longs().between(1, Limit.MAX_PERMITS),
                Arbitraries.just(Limit.MAX_PERMITS)),
            Arbitraries.of(
                Duration.ofSeconds(1),
                Duration.ofSeconds(7),
                Duration.ofMinutes(1),
                Duration.ofHours(1),
                Limit.MAX_PERIOD))
        .as((permits, period) -> Limit.of(permits, period, Algorithm.FIXED));
  }

  @Provide
  Arbitrary<Policy> policies() {
    return Combinators.combine(limits(), Arbitraries.of(Algorithm.values()))
        .as(UsagePropertiesTest::with)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .uniqueElements(limit -> Budget.of("", limit).id())
        .map(limits -> new Policy(limits.stream().map(limit -> Budget.of("", limit)).toList(), 1));
  }

  @Provide
  Arbitrary<List<Long>> steps() {
    return Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.just(0L)),
            Tuple.of(1, Arbitraries.longs().between(-40_000_000, 40_000_000)),
            Tuple.of(1, Arbitraries.longs().between(-3_000, 3_000)))
        .list()
        .ofMaxSize(80);
  }

  @Provide
  Arbitrary<List<Request>> load() {
    Arbitrary<Long> later =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.longs().between(0, 50)),
            Tuple.of(3, Arbitraries.longs().between(0, 2_000)),
            Tuple.of(1, Arbitraries.longs().between(-5_000, 0)),
            Tuple.of(1, Arbitraries.longs().between(0, 4_000_000)));
    Arbitrary<Long> cost =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.just(1L)),
            Tuple.of(2, Arbitraries.longs().between(1, 5)),
            Tuple.of(1, Arbitraries.longs().between(1, Policy.MAX_COST)));
    return Combinators.combine(later, cost).as(Request::new).list().ofMaxSize(80);
  }
}
