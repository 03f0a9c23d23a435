package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.freshKey;
import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.partition.Partition;
import dev.weir.TestLog;
import dev.weir.quota.ClusterSettings.Store;
import dev.weir.quota.Consumption.Verdict;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.naming.Context;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.naming.spi.InitialContextFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which Hazelcast instance counts, and what becomes of it. */
class HazelcastConnectionTest {

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
    System.clearProperty(Context.INITIAL_CONTEXT_FACTORY);
  }

  // --- the member Weir starts ------------------------------------------------------------------

  @Test
  void the_member_by_default_is_alone_on_loopback_and_sends_nothing_to_anyone() throws Exception {
    HazelcastConnection connection = connect(ClusterSettings.DEFAULT);
    Config config = connection.instance().getConfig();
    JoinConfig join = config.getNetworkConfig().getJoin();
    InetSocketAddress address =
        connection.instance().getCluster().getLocalMember().getSocketAddress();

    assertThat(join.getMulticastConfig().isEnabled()).isFalse();
    assertThat(join.getAutoDetectionConfig().isEnabled()).isFalse();
    assertThat(join.isAutoDetectionEnabled()).isFalse();
    assertThat(join.getTcpIpConfig().getMembers()).isEmpty();
    assertThat(config.getProperty("hazelcast.phone.home.enabled")).isEqualTo("false");
    assertThat(config.getProperty("hazelcast.shutdownhook.enabled")).isEqualTo("false");
    assertThat(config.getJetConfig().isEnabled()).isFalse();
    assertThat(config.getClusterName()).isEqualTo("weir");
    assertThat(address.getAddress().isLoopbackAddress()).isTrue();
    for (InetAddress other : addressesBesideLoopback()) {
      try (ServerSocket free = new ServerSocket(address.getPort(), 1, other)) {
        assertThat(free.isBound()).isTrue();
      }
    }
  }

  private static List<InetAddress> addressesBesideLoopback() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> !address.isLoopbackAddress() && address instanceof Inet4Address)
        .toList();
  }

  @Test
  void closing_ends_the_member_and_leaves_no_thread() {
    QuotaStore store = QuotaStore.open(ClusterSettings.DEFAULT, InstantSource.system());
    store.consume(freshKey(), policy("5/day"));
    store.close();

    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith("hz.") || name.startsWith("weir-quota")));
  }

  @Test
  void members_that_are_not_named_take_the_first_address_that_is_here_and_free() throws Exception {
    int one = FreePort.find();
    int two = FreePort.find();
    ClusterSettings settings = members(List.of("127.0.0.1:" + one, "127.0.0.1:" + two), null);

    assertThat(port(connect(settings))).isEqualTo(one);
    HazelcastConnection second = connect(settings);
    assertThat(port(second)).isEqualTo(two);
    assertThat(second.instance().getCluster().getMembers()).hasSize(2);
  }

  @Test
  void a_member_that_is_named_takes_that_address_and_no_other() throws Exception {
    int first = FreePort.find();
    int named = FreePort.find();
    List<String> members = List.of("127.0.0.1:" + first, "127.0.0.1:" + named);

    assertThat(port(connect(members(members, "localhost:" + named)))).isEqualTo(named);
  }

  @Test
  void closing_hands_what_the_member_holds_to_the_others() throws Exception {
    ClusterSettings settings =
        new ClusterSettings(
                Store.HAZELCAST,
                "weir-quotas",
                0, // no backup to fall back on
                null,
                null,
                null,
                "weir",
                List.of("127.0.0.1:" + FreePort.find(), "127.0.0.1:" + FreePort.find()),
                false,
                null)
            .withDeadline(Duration.ofSeconds(10));
    QuotaStore leaving = QuotaStore.open(settings, InstantSource.system());
    List<PartitionKey> spent = Stream.generate(QuotaStoreContract::freshKey).limit(50).toList();
    spent.forEach(key -> leaving.consume(key, policy("1/366d")));

    try (QuotaStore staying = QuotaStore.open(settings, InstantSource.system())) {
      awaitItsPart(staying.hazelcast()); // else the 3 s of a close include that
      leaving.close();

      assertThat(spent)
          .map(key -> staying.consume(key, policy("1/366d")).verdict())
          .containsOnly(Verdict.REFUSED);
    }
  }

  /** Waits until a member that has joined holds half of what there is. */
  private static void awaitItsPart(HazelcastInstance joined) {
    Member self = joined.getCluster().getLocalMember();
    Set<Partition> all = joined.getPartitionService().getPartitions();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                all.stream().filter(one -> self.equals(one.getOwner())).count() >= all.size() / 2);
  }

  @Test
  void members_none_of_which_can_be_this_one_are_refused_with_the_reasons() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String inUse = "127.0.0.1:" + taken.getLocalPort();

      assertThatThrownBy(() -> connect(members(List.of("198.51.100.1:5701", inUse), null)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "none of the members [198.51.100.1:5701, %s] can be this one: 198.51.100.1:5701 is not an"
                      .formatted(inUse)
                  + " address of this machine, %s is in use; name it with 'member'"
                      .formatted(inUse));
      assertThatThrownBy(() -> connect(members(List.of("198.51.100.1:5701"), inUse)))
          .hasMessage("this member cannot be %s: %s is in use".formatted(inUse, inUse));
    }
  }

  @Test
  void a_member_is_host_and_port() {
    for (String malformed : List.of("10.0.0.5", ":5701", "10.0.0.5:", "10.0.0.5:70000", "a:b")) {
      assertThatThrownBy(() -> connect(members(List.of(malformed), null)))
          .hasMessage(
              "a member must be host:port such as 10.0.0.5:5701, but is '%s'".formatted(malformed));
    }
  }

  @Test
  void a_member_that_weir_starts_notices_within_seconds_that_another_stalls() {
    Config config = connect(ClusterSettings.DEFAULT).instance().getConfig();

    assertThat(config.getProperties())
        .containsEntry("hazelcast.heartbeat.interval.seconds", "1")
        .containsEntry("hazelcast.max.no.heartbeat.seconds", "10")
        .containsEntry("hazelcast.operation.call.timeout.millis", "10000")
        .containsEntry("hazelcast.operation.backup.timeout.millis", "1000")
        .containsEntry("hazelcast.graceful.shutdown.max.wait", "3");
  }

  @Test
  void what_the_command_line_says_of_time_outs_counts() {
    System.setProperty("hazelcast.max.no.heartbeat.seconds", "17");
    try {
      Config config = connect(ClusterSettings.DEFAULT).instance().getConfig();
      assertThat(config.getProperty("hazelcast.max.no.heartbeat.seconds")).isEqualTo("17");
    } finally {
      System.clearProperty("hazelcast.max.no.heartbeat.seconds");
    }
  }

  @Test
  void a_configuration_file_is_followed(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("hazelcast.yaml");
    Files.writeString(file, FILE.formatted("from-file", FreePort.find()));

    QuotaStore store =
        QuotaStore.open(settings(null, file.toString(), null, false), InstantSource.system());
    opened.add(store);

    assertThat(store.describe())
        .isEqualTo("Hazelcast map weir-quotas, cluster from-file, 1 member, embedded");
    assertThat(store.consume(freshKey(), policy("5/day")).verdict()).isEqualTo(Verdict.GRANTED);
  }

  private static final String FILE =
      """
      hazelcast:
        cluster-name: %s
        network:
          port: { port: %d, auto-increment: false }
          join: { auto-detection: { enabled: false } }
        properties:
          hazelcast.phone.home.enabled: false
          hazelcast.socket.bind.any: false
          hazelcast.local.localAddress: 127.0.0.1
      """;

  @Test
  void a_configuration_file_that_has_the_map_and_different_is_refused(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("hazelcast.yaml");
    Files.writeString(
        file,
        FILE.formatted("from-file", FreePort.find())
            + "  map: { weir-quotas: { backup-count: 3 } }\n");

    assertThatThrownBy(() -> connect(settings(null, file.toString(), null, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("map 'weir-quotas' is Weir's to configure, but the Hazelcast")
        .hasMessageContaining("backup-count 1");
  }

  @Test
  void a_configuration_file_that_is_not_there_is_named() {
    assertThatThrownBy(() -> connect(settings(null, "no/such/hazelcast.xml", null, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("member configuration 'no/such/hazelcast.xml' cannot be read");
    assertThatThrownBy(() -> connect(settings(null, null, "classpath:no-client.yaml", false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("client configuration 'classpath:no-client.yaml' cannot be read");
  }

  // --- an instance that exists -----------------------------------------------------------------

  @Test
  void an_instance_is_found_by_name_and_left_running() {
    HazelcastInstance own = instance("orders", config -> {});

    QuotaStore store =
        QuotaStore.open(settings("orders", null, null, false), InstantSource.system());

    assertThat(store.consume(freshKey(), policy("5/day")).verdict()).isEqualTo(Verdict.GRANTED);
    assertThat(store.describe()).endsWith("1 member, instance orders");
    store.close();
    assertThat(own.getLifecycleService().isRunning()).isTrue();
  }

  @Test
  void an_instance_is_found_in_jndi() {
    HazelcastInstance own = instance("orders", config -> {});
    jndi(Map.of("java:comp/env/hazelcast/api", own, "payara/Hazelcast", own, "jdbc/db", "text"));

    assertThat(connect(settings("hazelcast/api", null, null, false)).origin())
        .isEqualTo("JNDI java:comp/env/hazelcast/api");
    assertThat(connect(settings("payara/Hazelcast", null, null, false)).instance()).isSameAs(own);
    assertThatThrownBy(() -> connect(settings("jdbc/db", null, null, false)))
        .hasMessageContaining(
            "JNDI entry 'jdbc/db' must be a HazelcastInstance, but is a java.lang.String");
  }

  @Test
  void an_instance_that_is_not_there_is_told_with_those_that_are() {
    HazelcastInstance orders = instance("orders", config -> {});

    assertThatThrownBy(() -> connect(settings("order", null, null, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "there is no Hazelcast instance 'order': the instances of this JVM are [%s], its clients"
                    .formatted(orders.getName())
                + " [], and JNDI has neither 'order' nor 'java:comp/env/order'");
  }

  @Test
  void two_stores_may_share_an_instance_and_a_map() { // M4
    HazelcastInstance own = instance("orders", config -> {});
    PartitionKey key = freshKey();

    try (QuotaStore first = QuotaStore.hazelcast(own, ClusterSettings.DEFAULT);
        QuotaStore second = QuotaStore.hazelcast(own, ClusterSettings.DEFAULT)) {
      assertThat(first.consume(key, policy("1/day")).verdict()).isEqualTo(Verdict.GRANTED);
      assertThat(second.consume(key, policy("1/day")).verdict()).isEqualTo(Verdict.REFUSED);
    }
  }

  @Test
  void an_instance_that_waits_a_minute_for_a_stalled_member_is_warned_of_once() {
    HazelcastInstance own = instance("orders", config -> {});

    String log = TestLog.of(() -> use(own));

    assertThat(log)
        .containsOnlyOnce(
            "Hazelcast instance orders waits long for a member that stalls, and until then keys get"
                + " no answer; on every member of the cluster, set"
                + " hazelcast.heartbeat.interval.seconds=1 (is 5),"
                + " hazelcast.max.no.heartbeat.seconds=10 (is 60),"
                + " hazelcast.operation.call.timeout.millis=10000 (is 60000),"
                + " hazelcast.operation.backup.timeout.millis=1000 (is 5000)");
  }

  @Test
  void an_instance_that_waits_for_seconds_is_not_warned_of() {
    HazelcastInstance own =
        instance(
            "orders",
            config ->
                config
                    .setProperty("hazelcast.heartbeat.interval.seconds", "2")
                    .setProperty("hazelcast.max.no.heartbeat.seconds", "15")
                    .setProperty("hazelcast.operation.call.timeout.millis", "20000")
                    .setProperty("hazelcast.operation.backup.timeout.millis", "500"));

    assertThat(TestLog.of(() -> use(own))).doesNotContain("stalls");
  }

  private static void use(HazelcastInstance instance) {
    try (QuotaStore store = QuotaStore.hazelcast(instance, ClusterSettings.DEFAULT)) {
      store.consume(freshKey(), policy("1/day"));
      store.consume(freshKey(), policy("1/day"));
    }
  }

  @Test
  void an_instance_that_configures_the_map_differently_is_refused() {
    List<MapConfig> different =
        List.of(
            new MapConfig("weir-quotas").setInMemoryFormat(InMemoryFormat.OBJECT),
            new MapConfig("weir-*").setMaxIdleSeconds(10));
    for (MapConfig map : different) {
      HazelcastInstance own = instance(map.getName(), config -> config.addMapConfig(map));

      assertThatThrownBy(() -> QuotaStore.hazelcast(own, ClusterSettings.DEFAULT))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("map 'weir-quotas' is Weir's to configure, but instance ")
          .hasMessageContaining("Weir needs: in-memory-format BINARY, backup-count 1");
      assertThat(own.getLifecycleService().isRunning()).isTrue();
    }
  }

  @Test
  void an_instance_whose_other_maps_have_defaults_of_their_own_will_do() {
    HazelcastInstance own =
        instance(
            "defaults", config -> config.addMapConfig(new MapConfig("default").setBackupCount(2)));

    try (QuotaStore store = QuotaStore.hazelcast(own, ClusterSettings.DEFAULT)) {
      store.consume(freshKey(), policy("1/day"));
    }
    assertThat(own.getConfig().findMapConfig("weir-quotas").getBackupCount()).isEqualTo(1);
  }

  @Test
  void two_backup_counts_for_one_map_contradict() {
    HazelcastInstance own = instance("orders", config -> {});
    QuotaStore first = QuotaStore.hazelcast(own, ClusterSettings.DEFAULT);
    opened.add(first);
    ClusterSettings two =
        new ClusterSettings(
            Store.HAZELCAST, "weir-quotas", 2, null, null, null, "weir", List.of(), false, null);

    assertThatThrownBy(() -> QuotaStore.hazelcast(own, two))
        .hasMessageContaining("configures it differently")
        .hasMessageContaining("backup-count 2");
  }

  // --- clients ---------------------------------------------------------------------------------

  @Test
  void a_client_counts_in_a_cluster_elsewhere_and_ends_with_the_store() throws Exception {
    HazelcastInstance own = instance("orders", config -> config.setClusterName("elsewhere"));
    String address = "127.0.0.1:" + own.getCluster().getLocalMember().getSocketAddress().getPort();
    ClusterSettings settings =
        new ClusterSettings(
            Store.HAZELCAST,
            "weir-quotas",
            1,
            null,
            null,
            null,
            "elsewhere",
            List.of(address),
            true,
            null);

    try (QuotaStore store = QuotaStore.open(settings, InstantSource.system())) {
      assertThat(store.consume(freshKey(), policy("5/day")).verdict()).isEqualTo(Verdict.GRANTED);
      assertThat(store.describe())
          .isEqualTo("Hazelcast map weir-quotas, cluster elsewhere, 1 member, client");
      assertThat(Timeouts.advice(HazelcastClient.getAllHazelcastClients().iterator().next()))
          .isNull();
      assertThat(own.getClientService().getConnectedClients()).hasSize(1);
    }
    await().until(() -> own.getClientService().getConnectedClients().isEmpty());
    assertThat(own.getConfig().findMapConfig("weir-quotas").isStatisticsEnabled()).isFalse();
  }

  @Test
  void a_client_of_the_applications_own_that_waits_a_minute_is_warned_of() {
    HazelcastInstance own = instance("orders", config -> config.setClusterName("elsewhere"));
    ClientConfig config = new ClientConfig().setClusterName("elsewhere");
    config
        .getNetworkConfig()
        .addAddress("127.0.0.1:" + own.getCluster().getLocalMember().getSocketAddress().getPort());
    config.setProperty("hazelcast.client.operation.backup.timeout.millis", "1000");
    HazelcastInstance client = HazelcastClient.newHazelcastClient(config);
    opened.add(0, client::shutdown);

    assertThat(TestLog.of(() -> use(client)))
        .containsOnlyOnce(
            "on this client, set hazelcast.client.heartbeat.interval=1000 (is 5000),"
                + " hazelcast.client.heartbeat.timeout=10000 (is 60000),"
                + " hazelcast.client.invocation.timeout.seconds=10 (is 120)")
        .doesNotContain("hazelcast.operation");
  }

  // --- settings that contradict each other -----------------------------------------------------

  @Test
  void one_way_to_hazelcast_is_enough() {
    assertThatThrownBy(() -> connect(settings("orders", "hazelcast.yaml", null, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the cluster settings must name one way to Hazelcast, but name an instance that exists"
                + " ('orders') and a member configuration (hazelcast.yaml)");
  }

  @Test
  void a_client_needs_to_know_where_its_cluster_is() {
    assertThatThrownBy(() -> connect(settings(null, null, null, true)))
        .hasMessage(
            "a client needs the members of its cluster, as host:port, or a client configuration");
  }

  @Test
  void a_clock_reaches_only_the_member_that_weir_starts() {
    assertThatThrownBy(
            () -> HazelcastConnection.open(settings("orders", null, null, false), new TestClock()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'dev.weir.clock'");
    assertThat(HazelcastConnection.isSystem(Clock.systemUTC())).isTrue();
    assertThat(HazelcastConnection.isSystem(InstantSource.system())).isTrue();
    assertThat(
            HazelcastConnection.isSystem(
                Clock.fixed(Clock.systemUTC().instant(), Clock.systemUTC().getZone())))
        .isFalse();
  }

  @Test
  void the_memory_store_needs_no_hazelcast() {
    ClusterSettings memory =
        new ClusterSettings(
            Store.MEMORY, "weir-quotas", 1, null, null, null, "weir", List.of(), false, null);

    try (QuotaStore store = QuotaStore.open(memory, InstantSource.system())) {
      assertThat(store.describe())
          .isEqualTo("the memory of this process, shared with no other node");
    }
    Collection<HazelcastInstance> instances = Hazelcast.getAllHazelcastInstances();
    assertThat(instances).isEmpty();
  }

  private HazelcastConnection connect(ClusterSettings settings) {
    HazelcastConnection connection = HazelcastConnection.open(settings, InstantSource.system());
    opened.add(connection);
    return connection;
  }

  private interface Change {
    void apply(Config config);
  }

  /** Starts an instance as an application might have one. */
  private HazelcastInstance instance(String name, Change change) {
    Config config = new Config(name);
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.socket.bind.any", "false");
    config.setProperty("hazelcast.local.localAddress", "127.0.0.1");
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.getNetworkConfig().setPort(0).getJoin().getMulticastConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    change.apply(config);
    HazelcastInstance instance = Hazelcast.newHazelcastInstance(config);
    opened.add(instance::shutdown);
    return instance;
  }

  static ClusterSettings members(List<String> members, String member) {
    return new ClusterSettings(
        Store.HAZELCAST, "weir-quotas", 1, null, null, null, "weir", members, false, member);
  }

  private static ClusterSettings settings(
      String instance, String hazelcastConfig, String clientConfig, boolean client) {
    return new ClusterSettings(
        Store.HAZELCAST,
        "weir-quotas",
        1,
        instance,
        hazelcastConfig,
        clientConfig,
        "weir",
        List.of(),
        client,
        null);
  }

  private static int port(HazelcastConnection connection) {
    return connection.instance().getCluster().getLocalMember().getSocketAddress().getPort();
  }

  // --- a JNDI of a few entries -----------------------------------------------------------------

  private static Map<String, Object> entries = Map.of();

  private static void jndi(Map<String, Object> newEntries) {
    entries = newEntries;
    System.setProperty(Context.INITIAL_CONTEXT_FACTORY, Entries.class.getName());
  }

  /** Found by its name. */
  public static final class Entries implements InitialContextFactory {

    @Override
    public Context getInitialContext(Hashtable<?, ?> environment) throws NamingException {
      return new InitialContext(true) {
        @Override
        public Object lookup(String name) throws NamingException {
          Object found = entries.get(name);
          if (found == null) {
            throw new NamingException(name);
          }
          return found;
        }
      };
    }
  }
}
