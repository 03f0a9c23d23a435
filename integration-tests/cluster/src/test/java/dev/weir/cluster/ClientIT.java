package dev.weir.cluster;

import static dev.weir.quota.QuotaStoreContract.freshKey;
import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.server.HazelcastMemberStarter;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.Consumption;
import dev.weir.quota.Consumption.Verdict;
import dev.weir.quota.FreePort;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client of a plain Hazelcast server that knows nothing of Weir but, perhaps, one jar. */
class ClientIT {

  private static final String HAZELCAST = locationOf(Hazelcast.class);
  private static final String WEIR_SHARED = locationOf(QuotaStore.class);

  private static final String CONFIGURATION =
      """
      hazelcast:
        cluster-name: servers
        network:
          port: { port: %d, auto-increment: false }
          join: { auto-detection: { enabled: false } }
        properties:
          hazelcast.phone.home.enabled: false
          hazelcast.socket.bind.any: false
          hazelcast.local.localAddress: 127.0.0.1
      """;

  @TempDir private Path folder;

  private Process server;
  private int port;

  @AfterEach
  void stopServer() throws InterruptedException {
    server.destroyForcibly().waitFor();
  }

  @Test
  void weir_shared_is_all_a_server_needs() throws Exception {
    startServer(HAZELCAST + System.getProperty("path.separator") + WEIR_SHARED);
    PartitionKey key = freshKey();

    try (QuotaStore store = QuotaStore.open(client(), InstantSource.system());
        QuotaStore other = QuotaStore.open(client(), InstantSource.system())) {
      assertThat(store.describe())
          .isEqualTo("Hazelcast map weir-quotas, cluster servers, 1 member, client");
      Consumption first = store.consume(key, policy("2/366d", "a:9/366d token-bucket"));
      assertThat(first.verdict()).isEqualTo(Verdict.GRANTED);
      assertThat(other.consume(key, policy("2/366d")).budgets().get(0).remaining()).isZero();
      assertThat(store.consume(key, policy("2/366d")).verdict()).isEqualTo(Verdict.REFUSED);
      assertThat(other.peek(key, policy("a:9/366d token-bucket")).budgets().get(0).remaining())
          .isEqualTo(8);
    }
  }

  @Test
  void a_server_without_weir_shared_is_found_out_at_the_start() throws Exception {
    startServer(HAZELCAST);

    assertThatThrownBy(() -> QuotaStore.open(client(), InstantSource.system()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "of cluster 'servers' cannot read what this node asks it to count: put weir-shared, in"
                + " the version of this node, on the class path of every member");
    await() // the client ends with the failed start
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("hz.client")));
  }

  @Test
  void a_client_that_loses_its_cluster_decides_alone_until_it_is_back() throws Exception { // I5
    String classPath = HAZELCAST + System.getProperty("path.separator") + WEIR_SHARED;
    startServer(classPath);
    PartitionKey key = freshKey();
    try (QuotaStore store = QuotaStore.open(client(), InstantSource.system())) {
      assertThat(store.consume(key, policy("9/366d")).degraded()).isFalse();
      server.destroyForcibly().waitFor();

      await().until(() -> store.consume(freshKey(), policy("9/366d")).degraded());
      Consumption alone = store.consume(key, policy("9/366d"));
      assertThat(alone.verdict()).isEqualTo(Verdict.GRANTED);
      assertThat(alone.budgets().get(0).remaining()).isEqualTo(7);

      restartServer(classPath);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> !store.consume(freshKey(), policy("9/366d")).degraded());
      // the counts ended with the only member; what was admitted alone is charged to the new one
      await()
          .untilAsserted(
              () ->
                  assertThat(store.peek(key, policy("9/366d")).budgets().get(0).remaining())
                      .isEqualTo(8));
    }
  }

  private void startServer(String classPath) throws IOException {
    port = FreePort.find();
    restartServer(classPath);
  }

  private void restartServer(String classPath) throws IOException {
    Path file = folder.resolve("hazelcast.yaml");
    Files.writeString(file, CONFIGURATION.formatted(port));
    server =
        JavaProcess.start(
            "server-" + port,
            classPath,
            List.of("-Dhazelcast.config=" + file),
            HazelcastMemberStarter.class.getName(),
            List.of());
    await().atMost(Duration.ofSeconds(30)).until(this::isUp);
  }

  private boolean isUp() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  private ClusterSettings client() {
    return new ClusterSettings(
        ClusterSettings.Store.HAZELCAST,
        "weir-quotas",
        1,
        null,
        null,
        null,
        "servers",
        List.of("127.0.0.1:" + port),
        true,
        null,
        Duration.ofSeconds(10),
        0);
  }

  private static String locationOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
