package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.SessionRules;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SlotsTest {

  private static final long NOON = 1_711_454_400_000L;
  private static final long GRACE = 300_000;

  @Test
  void a_million_sessions_that_were_leave_nothing_behind() { // I7
    Slots slots = new Slots();
    long most = 0;
    for (long id = 1; id <= 1_000_000; id++) {
      long now = NOON + id;
      slots.carryOut(SlotOrder.open(id, 1_000, 10), now);
      if (id % 2 == 0) {
        slots.carryOut(SlotOrder.end(id), now);
      }
      most = Math.max(most, slots.active(now));
    }
    assertThat(most).isBetween(1L, 10L);

    Encoder out = new Encoder();
    slots.write(out, NOON + 1_000_000);
    assertThat(out.toBytes()).hasSizeLessThan(3_000);
    slots.forget(NOON + 1_000_000 + 10_000);
    assertThat(slots.isEmpty()).isTrue();
  }

  @Test
  void no_subject_has_more_slots_than_an_entry_has_room_for() { // I7
    Slots slots = new Slots();
    for (long id = 1; id <= SessionRules.MOST; id++) {
      SlotOrder order = SlotOrder.open(id, Long.MAX_VALUE, GRACE);
      assertThat(slots.hasRoom(order, NOON)).isTrue();
      slots.carryOut(order, NOON);
    }

    assertThat(slots.hasRoom(SlotOrder.open(-1, Long.MAX_VALUE, GRACE), NOON)).isFalse();
  }

  @Property
  void what_is_written_is_read(@ForAll List<Long> ids, @ForAll Random random) {
    Slots slots = new Slots();
    for (long id : ids) {
      slots.carryOut(any(id, random), NOON);
    }
    Encoder out = new Encoder();
    slots.write(out, NOON);

    Slots read = Slots.read(new Decoder(out.toBytes()), NOON);

    Encoder again = new Encoder();
    read.write(again, NOON);
    assertThat(again.toBytes()).isEqualTo(out.toBytes());
    assertThat(read.active(NOON + 1)).isEqualTo(slots.active(NOON + 1));
  }

  private static SlotOrder any(long id, Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> SlotOrder.reserve(id, 0, 9, GRACE);
      case 1 -> SlotOrder.bind(id + 1, id, GRACE);
      case 2 -> SlotOrder.end(id);
      default -> SlotOrder.open(id, 9, GRACE);
    };
  }

  /**
   * Whatever the order in which nodes tell of it, and however often: in the end the slots taken are
   * those of the sessions that were created and have not ended.
   */
  @Property
  void repeated_and_reordered_orders_lead_to_the_same(@ForAll Random random) { // K9, I10
    Map<Long, Boolean> alive = new HashMap<>();
    List<SlotOrder> told = new ArrayList<>();
    Slots slots = new Slots();
    for (long id = 1; id <= 8; id++) {
      long token = 1_000 + id;
      slots.carryOut(SlotOrder.reserve(token, 0, 100, GRACE), NOON);
      boolean created = random.nextBoolean();
      boolean ended = created && random.nextBoolean();
      told.add(created ? SlotOrder.bind(token, id, GRACE) : SlotOrder.release(token));
      if (ended) {
        told.add(SlotOrder.end(id));
      }
      alive.put(id, created && !ended);
    }
    told.addAll(List.copyOf(told.subList(0, random.nextInt(told.size()))));
    Collections.shuffle(told, random);

    told.forEach(order -> slots.carryOut(order, NOON));

    for (long id = 1; id <= 8; id++) {
      boolean has = slots.hasRoom(SlotOrder.open(id, 0, GRACE), NOON);
      assertThat(has).as("session %d", id).isEqualTo(alive.get(id));
    }
    assertThat(slots.active(NOON))
        .isEqualTo((int) alive.values().stream().filter(Boolean::booleanValue).count());
  }

  /** What a session ends for the one is not what ends the next of the same name. */
  @Property
  void a_name_may_be_used_again(@ForAll Random random) { // K9
    Slots slots = new Slots();
    boolean endsFirst = random.nextBoolean(); // an end that overtakes its creation
    for (long token = 1_000; token < 1_010; token++, endsFirst = false) {
      slots.carryOut(SlotOrder.reserve(token, random.nextInt(2), 9, GRACE), NOON);
      SlotOrder bind = SlotOrder.bind(token, 1, GRACE);
      slots.carryOut(endsFirst ? SlotOrder.end(1) : bind, NOON);
      assertThat(slots.active(NOON)).isOne();
      slots.carryOut(endsFirst ? bind : SlotOrder.end(1), NOON);
      assertThat(slots.active(NOON)).isZero();
    }
  }

  @Test
  void sides_of_a_split_keep_each_others_sessions_and_end_what_either_ended() {
    Slots one = new Slots();
    one.carryOut(SlotOrder.open(1, 9, GRACE), NOON);
    one.carryOut(SlotOrder.open(2, 9, GRACE), NOON);
    one.carryOut(SlotOrder.end(3), NOON);
    Slots other = new Slots();
    other.carryOut(SlotOrder.open(1, 9, GRACE), NOON + 50);
    other.carryOut(SlotOrder.open(3, 9, GRACE), NOON);
    other.carryOut(SlotOrder.open(4, 9, GRACE), NOON);

    one.merge(other);

    assertThat(one.active(NOON)).isEqualTo(3);
    assertThat(one.hasRoom(SlotOrder.open(3, 0, GRACE), NOON)).isFalse();
    assertThat(one.hasRoom(SlotOrder.open(1, 0, GRACE), NOON + GRACE + 49)).isTrue();
  }
}
