package dev.weir.quota;

import dev.weir.plan.SessionRules;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The session slots of one subject: part of its entry. A slot is taken under the token of a
 * reservation until the session has an id, and free again when that says so, or when nobody has
 * used it for the time it is kept (contract K9). A working copy for one step on one thread.
 */
final class Slots {

  /**
   * For how long it is remembered that a session has ended: by then its creation, told by another
   * node, has arrived.
   */
  private static final long ENDED_MILLIS = 10_000;

  /** Callers can end what was never there: that of more is forgotten. */
  private static final int MOST_ENDED = 100;

  /** What is known of a name. The codes are stored: they never change. */
  private enum State {
    /** A token, whose session has no id yet. */
    RESERVED(0),
    /** A session. */
    ACTIVE(1),
    /** A session that was; takes no slot. */
    ENDED(2);

    private final byte code;

    State(int code) {
      this.code = (byte) code;
    }
  }

  private static final State[] STATES = State.values();

  /**
   * What is remembered under one name.
   *
   * @param expires until when, epoch milliseconds
   */
  private record Slot(long name, State state, long expires) {}

  /** In the order in which they were taken, or ended. */
  private final List<Slot> slots = new ArrayList<>();

  boolean isEmpty() {
    return slots.isEmpty();
  }

  /** Returns how many are taken. */
  int active(long now) {
    int active = 0;
    for (Slot slot : slots) {
      active += slot.state != State.ENDED && slot.expires > now ? 1 : 0;
    }
    return active;
  }

  /** Returns whether what asks for a slot can have one, or has one. */
  boolean hasRoom(SlotOrder order, long now) {
    State wanted = order.kind() == SlotOrder.Kind.OPEN ? State.ACTIVE : State.RESERVED;
    return has(order.name(), wanted, now)
        || has(order.id(), State.ACTIVE, now)
        || active(now) < Math.min(order.limit(), SessionRules.MOST);
  }

  /** Carries an order out. Returns whether anything is different now. */
  boolean carryOut(SlotOrder order, long now) {
    long until = now + order.millis();
    boolean forgot = forget(now);
    boolean done =
        switch (order.kind()) {
          case RESERVE ->
              has(order.id(), State.ACTIVE, now)
                  ? put(order.id(), State.ACTIVE, until)
                  : put(order.name(), State.RESERVED, until);
          case OPEN -> put(order.name(), State.ACTIVE, until);
          case BIND -> bind(order, until);
          case RELEASE -> remove(order.name());
          case KEEP ->
              has(order.name(), State.ACTIVE, now) && put(order.name(), State.ACTIVE, until);
          case END -> end(order.name(), now);
        };
    return forgot || done;
  }

  /**
   * A session that was opened again has its slot already, and one that has ended meanwhile needs
   * none. One that had ended before its reservation is another one of the same name.
   */
  private boolean bind(SlotOrder order, long until) {
    int reserved = indexOf(order.name());
    int present = indexOf(order.id());
    boolean over = present > reserved && slots.get(present).state == State.ENDED;
    boolean released = remove(order.name());
    boolean bound = !over && put(order.id(), State.ACTIVE, until);
    return released || bound;
  }

  private boolean has(long name, State state, long now) {
    Slot present = find(name);
    return present != null && present.state == state && present.expires > now;
  }

  private boolean put(long name, State state, long expires) {
    Slot present = find(name);
    if (present != null && present.state == state && present.expires >= expires) {
      return false;
    }
    remove(name);
    return slots.add(new Slot(name, state, expires));
  }

  private boolean end(long name, long now) {
    Slot present = find(name);
    if (present != null && present.state == State.ENDED) {
      return false;
    }
    remove(name);
    slots.add(new Slot(name, State.ENDED, now + ENDED_MILLIS));
    if (slots.stream().filter(slot -> slot.state == State.ENDED).count() > MOST_ENDED) {
      for (Slot slot : slots) {
        if (slot.state == State.ENDED) {
          return slots.remove(slot); // the first of them is the oldest
        }
      }
    }
    return true;
  }

  private boolean remove(long name) {
    return slots.removeIf(slot -> slot.name == name);
  }

  private @Nullable Slot find(long name) {
    int index = indexOf(name);
    return index < 0 ? null : slots.get(index);
  }

  private int indexOf(long name) {
    for (int i = 0; i < slots.size(); i++) {
      if (slots.get(i).name == name) {
        return i;
      }
    }
    return -1;
  }

  /** Forgets what is over. Returns whether anything was. */
  boolean forget(long now) {
    return slots.removeIf(slot -> slot.expires <= now);
  }

  /** Follows a clock that was far ahead back. */
  void moveBack(long millis) {
    slots.replaceAll(slot -> new Slot(slot.name, slot.state, slot.expires - millis));
  }

  /** Takes over what the other side of a split has: what one of them has ended is over. */
  void merge(Slots other) {
    for (Slot slot : other.slots) {
      Slot present = find(slot.name);
      if (present == null || present.state.compareTo(slot.state) < 0) {
        remove(slot.name);
        slots.add(slot);
      } else if (present.state == slot.state) {
        put(slot.name, slot.state, slot.expires);
      }
    }
  }

  /** Returns when the last of them is over, {@link Long#MIN_VALUE} if there is none. */
  long lastExpiry() {
    long last = Long.MIN_VALUE;
    for (Slot slot : slots) {
      last = Math.max(last, slot.expires);
    }
    return last;
  }

  /** Writes how many there are, then each: name (8 bytes), state (1 byte), until when. */
  void write(Encoder out, long time) {
    out.number(slots.size());
    for (Slot slot : slots) {
      out.fixed(slot.name).octet(slot.state.code).number(Math.max(0, slot.expires - time));
    }
  }

  static Slots read(Decoder in, long time) {
    Slots read = new Slots();
    int size = in.count();
    for (int i = 0; i < size; i++) {
      long name = in.fixed();
      byte state = in.octet();
      if (state < 0 || state >= STATES.length) {
        throw new IllegalStateException("malformed usage entry: a slot of state " + state);
      }
      read.slots.add(new Slot(name, STATES[state], time + in.number()));
    }
    return read;
  }
}
