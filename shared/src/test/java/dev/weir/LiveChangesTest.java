package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.weir.account.Accounts;
import dev.weir.account.Members;
import dev.weir.config.Configuration;
import dev.weir.plan.Account;
import dev.weir.plan.Limit;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.FreePort;
import dev.weir.quota.QuotaStore;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Accounts that change while their keys are in use on two nodes (I8, R12, K8, M7). */
class LiveChangesTest {

  private static final int CHANGES = Integer.getInteger("weir.live.changes", 50);

  private final List<HazelcastInstance> members = new ArrayList<>();
  private final List<Weir> nodes = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    int[] ports = {FreePort.find(), FreePort.find()};
    String cluster = UUID.randomUUID().toString();
    for (int i = 0; i < 2; i++) {
      members.add(Hazelcast.newHazelcastInstance(Members.config(cluster, ports[i], ports)));
    }
    for (HazelcastInstance member : members) {
      nodes.add(
          Weir.builder()
              .configuration(
                  Configuration.parse(
                      "weir.yaml",
                      """
                      plans:
                        small: { limits: [5/366d] }
                        large: { limits: [50000000/366d] }
                        huge: { limits: [90000000/366d] }
                      keys: { busy: { plan: large }, idle: { plan: small } }
                      accounts: { store: cluster }
                      cluster: { deadline: 10s }
                      """))
              .store(QuotaStore.hazelcast(member, ClusterSettings.DEFAULT))
              .build());
    }
  }

  @AfterEach
  void stop() {
    nodes.forEach(Weir::close);
    members.forEach(HazelcastInstance::shutdown);
  }

  private Decision decide(int node, String key) {
    return nodes.get(node).limiter().decide(Requests.get("/").with("X-API-Key", key), null, null);
  }

  private static String id(Accounts accounts, String key) {
    Accounts.Key found = accounts.find(key);
    assertThat(found).isNotNull();
    return found.id();
  }

  @Test
  void a_change_counts_for_the_next_request_on_every_node_though_the_key_is_served_from_leases()
      throws Exception {
    AtomicLong served = new AtomicLong();
    List<Thread> load = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      int node = i;
      Thread thread =
          new Thread(
              () -> {
                while (!Thread.currentThread().isInterrupted()) {
                  decide(node, "busy");
                  served.incrementAndGet();
                }
              });
      thread.setDaemon(true);
      load.add(thread);
      thread.start();
    }
    await().until(() -> served.get() > 20_000);
    for (int i = 0; i < CHANGES; i++) {
      Accounts accounts = nodes.get(i % 2).accounts();
      String plan = i % 2 == 0 ? "huge" : "large";
      accounts.change(id(accounts, "busy"), Account.of(plan));
      for (int node = 0; node < 2; node++) {
        Decision next = decide(node, "busy");
        assertThat(next.plan()).as("change %d on node %d", i, node).isEqualTo(plan);
        assertThat(next.budgets().get(0).budget().limit().permits())
            .isEqualTo(i % 2 == 0 ? 90_000_000 : 50_000_000);
        long used =
            next.budgets().get(0).budget().limit().permits() - next.budgets().get(0).remaining();
        assertThat(used).isPositive(); // what was used stays used
      }
    }
    nodes.get(0).accounts().enable(id(nodes.get(0).accounts(), "busy"), false);
    assertThat(decide(1, "busy").outcome()).isEqualTo(Outcome.KEY_UNKNOWN);
    for (Thread thread : load) {
      thread.interrupt();
      thread.join();
    }
  }

  @Test
  void a_key_that_every_node_refuses_by_itself_is_let_through_as_soon_as_it_may_more() {
    for (int i = 0; i < 5; i++) {
      assertThat(decide(i % 2, "idle").isAllowed()).isTrue();
    }
    for (int i = 0; i < 100; i++) {
      assertThat(decide(i % 2, "idle").outcome()).isEqualTo(Outcome.QUOTA_EXCEEDED);
    }

    Accounts accounts = nodes.get(0).accounts();
    accounts.change(id(accounts, "idle"), Account.of("small").withLimits(Limit.parse("8/366d")));

    assertThat(decide(1, "idle").budgets().get(0).remaining()).isEqualTo(2);
    assertThat(decide(0, "idle").budgets().get(0).remaining()).isEqualTo(1);
    accounts.change(id(accounts, "idle"), Account.of("small").withLimits(Limit.parse("6/366d")));
    assertThat(decide(1, "idle").outcome()).isEqualTo(Outcome.QUOTA_EXCEEDED);
    assertThat(decide(0, "idle").budgets().get(0).remaining()).isZero();
  }
}
