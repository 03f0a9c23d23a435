package dev.weir.quota;

class InMemoryQuotaStoreTest extends QuotaStoreContract {

  private final TestClock clock = new TestClock();
  private final QuotaStore store = QuotaStore.inMemory(clock);

  @Override
  protected QuotaStore store() {
    return store;
  }

  @Override
  protected void setClock(long millis) {
    clock.set(millis);
  }
}
