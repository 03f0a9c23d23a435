package dev.weir.quota;

import org.jspecify.annotations.Nullable;

/**
 * What the owner of an entry answers to a {@link Step}.
 *
 * @param kind whether it was done at all; if not, the rest but the clock says nothing
 * @param changed whether the entry is another one now; does not travel
 * @param nowMillis the owner's clock, epoch milliseconds
 * @param chargedMillis when all this was charged: now, or earlier if the call runs a second time,
 *     so that windows may have ended since
 * @param againMillis after how long it pays to ask again though a request was refused, since other
 *     nodes may have given leases back; 0 where none are out
 * @param granted by run, how many of its requests were charged: the first ones
 * @param noSlot by run, whether its one request was not charged for want of a session slot
 * @param leased by part, how many more requests were charged in advance
 * @param leaseMillis by part, how long those are good for
 * @param counters by part and budget, what is used now, in the order of the demand
 * @param active how many session slots are taken now
 * @param balance what is known of the credits, of a step with orders about them; or null
 */
record StepAnswer(
    Kind kind,
    boolean changed,
    long nowMillis,
    long chargedMillis,
    long againMillis,
    long[] granted,
    boolean[] noSlot,
    long[] leased,
    long[] leaseMillis,
    Counter[][] counters,
    long active,
    @Nullable Balance balance) {

  /** Stands for "no slot" among the numbers of granted requests, where one asks at most. */
  private static final long NO_SLOT = 2;

  /** What became of a step. The codes travel: they never change. */
  enum Kind {
    /** It was done. */
    DONE(0),
    /** A later call of the same node came first: nothing was done. */
    STALE(1),
    /** Its deadline was over: nothing was done. */
    EXPIRED(2);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }
  }

  private static final Kind[] KINDS = Kind.values();

  /** Returns the answer to a step that nothing was done of. */
  static StepAnswer nothing(Kind kind, long nowMillis) {
    long[] none = {};
    return new StepAnswer(
        kind,
        false,
        nowMillis,
        nowMillis,
        0,
        none,
        new boolean[0],
        none,
        none,
        new Counter[0][],
        0,
        null);
  }

  /** Returns both as one number for each run. */
  static long[] codes(long[] granted, boolean[] noSlot) {
    long[] codes = granted.clone();
    for (int run = 0; run < codes.length; run++) {
      codes[run] = noSlot[run] ? NO_SLOT : codes[run];
    }
    return codes;
  }

  /** Undoes {@link #codes}: leaves what is granted in the array and returns the rest. */
  static boolean[] readCodes(long[] codes, Step step) {
    boolean[] noSlot = new boolean[codes.length];
    for (int run = 0; run < codes.length; run++) {
      if (codes[run] == NO_SLOT && step.slotOf(run) != null) {
        noSlot[run] = true;
        codes[run] = 0;
      }
    }
    return noSlot;
  }

  /**
   * Reads the answer to a step.
   *
   * @throws RuntimeException if it is none
   */
  static StepAnswer decode(byte[] form, Step step) {
    Decoder in = new Decoder(form);
    byte code = in.octet();
    if (code < 0 || code >= KINDS.length) {
      throw new IllegalStateException("an answer of kind " + code);
    }
    long now = in.fixed();
    if (KINDS[code] != Kind.DONE) {
      return nothing(KINDS[code], now);
    }
    long charged = now - in.number();
    long again = in.number();
    long[] granted = new long[step.runs().length];
    for (int i = 0; i < granted.length; i++) {
      granted[i] = in.number();
    }
    boolean[] noSlot = readCodes(granted, step);
    int parts = step.parts().size();
    long[] leased = new long[parts];
    long[] leaseMillis = new long[parts];
    Counter[][] counters = new Counter[parts][];
    for (int i = 0; i < parts; i++) {
      leased[i] = in.number();
      leaseMillis[i] = in.number();
      Demand demand = step.parts().get(i).demand();
      counters[i] = new Counter[demand.size()];
      for (int j = 0; j < demand.size(); j++) {
        counters[i][j] = Counter.read(in, demand.algorithms()[j], now);
      }
    }
    long active = in.hasMore() ? in.number() : 0;
    Balance balance = in.hasMore() ? Balance.read(in) : null;
    return new StepAnswer(
        Kind.DONE,
        false,
        now,
        charged,
        again,
        granted,
        noSlot,
        leased,
        leaseMillis,
        counters,
        active,
        balance);
  }

  /**
   * Returns the form that travels: the kind (1 byte), the clock (8 bytes), how long ago it was
   * charged, when to ask again, what each run was granted, then for each part what was leased, for
   * how long, and its counters, then the slots taken and the credits, if there are any.
   */
  byte[] encode() {
    Encoder out = new Encoder().octet(kind.code).fixed(nowMillis);
    out.number(nowMillis - chargedMillis).number(againMillis);
    for (long code : codes(granted, noSlot)) {
      out.number(code);
    }
    for (int i = 0; i < counters.length; i++) {
      out.number(leased[i]).number(leaseMillis[i]);
      for (Counter counter : counters[i]) {
        counter.write(out, nowMillis);
      }
    }
    if (active > 0 || balance != null) {
      out.number(active);
    }
    if (balance != null) {
      Balance.write(balance, out);
    }
    return out.toBytes();
  }
}
