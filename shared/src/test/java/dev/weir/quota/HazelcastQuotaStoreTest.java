package dev.weir.quota;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

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
}
