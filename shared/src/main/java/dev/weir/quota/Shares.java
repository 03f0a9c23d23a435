package dev.weir.quota;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * What of a counter was counted by members that owned the entry before, in the order they did; the
 * rest is of its owner. So when a cluster that was split comes together, what both sides hold of
 * one member is of before the split, and what only one side holds is new.
 *
 * @param owners the members, never that of the entry; never changed
 * @param amounts in parallel, what each has counted, in the unit of {@link Counter#amount}; never
 *     changed
 */
record Shares(int[] owners, long[] amounts) {

  static final Shares NONE = new Shares(new int[0], new long[0]);

  /** The oldest share more of them; what it stands for may then be counted twice in a merge. */
  private static final int MAX_OWNERS = 8;

  private static final int NOBODY = -1;

  boolean isEmpty() {
    return owners.length == 0;
  }

  long sum() {
    long sum = 0;
    for (long amount : amounts) {
      sum += amount;
    }
    return sum;
  }

  /** Returns these once somebody else owns the entry. */
  Shares handedOver(int from, long amount, int to) {
    Shares others = without(to);
    long own = amount - sum();
    return own <= 0 ? others : others.with(from, own);
  }

  private Shares without(int owner) {
    int size = 0;
    int[] newOwners = new int[owners.length];
    long[] newAmounts = new long[owners.length];
    for (int i = 0; i < owners.length; i++) {
      if (owners[i] != owner && amounts[i] > 0) {
        newOwners[size] = owners[i];
        newAmounts[size++] = amounts[i];
      }
    }
    return size == owners.length
        ? this
        : new Shares(Arrays.copyOf(newOwners, size), Arrays.copyOf(newAmounts, size));
  }

  private Shares with(int owner, long amount) {
    int size = owners.length;
    if (size == MAX_OWNERS) {
      long[] folded = Arrays.copyOfRange(amounts, 1, size);
      folded[0] += amounts[0];
      return new Shares(Arrays.copyOfRange(owners, 1, size), folded).with(owner, amount);
    }
    int[] newOwners = Arrays.copyOf(owners, size + 1);
    long[] newAmounts = Arrays.copyOf(amounts, size + 1);
    newOwners[size] = owner;
    newAmounts[size] = amount;
    return new Shares(newOwners, newAmounts);
  }

  /**
   * Returns these with less of them, the oldest first: what is refilled or forgotten was counted
   * first.
   */
  Shares less(long amount) {
    if (amount <= 0 || isEmpty()) {
      return this;
    }
    long[] left = amounts.clone();
    long rest = amount;
    for (int i = 0; i < left.length; i++) {
      long taken = Math.min(rest, left[i]);
      left[i] -= taken;
      rest -= taken;
    }
    return new Shares(owners, left).without(NOBODY);
  }

  /** Returns these by owner, that of the entry included. */
  Map<Integer, Long> byOwner(int owner, long amount) {
    Map<Integer, Long> all = new TreeMap<>();
    for (int i = 0; i < owners.length; i++) {
      all.put(owners[i], amounts[i]);
    }
    all.merge(owner, amount - sum(), Long::sum);
    return all;
  }

  /** Returns the shares of others than the owner of an entry. */
  static Shares of(Map<Integer, Long> byOwner, int owner) {
    Shares shares = NONE;
    for (Map.Entry<Integer, Long> share : byOwner.entrySet()) {
      if (share.getKey() != owner && share.getValue() > 0) {
        shares = shares.with(share.getKey(), share.getValue());
      }
    }
    return shares;
  }

  void write(Encoder out) {
    out.number(owners.length);
    for (int i = 0; i < owners.length; i++) {
      out.number(owners[i]).number(amounts[i]);
    }
  }

  static Shares read(Decoder in) {
    int[] owners = new int[in.count()];
    long[] amounts = new long[owners.length];
    for (int i = 0; i < owners.length; i++) {
      owners[i] = (int) in.number();
      amounts[i] = in.number();
    }
    return new Shares(owners, amounts);
  }
}
