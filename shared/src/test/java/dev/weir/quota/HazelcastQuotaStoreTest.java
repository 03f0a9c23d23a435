package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract on the member that Weir starts by default, alone. */
class HazelcastQuotaStoreTest extends QuotaStoreContract {

  private static final TestClock clock = new TestClock();
  private static QuotaStore store;

  @BeforeAll
  static void open() {
    store = QuotaStore.open(ClusterSettings.DEFAULT, clock);
  }

  @AfterAll
  static void close() {
    store.close();
  }

  @Override
  protected QuotaStore store() {
    return store;
  }

  @Override
  protected void setClock(long millis) {
    clock.set(millis);
  }

  @Test
  void of_too_many_subjects_those_are_forgotten_that_were_met_longest_ago() throws Exception { // I7
    Subjects few =
        new Subjects(store.hazelcast().getMap("few"), 20, 1, (HazelcastQuotaStore) store);
    List<PartitionKey> keys = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      PartitionKey key = new PartitionKey(7, i);
      clock.set(1_711_454_400_000L + (i < 6 ? 0 : 2_000));
      few.gate(key).queue(policy("60/minute"), null).get(20, TimeUnit.SECONDS);
      keys.add(key);
    }

    for (int i = 0; i < 100 && few.gates().size() == 10; i++) {
      few.sweep(Long.MAX_VALUE);
    }

    assertThat(keys.stream().map(few::known).map(Objects::nonNull))
        .containsExactly(false, false, false, false, false, false, true, true, true, true);
  }
}
