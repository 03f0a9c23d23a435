package dev.weir.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.weir.ManualClock;
import dev.weir.account.Accounts.Created;
import dev.weir.account.HazelcastChanges.Revisions;
import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import dev.weir.quota.FreePort;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two members and a client, each a node with accounts. */
class HazelcastChangesTest {

  private static final ManualClock CLOCK = new ManualClock("2026-11-24T00:00:00Z");

  private static final List<HazelcastInstance> INSTANCES = new ArrayList<>();

  private final String map = "weir-" + UUID.randomUUID();
  private final List<LiveAccounts> nodes = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    String cluster = UUID.randomUUID().toString();
    int one = FreePort.find();
    int other = FreePort.find();
    INSTANCES.add(Hazelcast.newHazelcastInstance(Members.config(cluster, one, one, other)));
    INSTANCES.add(Hazelcast.newHazelcastInstance(Members.config(cluster, other, one, other)));
    ClientConfig config = new ClientConfig().setClusterName(cluster);
    config.setProperty("hazelcast.logging.type", "none");
    config.getNetworkConfig().addAddress("127.0.0.1:" + one);
    INSTANCES.add(HazelcastClient.newHazelcastClient(config));
    await().until(() -> INSTANCES.get(1).getCluster().getMembers().size() == 2);
  }

  @AfterAll
  static void stop() {
    for (int i = INSTANCES.size() - 1; i >= 0; i--) {
      INSTANCES.get(i).shutdown();
    }
    INSTANCES.clear();
  }

  @BeforeEach
  void open() {
    for (HazelcastInstance instance : INSTANCES) {
      nodes.add(LiveAccounts.hazelcast(instance, map, base()));
    }
  }

  @AfterEach
  void close() {
    nodes.forEach(LiveAccounts::close);
  }

  private static LiveAccounts.Base base() {
    return AccountsContract.base(CLOCK, Map.of(), Map.of());
  }

  @Test
  void each_of_many_changes_is_in_force_on_every_node_when_it_returns() { // I8
    Created created = nodes.get(0).create(Account.of("free"));
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger lookups = new AtomicInteger();
    List<CompletableFuture<?>> busy = new ArrayList<>();
    for (LiveAccounts node : nodes) {
      busy.add(
          inThread(
              () -> {
                while (!done.get()) {
                  node.find(key(created));
                  lookups.incrementAndGet();
                }
              }));
    }
    try {
      for (int i = 0; i < 300; i++) {
        nodes.get(i % 3).change(created.key().id(), Account.of("pro").withSessions(i));
        for (LiveAccounts node : nodes) {
          assertThat(node.find(key(created)).sessions()).isEqualTo(i);
        }
      }
    } finally {
      done.set(true);
    }
    busy.forEach(CompletableFuture::join);
    assertThat(lookups.get()).isPositive();
  }

  @Test
  void a_change_in_the_database_is_in_force_on_every_node_when_it_returns() { // I8
    nodes.forEach(LiveAccounts::close);
    nodes.clear();
    JdbcDataSource source = new JdbcDataSource();
    source.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    for (HazelcastInstance instance : INSTANCES) {
      nodes.add(LiveAccounts.jdbc(source, instance, map, base()));
    }
    Created created = nodes.get(0).create(Account.of("free"));
    for (int i = 0; i < 100; i++) {
      nodes.get(i % 3).enable(created.key().id(), i % 2 == 0);
      for (LiveAccounts node : nodes) {
        assertThat(node.find(key(created)) != null).isEqualTo(i % 2 == 0);
      }
    }
  }

  @Test
  void nodes_that_change_different_keys_at_once_do_not_wait_for_each_other_forever() {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (LiveAccounts node : nodes) {
      Created created = node.create(Account.of("free"));
      all.add(
          inThread(
              () -> {
                for (int i = 0; i < 50; i++) {
                  node.change(created.key().id(), Account.of("pro").withSessions(i));
                  for (LiveAccounts any : nodes) {
                    assertThat(any.find(key(created)).sessions()).isEqualTo(i);
                  }
                }
              }));
    }
    all.forEach(CompletableFuture::join);
  }

  @Test
  void a_node_that_missed_a_change_catches_up() {
    Created created = nodes.get(0).create(Account.of("free"));
    nodes.get(1).find(key(created));
    nodes.get(2).find(key(created));

    // as if the one who made it had ended before it told anybody
    new HazelcastAccountStore(INSTANCES.get(0), map + "-accounts")
        .update(row(created).enabled(false));
    assertThat(nodes.get(1).find(key(created))).isNotNull();
    IMap<String, Long> counter = INSTANCES.get(0).getMap(map + "-revision");
    counter.set("revision", 100L);

    await().until(() -> nodes.stream().allMatch(node -> node.find(key(created)) == null));
  }

  @Test
  void a_node_that_was_taken_for_dead_forgets_all_when_it_is_back() {
    Created created = nodes.get(0).create(Account.of("free"));
    nodes.forEach(node -> node.find(key(created)));
    new HazelcastAccountStore(INSTANCES.get(0), map + "-accounts")
        .update(row(created).enabled(false));

    INSTANCES.get(0).getMap(map + "-nodes").clear();

    await().until(() -> nodes.stream().allMatch(node -> node.find(key(created)) == null));
  }

  private Row row(Created created) {
    return new HazelcastAccountStore(INSTANCES.get(0), map + "-accounts")
        .find(key(created).sha256());
  }

  @Test
  void a_member_that_is_gone_is_not_waited_for() {
    IMap<String, String> registered = INSTANCES.get(0).getMap(map + "-nodes");
    registered.set("ghost", "member " + UUID.randomUUID());
    assertThat(registered.size()).isEqualTo(4);
    Created created = nodes.get(0).create(Account.of("free"));

    String log = dev.weir.TestLog.of(() -> nodes.get(0).enable(created.key().id(), false));

    assertThat(log).doesNotContain("WARN");
  }

  @Test
  void a_node_that_does_not_answer_is_reported_and_no_reason_to_fail() {
    INSTANCES.get(0).getMap(map + "-nodes").set("mute", "client " + UUID.randomUUID());
    Created created = nodes.get(0).create(Account.of("free"));

    String log = dev.weir.TestLog.of(() -> nodes.get(0).enable(created.key().id(), false));

    assertThat(log).containsOnlyOnce("WARN").contains("1 of the nodes");
    assertThat(nodes.get(1).find(key(created))).isNull();
  }

  @Test
  void nothing_is_left_behind() {
    assertThat(threads()).hasSize(3);
    nodes.forEach(LiveAccounts::close);

    assertThat(threads()).isEmpty();
    assertThat(INSTANCES.get(0).getMap(map + "-nodes").size()).isZero();
  }

  @Test
  void a_node_can_be_closed_behind_its_instance() {
    HazelcastInstance member = Members.start();
    LiveAccounts node = LiveAccounts.hazelcast(member, map, base());
    member.shutdown();

    node.close();

    assertThat(threads()).hasSize(3);
  }

  @Test
  void revisions_may_come_out_of_order_but_not_be_missing() {
    Revisions seen = new Revisions();
    assertThat(seen.lacks(0, seen.last())).isFalse();
    seen.add(2);
    assertThat(seen.last()).isZero();
    seen.add(1);
    assertThat(seen.lacks(2, seen.last())).isFalse();

    seen.add(4);
    assertThat(seen.lacks(4, seen.last())).isTrue();
    assertThat(seen.lacks(4, seen.last())).isFalse();
    assertThat(seen.lacks(1, seen.last())).isTrue(); // the counter is a new one
    assertThat(seen.lacks(1, seen.last())).isFalse();
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("weir-accounts"))
        .toList();
  }

  private static ApiKey key(Created created) {
    return ApiKey.parse(created.secret());
  }

  private static CompletableFuture<Void> inThread(Runnable work) {
    return CompletableFuture.runAsync(work, command -> new Thread(command).start());
  }
}
