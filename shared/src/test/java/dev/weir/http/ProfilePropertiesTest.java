package dev.weir.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Decision;
import dev.weir.Outcome;
import dev.weir.Requests;
import dev.weir.plan.Algorithm;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.quota.BudgetStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.greenbytes.http.sfv.IntegerItem;
import org.greenbytes.http.sfv.ListElement;
import org.greenbytes.http.sfv.Parametrizable;
import org.greenbytes.http.sfv.Parser;
import org.greenbytes.http.sfv.StringItem;

/** What must hold for every wait, every clock and every set of budgets. */
class ProfilePropertiesTest {

  private static final long MAX_SECONDS = 366L * 86_400;
  private static final long YEAR_2000 = 946_684_800_000L;
  private static final long YEAR_2100 = 4_102_444_800_000L;

  private static final Profile PROFILE =
      new Profile(
          "test",
          new HeaderSet(true, "Limit", "Remaining", "Reset", null, true),
          Map.of(
              Outcome.KEY_MISSING, new ErrorTemplate(401, "text/plain", ""),
              Outcome.KEY_UNKNOWN, new ErrorTemplate(401, "text/plain", ""),
              Outcome.KEY_CONFLICT, new ErrorTemplate(400, "text/plain", ""),
              Outcome.UNDECIDED, new ErrorTemplate(503, "text/plain", ""),
              Outcome.SESSIONS_EXCEEDED, new ErrorTemplate(429, "text/plain", ""),
              Outcome.CREDITS_EXHAUSTED, new ErrorTemplate(402, "text/plain", ""),
              Outcome.QUOTA_EXCEEDED, new ErrorTemplate(429, "text/plain", "{{retry_after}}")));

  @Property
  void in_an_aligned_window_retry_after_and_reset_name_the_same_second(
      @ForAll @LongRange(min = 1, max = MAX_SECONDS) long seconds,
      @ForAll @LongRange(min = YEAR_2000, max = YEAR_2100) long now) {
    Limit limit = Limit.fixed(1, Duration.ofSeconds(seconds));
    long end = (now / limit.periodMillis() + 1) * limit.periodMillis();

    Answer answer = PROFILE.answer(refused(limit, now, end - now), Requests.get("/"));

    long retryAfter = number(answer, "Retry-After");
    long untilReset = number(answer, "Reset") * 1_000 - now;
    assertThat(number(answer, "Reset") * 1_000).isEqualTo(end); // R4
    assertThat(retryAfter).isPositive(); // R6
    assertThat(untilReset).isLessThanOrEqualTo(retryAfter * 1_000); // R7
    assertThat(untilReset + 1_000).isGreaterThan(retryAfter * 1_000);
  }

  @Property
  void for_every_algorithm_retry_after_and_reset_agree_within_a_second(
      @ForAll Algorithm algorithm,
      @ForAll @LongRange(min = 1, max = MAX_SECONDS * 1_000) long wait,
      @ForAll @LongRange(min = YEAR_2000, max = YEAR_2100) long now) {
    Limit limit = Limit.of(1, Limit.MAX_PERIOD, algorithm);

    Answer answer = PROFILE.answer(refused(limit, now, wait), Requests.get("/"));

    long retryAfter = number(answer, "Retry-After");
    assertThat(retryAfter).isPositive(); // R6
    assertThat(retryAfter * 1_000).isBetween(wait, wait + 999);
    assertThat(Math.abs(number(answer, "Reset") * 1_000 - now - retryAfter * 1_000)) // R7
        .isLessThan(1_000);
    assertThat(new String(answer.body(), java.nio.charset.StandardCharsets.UTF_8)) // R8
        .isEqualTo(answer.header("Retry-After"));
  }

  @Property
  void the_structured_fields_say_the_same_as_the_decision(
      @ForAll("budgets") @Size(min = 1, max = 8) List<BudgetStatus> drawn,
      @ForAll @LongRange(min = YEAR_2000, max = YEAR_2100) long now) {
    List<BudgetStatus> budgets = drawn.stream().map(status -> from(now, status)).toList();
    boolean refuses = budgets.stream().anyMatch(status -> status.waitMillis() > 0);
    Decision decision =
        new Decision(
            refuses ? Outcome.QUOTA_EXCEEDED : Outcome.ALLOWED, "p", null, budgets, now, false);

    Answer answer = PROFILE.answer(decision, Requests.get("/"));

    List<Parametrizable<?>> policies = parse(answer.header("RateLimit-Policy")); // R16
    List<Parametrizable<?>> limits = parse(answer.header("RateLimit"));
    assertThat(names(limits)).isEqualTo(names(policies)).hasSize(budgets.size());
    long longestWait = 0;
    for (int i = 0; i < budgets.size(); i++) {
      BudgetStatus status = budgets.get(i);
      assertThat(parameters(policies.get(i)))
          .isEqualTo(
              Map.of(
                  "q", status.budget().limit().permits(),
                  "w", status.budget().limit().period().toSeconds()));
      Map<String, Long> limit = parameters(limits.get(i));
      assertThat(limit.get("r")).isEqualTo(status.waitMillis() > 0 ? 0 : status.remaining());
      long untilReset = Math.max(0, status.resetMillis() - now);
      assertThat(limit.get("t") * 1_000).isBetween(untilReset, untilReset + 999);
      if (status.waitMillis() > 0) {
        longestWait = Math.max(longestWait, limit.get("t"));
      }
    }
    if (refuses) {
      assertThat(number(answer, "Retry-After")).isEqualTo(longestWait);
    }
  }

  @Property
  void a_request_id_is_well_formed_whatever_comes_in(@ForAll String inbound) {
    String id = RequestId.of(Requests.get("/").with("X-Request-Id", inbound));

    assertThat(id).matches("[A-Za-z0-9._-]{1,128}"); // R15
  }

  @Provide
  Arbitrary<List<BudgetStatus>> budgets() {
    Arbitrary<Budget> budget =
        Combinators.combine(
                Arbitraries.strings().ofMaxLength(6),
                Arbitraries.longs().between(1, Limit.MAX_PERMITS),
                Arbitraries.longs().between(1, MAX_SECONDS),
                Arbitraries.of(Algorithm.class))
            .as(
                (scope, permits, seconds, algorithm) ->
                    Budget.of(scope, Limit.of(permits, Duration.ofSeconds(seconds), algorithm)));
    // reset and wait relative to the clock; a log that is long empty was reset before it
    return Combinators.combine(
            budget,
            Arbitraries.longs().between(0, Limit.MAX_PERMITS),
            Arbitraries.longs().between(-5_000, MAX_SECONDS * 1_000),
            Arbitraries.of(true, false))
        .as(
            (of, remaining, reset, refuses) ->
                new BudgetStatus(of, remaining, reset, refuses ? Math.max(1, reset) : 0))
        .list();
  }

  private static BudgetStatus from(long now, BudgetStatus relative) {
    long wait = relative.waitMillis();
    return new BudgetStatus(
        relative.budget(),
        relative.remaining(),
        now + (wait > 0 ? wait : relative.resetMillis()),
        wait);
  }

  private static Decision refused(Limit limit, long now, long wait) {
    return new Decision(
        Outcome.QUOTA_EXCEEDED,
        "p",
        null,
        List.of(new BudgetStatus(Budget.of("", limit), 0, now + wait, wait)),
        now,
        false);
  }

  private static long number(Answer answer, String header) {
    String value = answer.header(header);
    assertThat(value).matches("[0-9]+");
    return Long.parseLong(value);
  }

  private static List<Parametrizable<?>> parse(String field) {
    List<Parametrizable<?>> items = new ArrayList<>();
    for (ListElement<?> element : Parser.parseList(field).get()) {
      assertThat(element).isInstanceOf(StringItem.class);
      items.add((Parametrizable<?>) element);
    }
    return items;
  }

  private static List<Object> names(List<Parametrizable<?>> items) {
    List<Object> names = new ArrayList<>();
    items.forEach(item -> names.add(((StringItem) item).get()));
    return names;
  }

  private static Map<String, Long> parameters(Parametrizable<?> item) {
    Map<String, Long> parameters = new HashMap<>();
    item.getParams()
        .forEach(
            (name, value) -> {
              assertThat(value).isInstanceOf(IntegerItem.class);
              parameters.put(name, ((IntegerItem) value).getAsLong());
            });
    return parameters;
  }
}
