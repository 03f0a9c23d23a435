package dev.weir.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LedgerTest {

  private final Ledger ledger = new Ledger();

  @Test
  void a_window_that_admitted_one_too_many_is_found_and_told_once() {
    admit("hot-0", 10, 3);
    admit("hot-0", 15, 4);
    admit("cold-0", 15, 1);

    assertThat(ledger.settle(window -> 3, 20))
        .containsExactly(new Ledger.Excess(new Ledger.Window("hot-0", 15), 4, 3));
    assertThat(ledger.settle(window -> 3, 20)).isEmpty();
  }

  @Test
  void a_window_that_goes_on_is_kept() {
    admit("hot-0", 20, 2);
    assertThat(ledger.settle(window -> 3, 20)).isEmpty();
    admit("hot-0", 20, 2);

    assertThat(ledger.settle(window -> 3, 21)).hasSize(1);
  }

  private void admit(String key, long end, int times) {
    for (int i = 0; i < times; i++) {
      ledger.admit(key, end);
    }
  }
}
