package dev.weir.quota;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that one subject has used: the content of one entry of a store. A working copy for one step
 * on one thread.
 *
 * <p>The entry holds usage, never limits; these come with each request. Counters that a request
 * does not ask for are carried along and dropped when they say no more than fresh ones.
 *
 * <p>Stored form, version 1: the version (1 byte), the entry's time (8 bytes), the number of
 * counters, then for each its budget id (8 bytes), its algorithm (1 byte) and its numbers, times
 * relative to the entry's.
 */
final class Usage {

  private static final byte VERSION = 1;

  private record Slot(long id, byte algorithm, Counter counter) {}

  private final List<Slot> slots;
  private long time;

  private Usage(List<Slot> slots, long time) {
    this.slots = slots;
    this.time = time;
  }

  /**
   * Reads an entry.
   *
   * @param stored the stored form, or null for a subject that has used nothing
   * @throws IllegalStateException if the form is of a later version than this one knows
   */
  static Usage decode(byte @Nullable [] stored) {
    if (stored == null) {
      return new Usage(new ArrayList<>(), Long.MIN_VALUE);
    }
    Decoder in = new Decoder(stored);
    byte version = in.octet();
    if (version != VERSION) {
      throw new IllegalStateException(
          "a usage entry has form %d, but this node knows form %d only"
              .formatted(version, VERSION));
    }
    long time = in.fixed();
    int size = (int) in.number();
    List<Slot> slots = new ArrayList<>(size + 2);
    for (int i = 0; i < size; i++) {
      long id = in.fixed();
      byte algorithm = in.octet();
      Counter counter =
          switch (algorithm) {
            case Demand.FIXED -> FixedWindow.read(in, time);
            case Demand.SLIDING_LOG -> SlidingLog.read(in, time);
            case Demand.TOKEN_BUCKET -> TokenBucket.read(in, time);
            default -> throw new IllegalStateException("unknown algorithm " + algorithm);
          };
      slots.add(new Slot(id, algorithm, counter));
    }
    return new Usage(slots, time);
  }

  /**
   * Charges every budget of the demand, or none. The entry's time never goes back: a clock behind
   * it counts as standing still.
   *
   * @param clock the owner's clock, epoch milliseconds
   * @return the answer in the form that {@link Consumption#decode} reads; granted only if charged
   */
  long[] consume(Demand demand, long clock) {
    return step(demand, clock, true);
  }

  /** Answers as {@link #consume} for a cost of nothing; charges nothing. */
  long[] peek(Demand demand, long clock) {
    return step(demand, clock, false);
  }

  private long[] step(Demand demand, long clock, boolean charge) {
    long now = Math.max(clock, time);
    int size = demand.size();
    Counter[] counters = new Counter[size];
    long[] answer = new long[2 + 3 * size];
    boolean fits = true;
    for (int i = 0; i < size; i++) {
      Counter counter = counter(demand, i).at(now, demand.permits()[i], demand.periods()[i]);
      counters[i] = counter;
      long wait =
          charge
              ? counter.waitFor(
                  demand.cost(),
                  now,
                  demand.permits()[i],
                  demand.capacities()[i],
                  demand.periods()[i])
              : 0;
      answer[4 + 3 * i] = wait;
      fits &= wait == 0;
    }
    answer[0] = fits ? 0 : 1;
    answer[1] = now;
    for (int i = 0; i < size; i++) {
      long permits = demand.permits()[i];
      long period = demand.periods()[i];
      long wait = answer[4 + 3 * i];
      Counter counter = counters[i];
      if (fits && charge) {
        counter = counter.charged(demand.cost(), now, permits, period);
        put(new Slot(demand.ids()[i], demand.algorithms()[i], counter));
      }
      answer[2 + 3 * i] = counter.remaining(demand.capacities()[i], period);
      answer[3 + 3 * i] = wait > 0 ? now + wait : counter.resetAt(now, permits, period);
    }
    if (fits && charge) {
      time = now;
      slots.removeIf(slot -> slot.counter.expiresAt() <= now);
    }
    return answer;
  }

  private Counter counter(Demand demand, int index) {
    for (Slot slot : slots) {
      if (slot.id == demand.ids()[index]) {
        return slot.counter;
      }
    }
    return Counter.unused(demand.algorithms()[index]);
  }

  private void put(Slot slot) {
    for (int i = 0; i < slots.size(); i++) {
      if (slots.get(i).id == slot.id) {
        slots.set(i, slot);
        return;
      }
    }
    slots.add(slot);
  }

  /** Returns the stored form. */
  byte[] encode() {
    Encoder out = new Encoder().octet(VERSION).fixed(time).number(slots.size());
    for (Slot slot : slots) {
      out.fixed(slot.id).octet(slot.algorithm);
      slot.counter.write(out, time);
    }
    return out.toBytes();
  }

  /**
   * Returns how long the entry is worth keeping, in milliseconds from now on. Until then it also
   * holds the clock in place where that has stepped back behind the entry's time.
   *
   * @param clock the clock of the step just made
   */
  long lifeMillis(long clock) {
    long last = time;
    for (Slot slot : slots) {
      last = Math.max(last, slot.counter.expiresAt());
    }
    return Math.max(0, last - clock);
  }
}
