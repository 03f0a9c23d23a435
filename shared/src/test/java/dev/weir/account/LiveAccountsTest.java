package dev.weir.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.weir.ManualClock;
import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a node remembers of a store, and for how long. */
class LiveAccountsTest {

  private static final ApiKey LISTED = ApiKey.parse("listed");

  private final ManualClock clock = new ManualClock("2026-11-24T00:00:00Z");
  private final Map<ApiKey, Account> others = new HashMap<>();
  private final WatchedStore store = new WatchedStore();
  private final AtomicReference<Changes.Memory> memory = new AtomicReference<>();
  private final LiveAccounts accounts =
      new LiveAccounts(
          store,
          AccountsContract.base(clock, Map.of(LISTED.sha256(), Account.of("free")), others),
          Duration.ofMinutes(10),
          mine -> {
            memory.set(mine);
            return Changes.local(mine);
          });

  @Test
  void the_store_is_asked_once_for_a_key_until_that_changes() {
    for (int i = 0; i < 3; i++) {
      accounts.find(LISTED);
      accounts.find(ApiKey.parse("invented"));
    }
    assertThat(store.finds).isEqualTo(2);

    accounts.enable(accounts.find("listed").id(), false);
    int before = store.finds;
    assertThat(accounts.find(LISTED)).isNull();
    assertThat(accounts.find(LISTED)).isNull();
    assertThat(store.finds).isEqualTo(before + 1);
  }

  @Test
  void keys_that_were_known_stay_so_while_the_store_fails() {
    Accounts.Created created = accounts.create(Account.of("free"));
    ApiKey key = ApiKey.parse(created.secret());
    assertThat(accounts.find(key)).isNotNull();
    assertThat(accounts.find(LISTED)).isNotNull();
    memory.get().forgetAll(); // as when a member joins or leaves
    store.slow =
        () -> {
          throw new IllegalStateException("meant to be down");
        };

    assertThat(accounts.find(key)).isNotNull();
    assertThat(accounts.find(LISTED)).isNotNull();
    assertThatIllegalStateException().isThrownBy(() -> accounts.find(ApiKey.parse("stranger")));
    store.slow = () -> {};
  }

  @Test
  void an_answer_from_before_a_change_is_not_remembered_after_it() throws Exception { // I8
    for (boolean all : List.of(false, true)) {
      accounts.enable(accounts.find("listed").id(), true);
      CountDownLatch asked = new CountDownLatch(1);
      CompletableFuture<Void> answer = new CompletableFuture<>();
      store.slow =
          () -> {
            asked.countDown();
            answer.join();
          };
      CompletableFuture<Account> early =
          CompletableFuture.supplyAsync(
              () -> accounts.find(LISTED), work -> new Thread(work).start());
      asked.await();
      store.slow = () -> {};

      if (all) { // what another node does
        Row row = store.rows.find(LISTED.sha256());
        store.rows.update(row.enabled(false));
        memory.get().forgetAll();
      } else {
        accounts.enable(accounts.find("listed").id(), false);
      }
      assertThat(accounts.find(LISTED)).isNull();
      answer.complete(null);
      await().until(early::isDone);

      assertThat(early.join()).isEqualTo(Account.of("free")); // asked before
      assertThat(accounts.find(LISTED)).isNull();
    }
  }

  @Test
  void a_flood_of_invented_keys_holds_up_neither_listed_keys_nor_those_of_the_application() { // I7
    others.put(ApiKey.parse("foreign"), Account.of("free"));
    accounts.find(ApiKey.parse("foreign"));
    for (int i = 0; i < 1_000; i++) {
      accounts.find(ApiKey.parse("invented-" + i));
    }
    assertThatIllegalStateException().isThrownBy(() -> accounts.find(ApiKey.parse("one-more")));
    memory.get().forgetAll();

    assertThat(accounts.find(LISTED)).isNotNull();
    assertThat(accounts.find(ApiKey.parse("foreign"))).isNotNull();
  }

  private static final class WatchedStore implements AccountStore {

    private final InMemoryAccountStore rows = new InMemoryAccountStore();
    private volatile int finds;
    private volatile Runnable slow = () -> {};

    @Override
    public synchronized boolean insert(Row row) {
      return rows.insert(row);
    }

    @Override
    public Row find(String digest) {
      count();
      Row found = rows.find(digest);
      slow.run();
      return found;
    }

    private synchronized void count() {
      finds++;
    }

    @Override
    public Row findByPrefix(String prefix) {
      return rows.findByPrefix(prefix);
    }

    @Override
    public List<Row> list(String after, int count) {
      return rows.list(after, count);
    }

    @Override
    public boolean update(Row row) {
      return rows.update(row);
    }

    @Override
    public boolean delete(Row row) {
      return rows.delete(row);
    }
  }
}
