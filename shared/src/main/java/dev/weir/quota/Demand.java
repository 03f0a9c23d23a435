package dev.weir.quota;

import dev.weir.plan.Algorithm;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import java.util.List;

/**
 * A policy as numbers, the form in which it travels to the owner of an entry. The arrays run in
 * parallel, one element for each budget, and last one for the credits where they are counted;
 * nobody changes them.
 *
 * @param price how many credits a request costs, {@link Policy#FREE} where credits are not counted
 */
record Demand(
    long cost,
    long price,
    long[] ids,
    byte[] algorithms,
    long[] permits,
    long[] capacities,
    long[] periods) {

  private static final byte VERSION = 1;

  /** Of demands with a price, which members of the version before cannot charge. */
  private static final byte VERSION_WITH_PRICE = 2;

  static final byte FIXED = 0;
  static final byte SLIDING_LOG = 1;
  static final byte TOKEN_BUCKET = 2;
  static final byte CREDITS = 3;

  /** Names the credits among the counters of an entry; no budget's hash is expected to be it. */
  static final long CREDITS_ID = 0x637265646974730aL;

  static Demand of(Policy policy) {
    List<Budget> budgets = policy.budgets();
    Demand demand = sized(policy.cost(), policy.price(), budgets.size());
    for (int i = 0; i < budgets.size(); i++) {
      Limit limit = budgets.get(i).limit();
      demand.ids[i] = budgets.get(i).id();
      demand.algorithms[i] = code(limit.algorithm());
      demand.permits[i] = limit.permits();
      demand.capacities[i] = limit.capacity();
      demand.periods[i] = limit.periodMillis();
    }
    return demand;
  }

  /** Returns a demand to fill in, but for its credits. */
  private static Demand sized(long cost, long price, int budgets) {
    int size = price == Policy.FREE ? budgets : budgets + 1;
    Demand demand =
        new Demand(
            cost,
            price,
            new long[size],
            new byte[size],
            new long[size],
            new long[size],
            new long[size]);
    if (size > budgets) {
      demand.ids[budgets] = CREDITS_ID;
      demand.algorithms[budgets] = CREDITS;
      demand.permits[budgets] = 1;
      demand.capacities[budgets] = Balance.MOST;
      demand.periods[budgets] = 1;
    }
    return demand;
  }

  /**
   * Reads what {@link #encode} wrote. Bytes that follow are of a later version and not needed.
   *
   * @throws IllegalStateException if the form is of a version that this one does not know
   */
  static Demand decode(byte[] form) {
    Decoder in = new Decoder(form);
    byte version = in.octet();
    if (version != VERSION && version != VERSION_WITH_PRICE) {
      throw new IllegalStateException(
          "a request to count has form %d, but this member knows form %d only"
              .formatted(version, VERSION_WITH_PRICE));
    }
    long cost = in.number();
    int size = (int) in.number();
    long price = version == VERSION ? Policy.FREE : in.number();
    Demand demand = sized(cost, price, size);
    for (int i = 0; i < size; i++) {
      demand.ids[i] = in.fixed();
      demand.algorithms[i] = in.octet();
      demand.permits[i] = in.number();
      demand.capacities[i] = in.number();
      demand.periods[i] = in.number();
    }
    return demand;
  }

  /**
   * Returns the form that travels, version 1: the version (1 byte), the cost, how many budgets,
   * then for each its id (8 bytes), algorithm (1 byte), permits, capacity and period. In version 2,
   * the price comes behind the number of budgets.
   */
  byte[] encode() {
    Encoder out = new Encoder().octet(hasPrice() ? VERSION_WITH_PRICE : VERSION).number(cost);
    out.number(budgets());
    if (hasPrice()) {
      out.number(price);
    }
    for (int i = 0; i < budgets(); i++) {
      out.fixed(ids[i])
          .octet(algorithms[i])
          .number(permits[i])
          .number(capacities[i])
          .number(periods[i]);
    }
    return out.toBytes();
  }

  /** Returns one budget of it, at another cost. */
  Demand only(int index, long otherCost) {
    return new Demand(
        otherCost,
        Policy.FREE,
        new long[] {ids[index]},
        new byte[] {algorithms[index]},
        new long[] {permits[index]},
        new long[] {capacities[index]},
        new long[] {periods[index]});
  }

  /** Returns the same with limits that are the part of one of so many nodes, but one request. */
  Demand dividedBy(int nodes) {
    Demand part =
        new Demand(cost, price, ids, algorithms, permits.clone(), capacities.clone(), periods);
    for (int i = 0; i < size(); i++) {
      part.permits[i] = Math.max(1, permits[i] / nodes);
      part.capacities[i] = Math.min(capacities[i], Math.max(cost, capacities[i] / nodes));
    }
    return part;
  }

  /** Returns how many counters it asks for: of budgets, and of credits. */
  int size() {
    return ids.length;
  }

  /** Returns how many budgets there are, which come before the credits. */
  int budgets() {
    return hasPrice() ? ids.length - 1 : ids.length;
  }

  /** Returns whether requests are judged by credits as well. */
  boolean hasPrice() {
    return price != Policy.FREE;
  }

  /** Returns what one request takes of a counter. */
  long cost(int index) {
    return hasPrice() && index == ids.length - 1 ? price : cost;
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
