package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.freshKey;
import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.SplitBrainProtectionConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.quota.Consumption.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Members that do not see each other, and then do. */
class SplitBrainTest {

  private static final ClusterSettings SETTINGS =
      ClusterSettings.DEFAULT.withDeadline(Duration.ofSeconds(10));

  private final List<HazelcastInstance> members = new ArrayList<>();

  @AfterEach
  void stop() {
    members.forEach(HazelcastInstance::shutdown);
  }

  @Test
  void after_the_split_both_sides_count_what_either_has_admitted() throws Exception { // I1
    int one = FreePort.find();
    int other = FreePort.find();
    PartitionKey key = freshKey();
    PartitionKey lonely = freshKey();
    try (QuotaStore here = store(start(config(one)));
        QuotaStore there = store(start(config(other)))) {
      consume(here, key, 7);
      consume(there, key, 5);
      consume(there, lonely, 3);

      for (HazelcastInstance member : members) {
        member
            .getConfig()
            .getNetworkConfig()
            .getJoin()
            .getTcpIpConfig()
            .addMember("127.0.0.1:" + one)
            .addMember("127.0.0.1:" + other);
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  members.stream()
                      .allMatch(member -> member.getCluster().getMembers().size() == 2));

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> {
                for (QuotaStore store : List.of(here, there)) {
                  assertThat(left(store, key)).isEqualTo(20 - 12);
                  assertThat(left(store, lonely)).isEqualTo(20 - 3);
                }
              });
    }
  }

  @Test
  void a_minority_by_the_applications_own_protection_follows_on_failure() throws Exception { // I5
    Config config = config(FreePort.find());
    config.addSplitBrainProtectionConfig(new SplitBrainProtectionConfig("two", true, 2));
    MapConfig map = EmbeddedMember.mapConfigs(SETTINGS).get(0);
    config.addMapConfig(map.setSplitBrainProtectionName("two"));
    try (QuotaStore store = store(start(config))) {
      PartitionKey key = freshKey();
      Policy refusing = new Policy(policy("20/day").budgets(), 1, OnFailure.REFUSE);

      assertThat(store.consume(key, refusing)).isEqualTo(Consumption.UNDECIDED);
      Consumption alone = store.consume(key, policy("20/day"));
      assertThat(alone.verdict()).isEqualTo(Verdict.GRANTED);
      assertThat(alone.degraded()).isTrue();
    }
  }

  private static void consume(QuotaStore store, PartitionKey key, int times) {
    for (int i = 0; i < times; i++) {
      Consumption consumption = store.consume(key, policy("20/day"));
      assertThat(consumption.verdict()).isEqualTo(Verdict.GRANTED);
      assertThat(consumption.degraded()).isFalse();
    }
  }

  private static long left(QuotaStore store, PartitionKey key) {
    Consumption standing = store.peek(key, policy("20/day"));
    assertThat(standing.verdict()).isEqualTo(Verdict.GRANTED);
    return standing.budgets().get(0).remaining();
  }

  private static QuotaStore store(HazelcastInstance member) {
    return QuotaStore.hazelcast(member, SETTINGS);
  }

  private HazelcastInstance start(Config config) {
    HazelcastInstance member = Hazelcast.newHazelcastInstance(config);
    members.add(member);
    return member;
  }

  private static Config config(int port) {
    Config config = new Config().setClusterName("split");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.setProperty("hazelcast.socket.bind.any", "false");
    config.setProperty("hazelcast.local.localAddress", "127.0.0.1");
    config.setProperty("hazelcast.merge.first.run.delay.seconds", "2");
    config.setProperty("hazelcast.merge.next.run.delay.seconds", "2");
    var network = config.getNetworkConfig().setPort(port).setPortAutoIncrement(false);
    network.getJoin().getAutoDetectionConfig().setEnabled(false);
    network.getJoin().getMulticastConfig().setEnabled(false);
    network.getJoin().getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + port);
    return config;
  }
}
