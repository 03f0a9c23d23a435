package dev.weir.credit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.TestLog;
import dev.weir.config.Configuration;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import dev.weir.quota.Balance;
import dev.weir.quota.Balances;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.Consumption.Verdict;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CreditLedgerTest {

  private static final PartitionKey KEY = PartitionKey.ofSubject("acme");

  /** In memory, and patient: machines are busy. */
  private static final ClusterSettings SETTINGS =
      Configuration.parse("weir.yaml", "{ profile: kallglot, cluster: { store: memory } }")
          .cluster()
          .withDeadline(Duration.ofSeconds(20));

  private final JdbcDataSource h2 = new JdbcDataSource();
  private final AtomicInteger attempts = new AtomicInteger();
  private volatile boolean down;

  /** The database, which may be down. */
  private final DataSource database =
      (DataSource)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {DataSource.class},
              (proxy, method, arguments) -> {
                attempts.incrementAndGet();
                if (down) {
                  throw new SQLException("meant to be down");
                }
                return method.invoke(h2, arguments);
              });

  private final List<AutoCloseable> opened = new ArrayList<>();

  CreditLedgerTest() {
    h2.setURL("jdbc:h2:mem:%s;DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID()));
  }

  @AfterEach
  void close() throws Exception {
    down = false;
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private CreditLedger ledger() {
    CreditLedger ledger = CreditLedger.open(database, Duration.ZERO, InstantSource.system());
    opened.add(0, ledger);
    return ledger;
  }

  private static QuotaStore store(Balances balances) {
    return QuotaStore.open(SETTINGS, InstantSource.system(), balances);
  }

  private static Policy costs(long price) {
    return new Policy(List.of(), 1, OnFailure.LOCAL, price, 20);
  }

  private static Verdict pay(QuotaStore store, long price) {
    return store.consume(KEY, costs(price)).verdict();
  }

  private static Credits credits(CreditLedger ledger, QuotaStore store) {
    return ledger.credits(store, PartitionKey::ofSubject, id -> 20);
  }

  private long[] row() throws SQLException {
    try (Connection connection = h2.getConnection();
        Statement select = connection.createStatement();
        ResultSet row = select.executeQuery("SELECT granted, used FROM weir_credits")) {
      return row.next() ? new long[] {row.getLong(1), row.getLong(2)} : new long[0];
    }
  }

  private List<String> check() throws SQLException {
    try (Connection connection = h2.getConnection()) {
      return CreditLedger.check(connection);
    }
  }

  @Test
  void a_balance_survives_the_end_of_everything_that_counts() throws Exception { // C5
    CreditLedger first = ledger();
    QuotaStore store = store(first);
    assertThat(pay(store, 5)).isEqualTo(Verdict.GRANTED);
    assertThat(pay(store, 5)).isEqualTo(Verdict.GRANTED);
    store.close();
    first.close(); // an orderly stop loses nothing
    assertThat(row()).containsExactly(20, 10);

    QuotaStore next = store(ledger());

    assertThat(pay(next, 11)).isEqualTo(Verdict.NO_CREDITS);
    assertThat(pay(next, 10)).isEqualTo(Verdict.GRANTED);
    await().untilAsserted(() -> assertThat(row()).containsExactly(20, 20));
    assertThat(check()).isEmpty();
  }

  @Test
  void what_is_used_is_written_soon_without_anybody_asking() {
    QuotaStore store = store(ledger());

    assertThat(pay(store, 3)).isEqualTo(Verdict.GRANTED);

    await().untilAsserted(() -> assertThat(row()).containsExactly(20, 3));
  }

  @Test
  void a_top_up_is_applied_once_however_often_it_is_sent_and_counts_at_once() { // C5
    CreditLedger ledger = ledger();
    QuotaStore store = store(ledger);
    assertThat(pay(store, 20)).isEqualTo(Verdict.GRANTED);
    Credits credits = credits(ledger, store);

    for (int i = 0; i < 3; i++) {
      Credits.Balance balance = credits.topUp("acme", 100, "order-17");
      assertThat(balance.granted()).isEqualTo(120);
      assertThat(balance.used()).isEqualTo(20);
    }

    assertThat(pay(store, 100)).isEqualTo(Verdict.GRANTED);
    assertThat(pay(store, 1)).isEqualTo(Verdict.NO_CREDITS);
    assertThat(credits.topUp("acme", 5, "initial").granted()).isEqualTo(125); // a name like others
    assertThatThrownBy(() -> credits.topUp("acme", 101, "order-17"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("this idempotency key was used before, for 100 credits");
    assertThat(credits.balance("acme").remaining()).isEqualTo(5);
  }

  @Test
  void a_top_up_that_two_nodes_are_sent_at_once_is_applied_once() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Credits.Balance>> calls = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        CreditLedger node = ledger();
        Credits credits = credits(node, store(node));
        for (int j = 0; j < 10; j++) {
          String order = "order-" + j;
          calls.add(() -> credits.topUp("acme", 1, order));
        }
      }
      for (Future<Credits.Balance> call : threads.invokeAll(calls)) {
        assertThat(call.get().granted()).isBetween(21L, 30L);
      }
    } finally {
      threads.shutdownNow();
    }
    CreditLedger last = ledger();
    assertThat(credits(last, store(last)).balance("acme").granted()).isEqualTo(30);
  }

  @Test
  void top_ups_that_come_at_once_all_count() throws Exception {
    CreditLedger ledger = ledger();
    QuotaStore store = store(ledger);
    Credits credits = credits(ledger, store);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Credits.Balance>> calls = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        String order = "order-" + i;
        calls.add(() -> credits.topUp("acme", 1, order));
      }
      for (Future<Credits.Balance> call : threads.invokeAll(calls)) {
        call.get();
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(pay(store, 100)).isEqualTo(Verdict.GRANTED);
    assertThat(pay(store, 1)).isEqualTo(Verdict.NO_CREDITS);
    await().untilAsserted(() -> assertThat(check()).isEmpty());
  }

  @Test
  void serving_goes_on_while_the_database_is_gone_and_nothing_is_lost() throws Exception {
    CreditLedger ledger = ledger();
    QuotaStore store = store(ledger);
    assertThat(pay(store, 1)).isEqualTo(Verdict.GRANTED);
    await().untilAsserted(() -> assertThat(row()).containsExactly(20, 1));

    int tries = attempts.get();
    down = true;
    String log =
        TestLog.of(
            () -> {
              for (int i = 0; i < 5; i++) {
                assertThat(pay(store, 2)).isEqualTo(Verdict.GRANTED);
              }
              await().until(() -> attempts.get() > tries + 6); // each but the first in silence
            });
    assertThat(log).containsOnlyOnce("Credits cannot be written to the database");
    assertThatThrownBy(() -> credits(ledger, store).topUp("acme", 1, "order-1"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the database that keeps credits is not there");
    assertThat(row()).containsExactly(20, 1);
    down = false;

    await().untilAsserted(() -> assertThat(row()).containsExactly(20, 11));
    assertThat(credits(ledger, store).topUp("acme", 1, "order-1").granted()).isEqualTo(21);
    assertThat(pay(store, 10)).isEqualTo(Verdict.GRANTED);
    assertThat(pay(store, 1)).isEqualTo(Verdict.NO_CREDITS);
  }

  @Test
  void an_account_that_cannot_be_read_is_not_let_through_for_nothing() {
    QuotaStore store = store(ledger());
    down = true;

    assertThat(pay(store, 1)).isEqualTo(Verdict.UNDECIDED);

    down = false;
    await().untilAsserted(() -> assertThat(pay(store, 1)).isEqualTo(Verdict.GRANTED));
  }

  @Test
  void a_database_that_is_down_at_the_start_is_an_error_or_waited_for() throws Exception {
    down = true;
    assertThatThrownBy(this::ledger)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the database that keeps credits cannot be used: meant to be down");

    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<CreditLedger> waiting =
          thread.submit(
              () -> CreditLedger.open(database, Duration.ofMinutes(1), InstantSource.system()));
      down = false;
      opened.add(waiting.get());
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void an_older_state_never_overwrites_a_newer_one() throws Exception {
    CreditLedger one = ledger();
    CreditLedger other = ledger();
    one.noted(KEY, new Balance(20, 9, 1, 9));
    await().untilAsserted(() -> assertThat(row()).containsExactly(20, 9));

    other.noted(KEY, new Balance(20, 4, 1, 4));
    other.noted(PartitionKey.ofSubject("another"), new Balance(7, 0, 1, 1));
    other.close();

    assertThat(row()).containsExactly(20, 9);
  }

  @Test
  void everything_that_is_kept_is_told_to_a_cluster_that_starts() {
    CreditLedger first = ledger();
    QuotaStore store = store(first);
    assertThat(pay(store, 7)).isEqualTo(Verdict.GRANTED);
    first.close();

    List<Balances.Kept> told = new ArrayList<>();
    ledger().all(told::add);

    assertThat(told).hasSize(1);
    assertThat(told.get(0).key()).isEqualTo(KEY);
    assertThat(told.get(0).balance().remaining()).isEqualTo(13);
  }

  @Test
  void a_check_finds_what_does_not_add_up() throws Exception {
    CreditLedger ledger = ledger();
    assertThat(pay(store(ledger), 7)).isEqualTo(Verdict.GRANTED);
    ledger.close();
    assertThat(check()).isEmpty();
    try (Connection connection = h2.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE weir_credits SET granted = 6");
    }

    assertThat(check())
        .containsExactly(
            "account %s: 6 credits are counted as granted, but its grants are 20"
                .formatted(KEY.hex()),
            "account %s: 7 credits are used of 6 that were granted".formatted(KEY.hex()));
  }
}
