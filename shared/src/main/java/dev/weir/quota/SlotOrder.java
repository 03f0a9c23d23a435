package dev.weir.quota;

/**
 * What a node wants of the session slots in one entry. All are idempotent: a repeat changes nothing.
 *
 * @param kind what
 * @param run for {@link Kind#RESERVE}, the run of one request that is granted only if there is a slot
 *     as well; {@link #NO_RUN} for the others
 * @param token names the reservation, for as long as the session has no id
 * @param id names the session, once it has one; a digest
 * @param limit for {@link Kind#RESERVE}, how many slots there are
 * @param millis for how long the slot is kept from now on, unless it is used
 */
record SlotOrder(Kind kind, int run, long token, long id, long limit, long millis) {

  static final int NO_RUN = -1;

  /** The codes travel: they never change. */
  enum Kind {
    /** Takes a slot for a session that is about to be created. */
    RESERVE(0),
    /** Gives a reservation the id of the session that was created. */
    BIND(1),
    /** Frees the slot of a session that was not created after all. */
    RELEASE(2),
    /** Keeps the slot of a session that is used. */
    KEEP(3),
    /** Frees the slot of a session that has ended. */
    END(4);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }
  }

  private static final Kind[] KINDS = Kind.values();

  static SlotOrder reserve(int run, long token, long limit, long millis) {
    return new SlotOrder(Kind.RESERVE, run, token, 0, limit, millis);
  }

  static SlotOrder bind(long token, long id, long millis) {
    return new SlotOrder(Kind.BIND, NO_RUN, token, id, 0, millis);
  }

  static SlotOrder release(long token) {
    return new SlotOrder(Kind.RELEASE, NO_RUN, token, 0, 0, 0);
  }

  static SlotOrder keep(long id, long millis) {
    return new SlotOrder(Kind.KEEP, NO_RUN, 0, id, 0, millis);
  }

  static SlotOrder end(long id) {
    return new SlotOrder(Kind.END, NO_RUN, 0, id, 0, 0);
  }

  void write(Encoder out) {
    out.octet(kind.code).number(run + 1L).fixed(token).fixed(id).number(limit).number(millis);
  }

  static SlotOrder read(Decoder in) {
    byte code = in.octet();
    if (code < 0 || code >= KINDS.length) {
      throw new IllegalStateException("an order of kind " + code);
    }
    return new SlotOrder(
        KINDS[code], (int) in.number() - 1, in.fixed(), in.fixed(), in.number(), in.number());
  }
}
