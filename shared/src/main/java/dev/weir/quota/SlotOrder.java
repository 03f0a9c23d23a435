package dev.weir.quota;

/**
 * What is wanted of the session slots of one subject. A repeat takes no second slot and frees
 * nobody else's; it may keep one for longer.
 *
 * @param kind what
 * @param run for what {@link #asks}, the run of one request in its step, which is granted only if
 *     there is a slot as well; {@link #NO_RUN} elsewhere
 * @param name names the reservation, for as long as the session has no id, else the session
 * @param id for {@link Kind#BIND}, names the session from now on; for {@link Kind#RESERVE}, the
 *     session that needs no slot if it has one, 0 if it is not known yet
 * @param limit for what {@link #asks}, how many slots there are, 0 to {@link
 *     dev.weir.plan.SessionRules#MOST}
 * @param millis for how long the slot is kept from now on, unless it is used
 */
public record SlotOrder(Kind kind, int run, long name, long id, long limit, long millis) {

  static final int NO_RUN = -1;

  /** What is wanted. The codes travel: they never change. */
  public enum Kind {
    /** Takes a slot for a session that is about to be created. */
    RESERVE(0),
    /** Takes a slot for a session whose id is known, unless it has one. */
    OPEN(1),
    /** Gives a reservation the id of the session that was created. */
    BIND(2),
    /** Frees the slot of a session that was not created after all. */
    RELEASE(3),
    /** Keeps the slot of a session that is used. */
    KEEP(4),
    /** Frees the slot of a session that has ended. */
    END(5);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }
  }

  private static final Kind[] KINDS = Kind.values();

  /**
   * Takes a slot under a token, for a session that is about to be created.
   *
   * @param token what the slot is reserved under
   * @param id the session, which is kept instead if it has a slot; 0 if it has no id yet
   * @param limit how many there may be at once
   * @param millis how long the slot is kept, in milliseconds
   * @return the order
   */
  public static SlotOrder reserve(long token, long id, long limit, long millis) {
    return new SlotOrder(Kind.RESERVE, NO_RUN, token, id, limit, millis);
  }

  /**
   * Takes a slot for a session, unless it has one.
   *
   * @param id of the session
   * @param limit how many there may be at once
   * @param millis how long the slot is kept, in milliseconds
   * @return the order
   */
  public static SlotOrder open(long id, long limit, long millis) {
    return new SlotOrder(Kind.OPEN, NO_RUN, id, 0, limit, millis);
  }

  /**
   * Gives the slot that was reserved under a token to a session.
   *
   * @param token what the slot is reserved under
   * @param id of the session
   * @param millis how long the slot is kept, in milliseconds
   * @return the order
   */
  public static SlotOrder bind(long token, long id, long millis) {
    return new SlotOrder(Kind.BIND, NO_RUN, token, id, 0, millis);
  }

  /**
   * Frees the slot that was reserved under a token.
   *
   * @param token what the slot is reserved under
   * @return the order
   */
  public static SlotOrder release(long token) {
    return new SlotOrder(Kind.RELEASE, NO_RUN, token, 0, 0, 0);
  }

  /**
   * Keeps the slot of a session, if it has one.
   *
   * @param id of the session
   * @param millis how long the slot is kept, in milliseconds
   * @return the order
   */
  public static SlotOrder keep(long id, long millis) {
    return new SlotOrder(Kind.KEEP, NO_RUN, id, 0, 0, millis);
  }

  /**
   * Frees the slot of a session, if it has one.
   *
   * @param id of the session
   * @return the order
   */
  public static SlotOrder end(long id) {
    return new SlotOrder(Kind.END, NO_RUN, id, 0, 0, 0);
  }

  /** Returns whether a request waits for the answer. */
  boolean asks() {
    return kind == Kind.RESERVE || kind == Kind.OPEN;
  }

  SlotOrder on(int otherRun) {
    return new SlotOrder(kind, otherRun, name, id, limit, millis);
  }

  void write(Encoder out) {
    out.octet(kind.code).number(run + 1L).fixed(name).fixed(id).number(limit).number(millis);
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
