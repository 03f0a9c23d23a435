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

  private static final byte VERSION = 1;

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

  /**
   * Reads what {@link #encode} wrote. Bytes that follow are of a later version and not needed.
   *
   * @throws IllegalStateException if the form is of a version that this one does not know
   */
  static Demand decode(byte[] form) {
    Decoder in = new Decoder(form);
    byte version = in.octet();
    if (version != VERSION) {
      throw new IllegalStateException(
          "a request to count has form %d, but this member knows form %d only"
              .formatted(version, VERSION));
    }
    long cost = in.number();
    int size = (int) in.number();
    Demand demand =
        new Demand(
            cost, new long[size], new byte[size], new long[size], new long[size], new long[size]);
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
   * then for each its id (8 bytes), algorithm (1 byte), permits, capacity and period.
   */
  byte[] encode() {
    Encoder out = new Encoder().octet(VERSION).number(cost).number(size());
    for (int i = 0; i < size(); i++) {
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
        new long[] {ids[index]},
        new byte[] {algorithms[index]},
        new long[] {permits[index]},
        new long[] {capacities[index]},
        new long[] {periods[index]});
  }

  /** Returns the same with limits that are the part of one of so many nodes, but one request. */
  Demand dividedBy(int nodes) {
    Demand part = new Demand(cost, ids, algorithms, permits.clone(), capacities.clone(), periods);
    for (int i = 0; i < size(); i++) {
      part.permits[i] = Math.max(1, permits[i] / nodes);
      part.capacities[i] = Math.min(capacities[i], Math.max(cost, capacities[i] / nodes));
    }
    return part;
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
