package dev.weir.quota;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is wanted of the credits of one subject, beside what its requests cost. A call that is not
 * answered may have been carried out or not, so each order says which calls it was part of before.
 *
 * @param kind what
 * @param balance for {@link Kind#TELL}, what is stored of the account
 * @param amount for {@link Kind#REFUND}, how many credits
 * @param since the sequence of the first call that this order was part of, 0 if this is the first;
 *     for {@link Kind#UNDO}, the call itself
 * @param prices for {@link Kind#UNDO}, by run of that call, twice the price of one request, and one
 *     more if it wanted a slot as well. Nobody changes them
 */
record CreditOrder(Kind kind, @Nullable Balance balance, long amount, long since, long[] prices) {

  private static final long[] NONE = {};

  /** What is wanted. The codes travel: they never change. */
  enum Kind {
    /** Tells the entry what is stored of the account. */
    TELL(0),
    /** Gives credits back. */
    REFUND(1),
    /** Gives back what a call has charged that nobody got an answer to. */
    UNDO(2);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }
  }

  private static final Kind[] KINDS = Kind.values();

  static CreditOrder tell(Balance balance) {
    return new CreditOrder(Kind.TELL, balance, 0, 0, NONE);
  }

  static CreditOrder refund(long amount) {
    return new CreditOrder(Kind.REFUND, null, amount, 0, NONE);
  }

  /** Undoes what a step has charged, if it was carried out; null if it cannot have cost any. */
  static @Nullable CreditOrder undo(Step step) {
    long[] prices = new long[step.runs().length];
    boolean any = false;
    for (int run = 0; run < prices.length; run++) {
      long price = Math.max(0, step.parts().get(step.runs()[run]).demand().price());
      prices[run] = 2 * price + (step.slotOf(run) == null ? 0 : 1);
      any |= price > 0;
    }
    return any ? new CreditOrder(Kind.UNDO, null, 0, step.sequence(), prices) : null;
  }

  /** Returns this order for another try, after a call that was not answered. */
  CreditOrder triedBy(long sequence) {
    return since == 0 ? new CreditOrder(kind, balance, amount, sequence, prices) : this;
  }

  /**
   * Returns how many credits this gives back.
   *
   * @param known what the entry remembers of the node, or null
   */
  long refundFor(@Nullable Lessee known) {
    return switch (kind) {
      case TELL -> 0;
      case REFUND -> since != 0 && known != null && known.sequence() >= since ? 0 : amount;
      case UNDO -> known == null || known.sequence() != since ? 0 : charged(known.memory());
    };
  }

  private long charged(long[] memory) {
    long charged = 0;
    for (int run = 0; run < prices.length && run < memory.length; run++) {
      boolean slot = prices[run] % 2 == 1;
      long granted = slot && memory[run] != 1 ? 0 : memory[run];
      charged += granted * (prices[run] / 2);
    }
    return charged;
  }

  void write(Encoder out) {
    out.octet(kind.code).number(amount).number(since).number(prices.length);
    Arrays.stream(prices).forEach(out::number);
    if (kind == Kind.TELL) {
      Balance.write(balance, out);
    }
  }

  static CreditOrder read(Decoder in) {
    byte code = in.octet();
    if (code < 0 || code >= KINDS.length) {
      throw new IllegalStateException("an order about credits of kind " + code);
    }
    Kind kind = KINDS[code];
    long amount = in.number();
    long since = in.number();
    long[] prices = new long[in.count()];
    for (int i = 0; i < prices.length; i++) {
      prices[i] = in.number();
    }
    return new CreditOrder(
        kind, kind == Kind.TELL ? Balance.read(in) : null, amount, since, prices);
  }
}
