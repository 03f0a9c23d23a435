package dev.weir.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.ManualClock;
import dev.weir.key.ApiKey;
import dev.weir.plan.Algorithm;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import dev.weir.quota.BudgetStatus;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which limit of two can never refuse what the other one admits. */
class IdleLimitsTest {

  private static final PartitionKey SUBJECT =
      PartitionKey.of(Objects.requireNonNull(ApiKey.parse("k1")));

  @ParameterizedTest
  @CsvSource({
    "61/minute, 60/hour", // the hour has no room for what the minute would refuse
    "61/minute token-bucket as bucket, 30/minute",
    "121/minute sliding-log as log, 60/minute",
    "601/minute, 10/second",
    "3601/hour, 60/minute",
    "601/minute, 10/second sliding-log",
    "601/minute sliding-log, 10/second sliding-log",
    "611/minute sliding-log, 10/second", // a minute touches 61 seconds
    "671/minute, 10/second token-bucket burst 70",
    "60/second token-bucket burst 21, 10/second",
    "12/40s as a, 5/minute", // 40 s may lie in two minutes
  })
  void a_wider_limit_is_idle(String limit, String beside) {
    assertThat(LimitsReader.neverRefuses(Limit.parse(limit), Limit.parse(beside))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "1000/hour, 60/minute", // T1
    "60/minute, 1000/hour",
    "60/minute token-bucket, 10/second sliding-log", // M1
    "10/second sliding-log, 60/minute token-bucket",
    "60/minute, 60/hour", // equality does no harm
    "600/minute, 10/second",
    "610/minute sliding-log, 10/second",
    "120/minute sliding-log as log, 60/minute",
    "670/minute, 10/second token-bucket burst 70",
    "60/second token-bucket burst 20, 10/second",
    "9/second token-bucket burst 90, 10/second sliding-log",
    "10/40s as a, 5/minute",
    "100000000/minute sliding-log as log, 1/second", // too long to be exact
  })
  void a_limit_that_may_refuse_is_not(String limit, String beside) {
    assertThat(LimitsReader.neverRefuses(Limit.parse(limit), Limit.parse(beside))).isFalse();
  }

  /** The rule against the counting itself, under load that never lets up. */
  @Property(tries = 2_000, seed = "1")
  void an_idle_limit_refuses_nothing_that_the_other_one_admits(
      @ForAll("limits") Limit limit, @ForAll("limits") Limit beside, @ForAll Random random) {
    Assume.that(LimitsReader.neverRefuses(limit, beside));
    ManualClock clock = new ManualClock("2026-01-01T00:00:00Z");
    try (QuotaStore store = QuotaStore.inMemory(clock)) {
      Policy policy = new Policy(List.of(Budget.of("", limit), Budget.of("beside", beside)), 1);
      for (int i = 0; i < 500; i++) {
        clock.advance(Duration.ofMillis(random.nextBoolean() ? 0 : random.nextInt(1_500)));
        List<BudgetStatus> budgets = store.consume(SUBJECT, policy).budgets();
        assertThat(budgets.get(0).waitMillis() > 0 && budgets.get(1).waitMillis() == 0)
            .as("%s refused what %s admits", limit, beside)
            .isFalse();
      }
    }
  }

  @Provide
  static Arbitrary<Limit> limits() {
    return Combinators.combine(
            Arbitraries.longs().between(1, 20),
            Arbitraries.of(1, 2, 3, 4, 6, 10, 20),
            Arbitraries.of(Algorithm.class),
            Arbitraries.longs().between(0, 20))
        .as(
            (permits, seconds, algorithm, burst) ->
                Limit.create(
                    null,
                    permits,
                    Duration.ofSeconds(seconds),
                    algorithm,
                    algorithm == Algorithm.TOKEN_BUCKET ? permits + burst : null));
  }
}
