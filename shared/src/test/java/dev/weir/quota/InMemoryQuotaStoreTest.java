package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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

  @Test
  @Timeout(60)
  void credits_that_nobody_tells_are_waited_for_no_longer_than_the_deadline() { // I4
    Balances silent =
        new Balances() {
          @Override
          public CompletableFuture<Balance> load(PartitionKey key, long initialCredits) {
            return new CompletableFuture<>();
          }

          @Override
          public void noted(PartitionKey key, Balance balance) {}
        };
    QuotaStore waiting = new InMemoryQuotaStore(clock, silent, Duration.ofMillis(1));
    Policy paid = new Policy(List.of(), 1, OnFailure.LOCAL, 1, 20);

    assertThat(waiting.consume(PartitionKey.ofSubject("acme"), paid).verdict())
        .isEqualTo(Consumption.Verdict.UNDECIDED);
  }
}
