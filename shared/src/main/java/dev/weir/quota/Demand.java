package dev.weir.quota;

import dev.weir.plan.Algorithm;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import java.util.List;

/**
 * A policy as numbers, the form in which it travels to the owner of an entry. The arrays run in
 * parallel, one element for each budget; nobody changes them.
 */
record Demand(
    long cost, long[] ids, byte[] algorithms, long[] permits, long[] capacities, long[] periods) {

  static final byte FIXED = 0;
  static final byte SLIDING_LOG = 1;
  static final byte TOKEN_BUCKET = 2;

  static Demand of(Policy policy) {
    List<Budget> budgets = policy.budgets();
    int size = budgets.size();
    Demand demand =
        new Demand(
            policy.cost(),
            new long[size],
            new byte[size],
            new long[size],
            new long[size],
            new long[size]);
    for (int i = 0; i < size; i++) {
      Limit limit = budgets.get(i).limit();
      demand.ids[i] = budgets.get(i).id();
      demand.algorithms[i] = code(limit.algorithm());
      demand.permits[i] = limit.permits();
      demand.capacities[i] = limit.capacity();
      demand.periods[i] = limit.periodMillis();
    }
    return demand;
  }

  int size() {
    return ids.length;
  }

  /** These codes are stored and sent: they never change. */
  private static byte code(Algorithm algorithm) {
    return switch (algorithm) {
      case FIXED -> FIXED;
      case SLIDING_LOG -> SLIDING_LOG;
      case TOKEN_BUCKET -> TOKEN_BUCKET;
    };
  }
}
