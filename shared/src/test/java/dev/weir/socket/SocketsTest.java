package dev.weir.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.plan.Account;
import dev.weir.plan.Limit;
import dev.weir.plan.Plan;
import dev.weir.plan.PlanCatalog;
import dev.weir.plan.SocketLimits;
import dev.weir.plan.SocketPolicy;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SocketsTest {

  private static final SocketRules RULES =
      new SocketRules(SocketRules.Excess.DROP, Duration.ofMinutes(5), null, "slow down");

  private static final Socket.Peer PEER =
      new Socket.Peer() {
        @Override
        public void send(String text) {}

        @Override
        public void close(String reason) {}
      };

  private final AtomicInteger calls = new AtomicInteger();
  private final QuotaStore store =
      QuotaStore.inMemory(() -> Instant.ofEpochMilli(1_711_454_430_000L));

  private final QuotaStore counting =
      (QuotaStore)
          Proxy.newProxyInstance(
              QuotaStore.class.getClassLoader(),
              new Class<?>[] {QuotaStore.class},
              (proxy, method, arguments) -> {
                calls.incrementAndGet();
                return method.invoke(store, arguments);
              });

  private final Sockets sockets = new Sockets(counting, RULES);

  @AfterEach
  void close() {
    sockets.close();
  }

  @Test
  void a_client_that_comes_back_soon_finds_what_was_taken_for_it() {
    AtomicInteger delivered = new AtomicInteger();
    Socket first = open(1);
    first.receive(1, delivered::incrementAndGet);
    await().until(() -> delivered.get() == 1);
    first.close();

    Socket second = open(1);
    second.receive(1, delivered::incrementAndGet);
    await().until(() -> delivered.get() == 2);

    assertThat(calls).hasValue(1);
  }

  @Test
  void more_sockets_than_there_are_threads_wait_their_turn_behind_an_application_that_waits() {
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger delivered = new AtomicInteger();
    for (int i = 0; i < 1_100; i++) {
      Socket socket = open(i);
      Socket.Message message =
          () -> {
            begun.incrementAndGet();
            try {
              goOn.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            delivered.incrementAndGet();
          };
      Thread reader = new Thread(() -> socket.receive(1, message)); // it may be known already
      reader.setDaemon(true);
      reader.start();
    }
    await().until(() -> begun.get() >= 1_000);

    goOn.countDown();

    await().until(() -> delivered.get() == 1_100);
  }

  private Socket open(long key) {
    SocketLimits limits = new SocketLimits(List.of(Limit.parse("1600/day")), null);
    Plan plan = new Plan("p", List.of(), Map.of(), false);
    SocketPolicy policy =
        new PlanCatalog(List.of(plan), List.of())
            .sockets(plan, Account.of("p").withSockets(limits));
    return sockets.open(
        new Sockets.Sender(new PartitionKey(1, key), "", policy, () -> policy), null, PEER);
  }
}
