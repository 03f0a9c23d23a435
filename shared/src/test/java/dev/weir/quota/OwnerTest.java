package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When a member is asked no more, and when again (design invariant I4). */
class OwnerTest {

  private static final long MILLI = 1_000_000;
  private static final byte[] ENTRY = new byte[16];

  private final Owner owner = new Owner();

  @Test
  void it_opens_at_the_fifth_call_in_a_row_that_is_lost() {
    for (int i = 0; i < 4; i++) {
      assertThat(owner.isLost(ENTRY, 0)).isFalse();
    }
    owner.answered(0, 0);
    for (int i = 0; i < 4; i++) {
      assertThat(owner.isLost(ENTRY, 0)).isFalse();
    }
    assertThat(owner.isOpen()).isFalse();

    assertThat(owner.isLost(ENTRY, 0)).isTrue();
    assertThat(owner.isOpen()).isTrue();
    assertThat(owner.isLost(ENTRY, 0)).isFalse(); // that is no news
  }

  @Test
  void it_is_probed_twice_a_second_by_one_and_closes_on_an_answer_in_time() {
    open(0);

    assertThat(owner.probe(499 * MILLI)).isNull();
    assertThat(owner.probe(500 * MILLI)).isSameAs(ENTRY);
    assertThat(owner.probe(500 * MILLI)).isNull();
    owner.probed(false, 600 * MILLI);
    assertThat(owner.isOpen()).isTrue();
    assertThat(owner.probe(1_099 * MILLI)).isNull();
    assertThat(owner.probe(1_100 * MILLI)).isSameAs(ENTRY);
    owner.probed(true, 1_101 * MILLI);

    assertThat(owner.isOpen()).isFalse();
    assertThat(owner.isLost(ENTRY, 1_101 * MILLI)).isFalse(); // counts from the beginning
  }

  @Test
  void a_deadline_is_by_the_owners_clock_and_not_later_than_here() {
    assertThat(owner.deadline(0, 100 * MILLI)).isEqualTo(Step.NO_DEADLINE);

    owner.answered(5_000, 1_000 * MILLI); // read at 1,000 here or before
    assertThat(owner.deadline(2_000 * MILLI, 100 * MILLI)).isEqualTo(6_100);
    owner.answered(5_990, 2_000 * MILLI); // an answer that took its time says less
    assertThat(owner.deadline(2_000 * MILLI, 100 * MILLI)).isEqualTo(6_100);
    owner.answered(6_020, 2_000 * MILLI);
    assertThat(owner.deadline(2_000 * MILLI, 100 * MILLI)).isEqualTo(6_120);
  }

  @Test
  void a_clock_that_was_set_back_is_believed_after_a_while() {
    owner.answered(500_000, 0);
    owner.answered(1_000, 1_000 * MILLI);
    assertThat(owner.deadline(1_000 * MILLI, 0)).isEqualTo(501_000);

    owner.answered(11_000, 11_000 * MILLI);
    assertThat(owner.deadline(11_000 * MILLI, 0)).isEqualTo(11_000);
  }

  private void open(long now) {
    for (int i = 0; i < 5; i++) {
      owner.isLost(ENTRY, now);
    }
  }
}
