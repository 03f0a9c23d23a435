package dev.weir.conversations;

import dev.weir.demo.DemoOptions;
import dev.weir.demo.DemoServer;
import dev.weir.matrix.SharedStore;
import dev.weir.plan.Account;
import dev.weir.plan.Limit;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.QuotaStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A node in this JVM. All its demo servers count in one store, on one member. */
final class LocalNode implements Node {

  /** The name of the distributed map. */
  static final String MAP = "weir-quotas";

  private final Map<Service, DemoServer> servers = new HashMap<>();
  private final Map<String, Account> accounts = new ConcurrentHashMap<>();
  private final QuotaStore store;
  private final SharedStore shared;
  private volatile Instant now = Instant.EPOCH;

  /**
   * Starts a member.
   *
   * @param members {@code host:port} of all members of the cluster
   * @param member which one this is
   */
  LocalNode(List<String> members, String member) {
    store =
        QuotaStore.open(
            new ClusterSettings(
                ClusterSettings.Store.HAZELCAST,
                MAP,
                1,
                null,
                null,
                null,
                "weir-conversations",
                members,
                false,
                member,
                Duration.ofSeconds(10),
                0),
            () -> now);
    shared = new SharedStore(store);
  }

  @Override
  public void forget(long conversation) {
    shared.forget(conversation);
  }

  @Override
  public void setClock(Instant newNow) {
    now = newNow;
  }

  @Override
  public int portOf(Service service) throws IOException {
    DemoServer server = servers.get(service);
    if (server == null) {
      server =
          DemoServer.start(
              new DemoOptions(
                  service.ownFile() ? null : service.configuration(),
                  0,
                  List.of(),
                  null,
                  service.adapter(),
                  service.ownFile() ? service.configuration() : null,
                  null,
                  null,
                  null),
              weir ->
                  weir.clock(() -> now).store(shared).directory(key -> accounts.get(key.value())));
      servers.put(service, server);
    }
    return server.port();
  }

  @Override
  public void setAccount(String key, String plan, @Nullable List<Limit> limits) {
    Account account = Account.of(plan);
    accounts.put(key, limits == null ? account : account.withLimits(limits.toArray(Limit[]::new)));
  }

  @Override
  public void close() {
    servers.values().forEach(DemoServer::close);
    store.close();
  }
}
