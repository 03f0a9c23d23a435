package dev.weir.conversations;

import dev.weir.demo.DemoOptions;
import dev.weir.demo.DemoServer;
import dev.weir.plan.Account;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import dev.weir.quota.Balance;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.SlotOrder;
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

  /** Outlives the demo servers that use it. */
  private static final class SharedStore implements QuotaStore {

    private final QuotaStore store;
    private volatile long conversation;

    SharedStore(QuotaStore store) {
      this.store = store;
    }

    private PartitionKey within(PartitionKey key) {
      return new PartitionKey(key.high(), key.low() ^ conversation);
    }

    @Override
    public Consumption consume(PartitionKey key, Policy policy) {
      return store.consume(within(key), policy);
    }

    @Override
    public Consumption consume(PartitionKey key, Policy policy, SlotOrder slot) {
      return store.consume(within(key), policy, slot);
    }

    @Override
    public void order(PartitionKey key, SlotOrder order) {
      settle(key, order, 0); // before the clock is set on
    }

    @Override
    public void settle(PartitionKey key, SlotOrder order, long spentNanos) {
      store.settle(within(key), order, 0);
    }

    @Override
    public void refund(PartitionKey key, long credits) {
      store.refund(within(key), credits);
    }

    @Override
    public @Nullable Balance grant(PartitionKey key, Balance stored) {
      return store.grant(within(key), stored);
    }

    @Override
    public Consumption peek(PartitionKey key, Policy policy) {
      return store.peek(within(key), policy);
    }

    @Override
    public void close() {}
  }

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
    shared.conversation = conversation;
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
