package dev.weir.quota;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The session slots of one subject that are taken: part of its entry. A slot is taken under the token
 * of a reservation until the session has an id, and free again when that says so, or when nobody has
 * used it for the time it is kept (contract K9). A working copy for one step on one thread.
 */
final class Slots {

  /** What an entry has room for; no more than that are kept however high a limit is. */
  static final int MOST = 10_000;

  /**
   * A slot that is taken.
   *
   * @param name the token of the reservation, or the id of the session
   * @param reserved whether it is a reservation
   * @param expires when it is free again, epoch milliseconds
   */
  private record Slot(long name, boolean reserved, long expires) {}

  private final List<Slot> taken = new ArrayList<>();

  boolean isEmpty() {
    return taken.isEmpty();
  }

  /** Returns how many are taken. */
  int active(long now) {
    int active = 0;
    for (Slot slot : taken) {
      active += slot.expires > now ? 1 : 0;
    }
    return active;
  }

  /** Returns whether a reservation can be made, or has been. */
  boolean hasRoom(SlotOrder order, long now) {
    return find(order.token(), true) != null || active(now) < Math.min(order.limit(), MOST);
  }

  /** Carries an order out. Returns whether anything is different now. */
  boolean carryOut(SlotOrder order, long now) {
    boolean forgot = forget(now);
    boolean done =
        switch (order.kind()) {
          case RESERVE -> put(order.token(), true, now + order.millis());
          // a session that was opened again has its slot already
          case BIND -> remove(order.token(), true) | put(order.id(), false, now + order.millis());
          case RELEASE -> remove(order.token(), true);
          case KEEP ->
              find(order.id(), false) != null && put(order.id(), false, now + order.millis());
          case END -> remove(order.id(), false);
        };
    return forgot | done;
  }

  private boolean put(long name, boolean reserved, long expires) {
    Slot present = find(name, reserved);
    if (present != null && present.expires >= expires) {
      return false;
    }
    remove(name, reserved);
    taken.add(new Slot(name, reserved, expires));
    return true;
  }

  private boolean remove(long name, boolean reserved) {
    return taken.removeIf(slot -> slot.name == name && slot.reserved == reserved);
  }

  private @Nullable Slot find(long name, boolean reserved) {
    for (Slot slot : taken) {
      if (slot.name == name && slot.reserved == reserved) {
        return slot;
      }
    }
    return null;
  }

  /** Forgets what is over. */
  boolean forget(long now) {
    return taken.removeIf(slot -> slot.expires <= now);
  }

  /** Follows a clock that was far ahead back. */
  void moveBack(long millis) {
    taken.replaceAll(slot -> new Slot(slot.name, slot.reserved, slot.expires - millis));
  }

  /** Takes over what the other side of a split has. */
  void merge(Slots other) {
    for (Slot slot : other.taken) {
      put(slot.name, slot.reserved, slot.expires);
    }
  }

  /** Returns when the last of them is free, {@link Long#MIN_VALUE} if none is taken. */
  long lastExpiry() {
    long last = Long.MIN_VALUE;
    for (Slot slot : taken) {
      last = Math.max(last, slot.expires);
    }
    return last;
  }

  void write(Encoder out, long time) {
    out.number(taken.size());
    for (Slot slot : taken) {
      out.fixed(slot.name).octet((byte) (slot.reserved ? 1 : 0)).number(slot.expires - time);
    }
  }

  static Slots read(Decoder in, long time) {
    Slots slots = new Slots();
    int size = in.count();
    for (int i = 0; i < size; i++) {
      slots.taken.add(new Slot(in.fixed(), in.octet() == 1, time + in.number()));
    }
    return slots;
  }
}
