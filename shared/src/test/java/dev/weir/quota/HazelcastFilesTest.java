package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.freshKey;
import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.client.config.YamlClientConfigBuilder;
import com.hazelcast.config.Config;
import com.hazelcast.config.InvalidConfigurationException;
import com.hazelcast.config.YamlConfigBuilder;
import dev.weir.ReadmeFiles;
import dev.weir.TestLog;
import dev.weir.config.Configuration;
import dev.weir.quota.Consumption.Verdict;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Hazelcast files of the README, by Hazelcast's own schema and with DNS of this machine. */
class HazelcastFilesTest {

  private static final Map<String, String> FILES = ReadmeFiles.of(Path.of("..", "README.md"));

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "dns/hazelcast.yaml, service-dns, weir-members.default.svc.cluster.local",
    "kubernetes/hazelcast.yaml, service-name, weir-members"
  })
  void a_member_is_told_to_look_where_the_file_says(String file, String how, String where) {
    Config config = member(FILES.get(file));

    assertThat(config.getClusterName()).isEqualTo("my-api-limits");
    assertThat(config.getNetworkConfig().getJoin().getMulticastConfig().isEnabled()).isFalse();
    assertThat(config.getNetworkConfig().getJoin().isAutoDetectionEnabled()).isFalse();
    assertThat(config.getNetworkConfig().getJoin().getKubernetesConfig().isEnabled()).isTrue();
    assertThat(config.getNetworkConfig().getJoin().getKubernetesConfig().getProperties())
        .containsEntry(how, where);
  }

  @Test
  void a_client_is_told_to_look_where_the_file_says() {
    ClientConfig config = client(FILES.get("client/hazelcast-client.yaml"));

    assertThat(config.getClusterName()).isEqualTo("my-api-limits");
    assertThat(config.getNetworkConfig().getKubernetesConfig().isEnabled()).isTrue();
    assertThat(config.getNetworkConfig().getKubernetesConfig().getProperties())
        .containsEntry("service-dns", "weir-members.default.svc.cluster.local");
  }

  @Test
  void a_slip_in_such_a_file_would_be_noticed() {
    String member = FILES.get("dns/hazelcast.yaml").replace("network:", "netwrok:");
    String client = FILES.get("client/hazelcast-client.yaml").replace("network:", "netwrok:");

    assertThatThrownBy(() -> member(member)).isInstanceOf(InvalidConfigurationException.class);
    assertThatThrownBy(() -> client(client)).isInstanceOf(InvalidConfigurationException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dns", "client"})
  void the_file_of_weir_beside_it_names_it(String directory) {
    ClusterSettings cluster =
        Configuration.parse("weir.yaml", FILES.get(directory + "/weir.yaml")).cluster();
    String named = directory.equals("client") ? cluster.clientConfig() : cluster.hazelcastConfig();

    assertThat(named).startsWith("classpath:");
    assertThat(FILES).containsKey(directory + "/" + named.substring("classpath:".length()));
  }

  /** The name is this machine's, the port a free one; the API of Kubernetes is not there to ask. */
  @Test
  void members_and_a_client_find_each_other_by_dns_and_wait_for_none_that_stalls()
      throws IOException {
    int port = FreePort.find();
    String first = local("dns/hazelcast.yaml", "port: { port: 5701", port, port);
    String second = local("dns/hazelcast.yaml", "port: { port: 5701", FreePort.find(), port);
    String client = local("client/hazelcast-client.yaml", "no port of its own", 0, port);
    PartitionKey key = freshKey();

    String log =
        TestLog.of(
            () -> {
              try (QuotaStore one = QuotaStore.open(settings(first, null), InstantSource.system());
                  QuotaStore two = QuotaStore.open(settings(second, null), InstantSource.system());
                  QuotaStore far =
                      QuotaStore.open(settings(null, client), InstantSource.system())) {
                assertThat(far.describe())
                    .isEqualTo(
                        "Hazelcast map weir-quotas, cluster my-api-limits, 2 members, client");
                for (QuotaStore each : List.of(one, two, far)) {
                  assertThat(each.consume(key, policy("3/366d")).verdict())
                      .isEqualTo(Verdict.GRANTED);
                }
                assertThat(two.consume(key, policy("3/366d")).verdict()).isEqualTo(Verdict.REFUSED);
              }
            });

    assertThat(log).doesNotContain("waits long for a member that stalls");
  }

  @Test
  void a_member_by_the_api_of_kubernetes_waits_for_none_that_stalls_either() {
    Config dns = member(FILES.get("dns/hazelcast.yaml"));

    assertThat(member(FILES.get("kubernetes/hazelcast.yaml")).getProperties())
        .isEqualTo(dns.getProperties());
  }

  /** Returns where a file is that looks on this machine, on another port. */
  private String local(String name, String ownPort, int own, int port) throws IOException {
    String text =
        FILES
            .get(name)
            .replace(ownPort, "public-address: 127.0.0.1\n    port: { port: " + own)
            .replace("weir-members.default.svc.cluster.local", "localhost")
            .replace("service-port: 5701", "service-port: " + port)
            .replace(
                "  properties:\n",
                """
                  properties:
                    hazelcast.socket.bind.any: false
                    hazelcast.local.localAddress: 127.0.0.1
                """);
    return Files.writeString(folder.resolve(own + ".yaml"), text).toString();
  }

  private static ClusterSettings settings(String hazelcastConfig, String clientConfig) {
    return new ClusterSettings(
            ClusterSettings.Store.HAZELCAST,
            "weir-quotas",
            1,
            null,
            hazelcastConfig,
            clientConfig,
            "weir",
            List.of(),
            false,
            null)
        .withDeadline(Duration.ofSeconds(20)); // machines are busy
  }

  private static Config member(String text) {
    return new YamlConfigBuilder(stream(text)).build();
  }

  private static ClientConfig client(String text) {
    return new YamlClientConfigBuilder(stream(text)).build();
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }
}
