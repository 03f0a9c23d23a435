package dev.weir.cluster;

import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.quota.Balance;
import dev.weir.quota.BudgetStatus;
import dev.weir.quota.Consumption;
import dev.weir.quota.Consumption.Verdict;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.SlotOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Keys, policies and answers as text without tabs, for the lines that nodes and tests exchange. */
final class Text {

  private Text() {}

  static String of(PartitionKey key) {
    return key.high() + ":" + key.low();
  }

  static PartitionKey key(String text) {
    String[] parts = text.split(":", -1);
    return new PartitionKey(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
  }

  static String of(Policy policy) {
    return "%d,%d,%d".formatted(policy.cost(), policy.price(), policy.initialCredits())
        + policy.budgets().stream()
            .map(budget -> "|" + budget.scope() + ":" + budget.limit())
            .collect(Collectors.joining());
  }

  static Policy policy(String text) {
    String[] parts = text.split("\\|", -1);
    List<Budget> budgets =
        Arrays.stream(parts)
            .skip(1)
            .map(part -> part.split(":", 2))
            .map(part -> Budget.of(part[0], Limit.parse(part[1])))
            .toList();
    String[] numbers = parts[0].split(",", -1);
    return new Policy(
        budgets,
        Long.parseLong(numbers[0]),
        OnFailure.LOCAL,
        numbers.length > 1 ? Long.parseLong(numbers[1]) : Policy.FREE,
        numbers.length > 1 ? Long.parseLong(numbers[2]) : 0);
  }

  static String of(Consumption consumption) {
    return consumption.verdict()
        + " "
        + consumption.nowMillis()
        + " "
        + consumption.active()
        + " "
        + consumption.lacksCredits()
        + " "
        + of(consumption.credits())
        + consumption.budgets().stream()
            .map(
                status ->
                    " %d:%d:%d"
                        .formatted(status.remaining(), status.resetMillis(), status.waitMillis()))
            .collect(Collectors.joining());
  }

  static Consumption consumption(String text, Policy policy) {
    String[] parts = text.split(" ", -1);
    List<BudgetStatus> budgets = new ArrayList<>();
    for (int i = 5; i < parts.length; i++) {
      String[] status = parts[i].split(":", -1);
      budgets.add(
          new BudgetStatus(
              policy.budgets().get(i - 5),
              Long.parseLong(status[0]),
              Long.parseLong(status[1]),
              Long.parseLong(status[2])));
    }
    return new Consumption(
        Verdict.valueOf(parts[0]),
        budgets,
        Long.parseLong(parts[1]),
        false,
        Long.parseLong(parts[2]),
        balance(parts[4]),
        Boolean.parseBoolean(parts[3]));
  }

  static String of(@Nullable Balance balance) {
    return balance == null
        ? "-"
        : "%d:%d:%d:%d"
            .formatted(balance.granted(), balance.used(), balance.grants(), balance.revision());
  }

  static @Nullable Balance balance(String text) {
    if (text.equals("-")) {
      return null;
    }
    String[] parts = text.split(":", -1);
    return new Balance(
        Long.parseLong(parts[0]),
        Long.parseLong(parts[1]),
        Long.parseLong(parts[2]),
        Long.parseLong(parts[3]));
  }

  static String of(SlotOrder order) {
    return "%s %d %d %d %d"
        .formatted(order.kind(), order.name(), order.id(), order.limit(), order.millis());
  }

  static SlotOrder order(String text) {
    String[] parts = text.split(" ", -1);
    long name = Long.parseLong(parts[1]);
    long id = Long.parseLong(parts[2]);
    long limit = Long.parseLong(parts[3]);
    long millis = Long.parseLong(parts[4]);
    return switch (SlotOrder.Kind.valueOf(parts[0])) {
      case RESERVE -> SlotOrder.reserve(name, id, limit, millis);
      case OPEN -> SlotOrder.open(name, limit, millis);
      case BIND -> SlotOrder.bind(name, id, millis);
      case RELEASE -> SlotOrder.release(name);
      case KEEP -> SlotOrder.keep(name, millis);
      case END -> SlotOrder.end(name);
    };
  }
}
