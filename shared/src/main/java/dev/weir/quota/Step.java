package dev.weir.quota;

import dev.weir.plan.Policy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node asks of the owner of one entry, in one call: requests to judge in the order they
 * came, each by its policy, permits to lease for requests yet to come, leased permits to take back,
 * and debts to charge.
 *
 * @param node names the node that asks, and remembers answers for; 0 for one that has no memory of
 *     its own, is never answered from memory and leases nothing
 * @param sequence higher with every call of the node for this entry; a call that runs twice is
 *     recognized by it
 * @param holding permits the node holds in leases of this entry that go on
 * @param parts the policies that this call is about
 * @param runs which of the parts the requests are judged by; requests in a row by the same are one
 *     run
 * @param counts in parallel, how many requests each run is
 * @param debts what was admitted while the owner gave no answer
 * @param orders what is wanted of the session slots
 * @param credits what is wanted of the credits
 * @param deadline the owner's time from which on nobody waits for the answer, so that nothing is
 *     done any more, epoch milliseconds; {@link #NO_DEADLINE} if the caller does not know that time
 */
record Step(
    long node,
    long sequence,
    long holding,
    List<Part> parts,
    int[] runs,
    long[] counts,
    List<Debt> debts,
    List<SlotOrder> orders,
    List<CreditOrder> credits,
    long deadline) {

  static final long NO_DEADLINE = 0;

  private static final byte VERSION = 1;

  /**
   * One policy of a step.
   *
   * @param demand the policy
   * @param wanted how many requests to lease permits for, 0 for none
   * @param returned how many requests that were leased permits for are given back, 0 for none
   * @param ends when the windows end that those were charged to, by budget; 0 where the budget has
   *     no windows. Empty if none is given back
   */
  record Part(Demand demand, long wanted, long returned, long[] ends) {

    private static final long[] NO_ENDS = {};

    /** Returns a policy that requests are judged by, and nothing more. */
    static Part of(Demand demand) {
      return new Part(demand, 0, 0, NO_ENDS);
    }
  }

  /**
   * Permits that were admitted without being charged.
   *
   * @param demand the one budget they are of, and as cost how many they are
   * @param end when the window ends that they were admitted in; 0 where the budget has no windows
   */
  record Debt(Demand demand, long end) {}

  /** Creates a step without debts and without a deadline. */
  Step(long node, long sequence, long holding, List<Part> parts, int[] runs, long[] counts) {
    this(
        node, sequence, holding, parts, runs, counts, List.of(), List.of(), List.of(), NO_DEADLINE);
  }

  /** Returns this step with a deadline. */
  Step by(long other) {
    return new Step(node, sequence, holding, parts, runs, counts, debts, orders, credits, other);
  }

  boolean isEmpty() {
    return parts.isEmpty() && debts.isEmpty() && orders.isEmpty() && credits.isEmpty();
  }

  /** Changes an entry, but nothing in it that anybody asks for. */
  static final Step PROBE =
      of(
          new Demand(
              1,
              Policy.FREE,
              new long[] {0},
              new byte[] {Demand.FIXED},
              new long[] {1_000_000},
              new long[] {1_000_000},
              new long[] {1_000}));

  /** Returns the slot that the one request of a run wants as well, or null. */
  @Nullable SlotOrder slotOf(int run) {
    for (SlotOrder order : orders) {
      if (order.run() == run) {
        return order;
      }
    }
    return null;
  }

  List<Demand> demands() {
    List<Demand> demands = new ArrayList<>(parts.size());
    for (Part part : parts) {
      demands.add(part.demand);
    }
    return demands;
  }

  /** Returns one request, of a node without a memory. */
  static Step of(Demand demand) {
    return new Step(0, 0, 0, List.of(Part.of(demand)), new int[] {0}, new long[] {1});
  }

  /** Returns a step of one request that wants a slot as well. */
  static Step of(Demand demand, SlotOrder slot) {
    return new Step(
        0,
        0,
        0,
        List.of(Part.of(demand)),
        new int[] {0},
        new long[] {1},
        List.of(),
        List.of(slot.on(0)),
        List.of(),
        NO_DEADLINE);
  }

  /** Returns a step that does something about one slot. */
  static Step of(SlotOrder order) {
    return new Step(
        0,
        0,
        0,
        List.of(),
        new int[0],
        new long[0],
        List.of(),
        List.of(order),
        List.of(),
        NO_DEADLINE);
  }

  /** Returns a step that does something about credits. */
  static Step of(CreditOrder order) {
    return new Step(
        0,
        0,
        0,
        List.of(),
        new int[0],
        new long[0],
        List.of(),
        List.of(),
        List.of(order),
        NO_DEADLINE);
  }

  /** Returns a step that only looks at what is left. */
  static Step peek(Demand demand) {
    return new Step(0, 0, 0, List.of(Part.of(demand)), new int[0], new long[0]);
  }

  /**
   * Reads what {@link #encode} wrote. Bytes that follow are of a later version and not needed.
   *
   * @throws IllegalStateException if the form is of a version that this one does not know
   */
  static Step decode(byte[] form) {
    Decoder in = new Decoder(form);
    byte version = in.octet();
    if (version != VERSION) {
      throw new IllegalStateException(
          "a step has form %d, but this member knows form %d only".formatted(version, VERSION));
    }
    long node = in.fixed();
    long sequence = in.number();
    long holding = in.number();
    int size = in.count();
    List<Part> parts = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      Demand demand = Demand.decode(in.form());
      long wanted = in.number();
      long returned = in.number();
      long[] ends = new long[returned == 0 ? 0 : demand.size()];
      for (int j = 0; j < ends.length; j++) {
        ends[j] = in.number();
      }
      parts.add(new Part(demand, wanted, returned, ends));
    }
    int[] runs = new int[in.count()];
    long[] counts = new long[runs.length];
    for (int i = 0; i < runs.length; i++) {
      runs[i] = (int) in.number();
      counts[i] = in.number();
      if (runs[i] >= parts.size()) {
        throw new IllegalStateException("a step judges by a policy that it does not hold");
      }
    }
    long deadline = NO_DEADLINE;
    List<Debt> debts = new ArrayList<>();
    if (in.hasMore()) {
      deadline = in.fixed();
      int owed = in.count();
      for (int i = 0; i < owed; i++) {
        debts.add(new Debt(Demand.decode(in.form()), in.fixed()));
      }
    }
    List<SlotOrder> orders = new ArrayList<>();
    int ordered = in.hasMore() ? in.count() : 0;
    for (int i = 0; i < ordered; i++) {
      orders.add(SlotOrder.read(in));
    }
    List<CreditOrder> credits = new ArrayList<>();
    int about = in.hasMore() ? in.count() : 0;
    for (int i = 0; i < about; i++) {
      credits.add(CreditOrder.read(in));
    }
    return new Step(node, sequence, holding, parts, runs, counts, debts, orders, credits, deadline);
  }

  /**
   * Returns the form that travels, version 1: the version (1 byte), the node (8 bytes), sequence,
   * holding, the parts (the form of the demand, wanted, returned, the ends if any are returned),
   * the runs (part, count), the deadline (8 bytes) and the debts (the form of the demand, the end
   * in 8 bytes), then, if there are any, what is wanted of slots, and of credits.
   */
  byte[] encode() {
    Encoder out = new Encoder().octet(VERSION).fixed(node).number(sequence).number(holding);
    out.number(parts.size());
    for (Part part : parts) {
      out.form(part.demand.encode()).number(part.wanted).number(part.returned);
      for (long end : part.ends) {
        out.number(end);
      }
    }
    out.number(runs.length);
    for (int i = 0; i < runs.length; i++) {
      out.number(runs[i]).number(counts[i]);
    }
    out.fixed(deadline).number(debts.size());
    for (Debt debt : debts) {
      out.form(debt.demand.encode()).fixed(debt.end);
    }
    if (!orders.isEmpty() || !credits.isEmpty()) {
      out.number(orders.size());
      orders.forEach(order -> order.write(out));
    }
    if (!credits.isEmpty()) {
      out.number(credits.size());
      credits.forEach(order -> order.write(out));
    }
    return out.toBytes();
  }
}
