package dev.weir.quota;

/**
 * What the owner of an entry answers to a {@link Step}.
 *
 * @param stale whether a later call of the same node came first; then nothing was done
 * @param changed whether the entry is another one now; does not travel
 * @param nowMillis the owner's clock, epoch milliseconds
 * @param chargedMillis when all this was charged: now, or earlier if the call runs a second time,
 *     so that windows may have ended since
 * @param againMillis after how long it pays to ask again though a request was refused, since other
 *     nodes may have given leases back; 0 where none are out
 * @param granted by run, how many of its requests were charged: the first ones
 * @param leased by part, how many more requests were charged in advance
 * @param leaseMillis by part, how long those are good for
 * @param counters by part and budget, what is used now, in the order of the demand
 */
record StepAnswer(
    boolean stale,
    boolean changed,
    long nowMillis,
    long chargedMillis,
    long againMillis,
    long[] granted,
    long[] leased,
    long[] leaseMillis,
    Counter[][] counters) {

  private static final byte DONE = 0;
  private static final byte STALE = 1;

  static StepAnswer stale(long nowMillis) {
    long[] none = {};
    return new StepAnswer(true, false, nowMillis, nowMillis, 0, none, none, none, new Counter[0][]);
  }

  /**
   * Reads the answer to a step.
   *
   * @throws RuntimeException if it is none
   */
  static StepAnswer decode(byte[] form, Step step) {
    Decoder in = new Decoder(form);
    byte kind = in.octet();
    long now = in.fixed();
    if (kind == STALE) {
      return stale(now);
    }
    if (kind != DONE) {
      throw new IllegalStateException("an answer of kind " + kind);
    }
    long charged = now - in.number();
    long again = in.number();
    long[] granted = new long[step.runs().length];
    for (int i = 0; i < granted.length; i++) {
      granted[i] = in.number();
    }
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
    return new StepAnswer(
        false, false, now, charged, again, granted, leased, leaseMillis, counters);
  }

  /**
   * Returns the form that travels: the kind (1 byte), the clock (8 bytes), how long ago it was
   * charged, when to ask again, what each run was granted, then for each part what was leased, for
   * how long, and its counters.
   */
  byte[] encode() {
    Encoder out = new Encoder().octet(stale ? STALE : DONE).fixed(nowMillis);
    out.number(nowMillis - chargedMillis).number(againMillis);
    for (long count : granted) {
      out.number(count);
    }
    for (int i = 0; i < counters.length; i++) {
      out.number(leased[i]).number(leaseMillis[i]);
      for (Counter counter : counters[i]) {
        counter.write(out, nowMillis);
      }
    }
    return out.toBytes();
  }
}
