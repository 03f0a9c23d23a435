package dev.weir.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weir.ManualClock;
import dev.weir.TestLog;
import dev.weir.account.Accounts.Created;
import dev.weir.account.Accounts.UnknownKeyException;
import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import dev.weir.plan.Algorithm;
import dev.weir.plan.Limit;
import dev.weir.plan.SessionRules;
import dev.weir.plan.SocketLimits;
import dev.weir.quota.PartitionKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store of accounts must do. Tests get an empty one each. */
abstract class AccountsContract {

  static final ApiKey LISTED = ApiKey.parse("listed");
  static final ApiKey FOREIGN = ApiKey.parse("foreign");

  private static final Account EVERYTHING =
      new Account(
          "pro",
          "Acme \"Ltd.\"",
          List.of(
              Limit.parse("100/minute"),
              Limit.parse("10/90s sliding-log"),
              Limit.parse("60/minute token-bucket burst 90 as sustained")),
          Map.of("analysis", List.of(Limit.parse("5/minute")), "free", List.of()),
          10L,
          new SocketLimits(List.of(Limit.parse("500/second")), List.of()),
          1_000L);

  final ManualClock clock = new ManualClock("2026-11-24T00:00:00Z");
  final Map<ApiKey, Account> others = new HashMap<>(Map.of(FOREIGN, Account.of("free")));

  private AccountStore store;
  private LiveAccounts accounts;

  abstract AccountStore emptyStore();

  static LiveAccounts.Base base(
      ManualClock clock, Map<String, Account> listed, Map<ApiKey, Account> others) {
    return new LiveAccounts.Base(
        listed,
        others::get,
        Set.of("free", "pro")::contains,
        account -> {
          if (account.groups().containsKey("impossible")) {
            throw new IllegalArgumentException("there is no group 'impossible'");
          }
        },
        clock);
  }

  @BeforeEach
  void open() {
    store = emptyStore();
    accounts =
        new LiveAccounts(
            store,
            base(clock, Map.of(LISTED.sha256(), Account.of("free")), others),
            Duration.ofMinutes(10),
            Changes::local);
  }

  @AfterEach
  void close() {
    accounts.close();
  }

  // --- the store -------------------------------------------------------------------------------

  @Test
  void a_row_is_read_as_it_was_written() {
    List<Account> all =
        List.of(
            EVERYTHING,
            Account.of("free"),
            Account.of("free").withLimits(),
            Account.of("free").withSessions(0),
            Account.of("free").withSessions(SessionRules.UNLIMITED),
            Account.of("free").withSockets(new SocketLimits(null, List.of())));
    for (Account account : all) {
      String digest = ApiKey.parse("key-" + all.indexOf(account)).sha256();
      Row row =
          new Row(digest, "wk_abcdef", account, false, true, clock.instant(), clock.instant(), 0);

      assertThat(store.insert(row)).isTrue();
      assertThat(store.find(digest)).isEqualTo(row.next());
      assertThat(store.findByPrefix(digest.substring(0, 24))).isEqualTo(row.next());
    }
  }

  @Test
  void limits_of_every_kind_are_read_back_from_their_text() {
    for (Algorithm algorithm : Algorithm.values()) {
      for (String period : List.of("second", "minute", "hour", "day", "90s", "15m", "36h", "2d")) {
        for (String name : List.of("x", "minute", "15m", "burst", "as", "a.b_c-d", "sliding-log")) {
          for (long burst : List.of(7L, 9L)) {
            if (burst == 7 || algorithm == Algorithm.TOKEN_BUCKET) {
              Limit limit = new Limit(name, 7, Limit.parsePeriod(period), algorithm, burst);
              assertThat(Limit.parse(limit.toString())).isEqualTo(limit);
            }
          }
        }
      }
    }
  }

  @Test
  void a_row_changes_only_if_it_is_the_one_last_seen() {
    Row row = Row.listed(LISTED.sha256(), Account.of("free"));
    assertThat(store.update(row)).isFalse();
    assertThat(store.delete(row)).isFalse();
    assertThat(store.insert(row)).isTrue();
    assertThat(store.insert(row.enabled(false))).isFalse();

    Row stored = store.find(LISTED.sha256());
    assertThat(store.update(stored.with(Account.of("pro")))).isTrue();
    assertThat(store.update(stored.enabled(false))).isFalse();
    assertThat(store.delete(stored)).isFalse();

    assertThat(store.find(LISTED.sha256())).isEqualTo(stored.with(Account.of("pro")).next());
    assertThat(store.delete(stored.next())).isTrue();
    assertThat(store.find(LISTED.sha256())).isNull();
  }

  @Test
  void equal_changes_at_once_count_as_many() {
    store.insert(Row.listed(LISTED.sha256(), Account.of("free").withSessions(0)));
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      all.add(
          CompletableFuture.runAsync(
              () -> {
                for (int done = 0; done < 25; ) {
                  Row row = store.find(LISTED.sha256());
                  Account more = row.account().withSessions(row.account().sessions() + 1);
                  done += store.update(row.with(more)) ? 1 : 0;
                }
              },
              work -> new Thread(work).start()));
    }
    all.forEach(CompletableFuture::join);

    assertThat(store.find(LISTED.sha256()).account().sessions()).isEqualTo(100);
  }

  // --- administration --------------------------------------------------------------------------

  @Test
  void a_created_key_is_known_at_once() {
    Created created = accounts.create(Account.of("pro"));

    assertThat(created.secret()).matches("wk_[A-Za-z0-9]{32}").startsWith(created.key().prefix());
    assertThat(created.key().prefix()).hasSize(9);
    assertThat(created.key().id()).matches("key_[0-9a-f]{24}");
    assertThat(created.key().account().subject()).matches("acc_[A-Za-z0-9]{16}");
    assertThat(created.key().created()).isEqualTo(clock.instant());
    assertThat(found(created)).isEqualTo(created.key().account());
    assertThat(accounts.get(created.key().id())).isEqualTo(created.key());
    assertThat(accounts.find(created.secret())).isEqualTo(created.key());
    assertThat(accounts.find("wk_other")).isNull();
    assertThat(accounts.find(" ")).isNull();
  }

  @Test
  void an_account_that_cannot_be_is_refused() {
    Created created = accounts.create(Account.of("pro"));
    Account impossible = new Account("pro", null, null, Map.of("impossible", List.of()));

    for (Account wrong : List.of(Account.of("gold"), impossible)) {
      assertThatIllegalArgumentException().isThrownBy(() -> accounts.create(wrong));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> accounts.change(created.key().id(), wrong));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> accounts.change(created.key().id(), Account.of("pro").withSubject("other")));
    assertThat(accounts.get(created.key().id())).isEqualTo(created.key());
  }

  @Test
  void a_change_is_in_force_at_the_next_request() { // I8
    Created created = accounts.create(Account.of("free"));
    String id = created.key().id();
    assertThat(found(created).plan()).isEqualTo("free");

    Accounts.Key changed =
        accounts.change(id, EVERYTHING.withSubject(created.key().account().subject()));
    assertThat(found(created)).isEqualTo(changed.account());
    accounts.change(id, Account.of("pro"));
    assertThat(found(created))
        .isEqualTo(Account.of("pro").withSubject(created.key().account().subject()));

    assertThat(accounts.enable(id, false).enabled()).isFalse();
    assertThat(found(created)).isNull();
    assertThat(accounts.enable(id, true).enabled()).isTrue();
    assertThat(found(created).plan()).isEqualTo("pro");

    accounts.delete(id);
    assertThat(found(created)).isNull();
    assertThatExceptionOfType(UnknownKeyException.class).isThrownBy(() -> accounts.get(id));
    assertThatExceptionOfType(UnknownKeyException.class).isThrownBy(() -> accounts.delete(id));
  }

  @Test
  void after_a_rotation_both_keys_share_a_budget_until_the_old_one_ends() {
    Created old = accounts.create(Account.of("pro"));
    Created fresh = accounts.rotate(old.key().id(), Duration.ofHours(1));

    assertThat(found(fresh)).isEqualTo(found(old)).isEqualTo(old.key().account());
    assertThat(accounts.get(old.key().id()).expires())
        .isEqualTo(clock.instant().plus(Duration.ofHours(1)));

    clock.advance(Duration.ofHours(1).minusMillis(1));
    assertThat(found(old)).isNotNull();
    clock.advance(Duration.ofMillis(1));
    assertThat(found(old)).isNull(); // though remembered
    assertThat(found(fresh)).isNotNull();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> accounts.rotate(old.key().id(), Duration.ZERO));
  }

  @Test
  void a_rotation_without_an_overlap_ends_the_old_key_at_once() {
    Created old = accounts.create(Account.of("pro"));
    found(old);

    Created fresh = accounts.rotate(old.key().id(), Duration.ZERO);

    assertThat(found(old)).isNull();
    assertThat(found(fresh)).isNotNull();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> accounts.rotate(fresh.key().id(), Duration.ofDays(367)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> accounts.rotate(fresh.key().id(), Duration.ofSeconds(-1)));
  }

  @Test
  void a_listed_key_is_administered_like_a_stored_one() {
    Accounts.Key listed = accounts.find("listed");
    assertThat(listed).isEqualTo(accounts.get(listed.id()));
    assertThat(listed.prefix()).isEmpty();
    assertThat(listed.created()).isNull();
    assertThat(accounts.find(LISTED)).isEqualTo(Account.of("free"));

    accounts.change(listed.id(), Account.of("pro"));
    assertThat(accounts.find(LISTED)).isEqualTo(Account.of("pro"));
    accounts.enable(listed.id(), false);
    assertThat(accounts.find(LISTED)).isNull();
    accounts.enable(listed.id(), true);
    accounts.delete(listed.id());
    assertThat(accounts.find(LISTED)).isNull();
    assertThat(accounts.find("listed")).isNull();
    assertThat(accounts.list(null, 10)).isEmpty();
    assertThatExceptionOfType(UnknownKeyException.class)
        .isThrownBy(() -> accounts.enable(listed.id(), true));
  }

  @Test
  void a_listed_key_that_was_never_changed_can_be_deleted() {
    assertThat(accounts.find(LISTED)).isNotNull();

    accounts.delete(accounts.find("listed").id());

    assertThat(accounts.find(LISTED)).isNull();
  }

  @Test
  void what_a_listed_key_has_used_is_used_of_its_successor() { // R2
    Created fresh = accounts.rotate(accounts.find("listed").id(), Duration.ofHours(1));

    String subject = found(fresh).subject();
    assertThat(PartitionKey.ofSubject(subject)).isEqualTo(PartitionKey.of(LISTED));
    assertThat(accounts.find(LISTED).subject()).isEqualTo(subject);
    Created next = accounts.rotate(fresh.key().id(), Duration.ofHours(1));
    assertThat(found(next).subject()).isEqualTo(subject);
  }

  @Test
  void the_file_may_change() {
    assertThat(accounts.find(FOREIGN)).isEqualTo(Account.of("free"));

    accounts.setListed(Map.of(FOREIGN.sha256(), Account.of("pro")));

    assertThat(accounts.find(FOREIGN)).isEqualTo(Account.of("pro"));
    assertThat(accounts.find(LISTED)).isNull();
  }

  @Test
  void the_applications_directory_is_asked_for_each_request() {
    assertThat(accounts.find(FOREIGN)).isEqualTo(Account.of("free"));
    others.put(FOREIGN, Account.of("pro"));
    assertThat(accounts.find(FOREIGN)).isEqualTo(Account.of("pro"));
    others.clear();
    assertThat(accounts.find(FOREIGN)).isNull();
  }

  @Test
  void keys_are_listed_page_by_page_in_the_order_of_their_ids() {
    TreeSet<String> ids = new TreeSet<>(List.of(accounts.find("listed").id()));
    for (int i = 0; i < 20; i++) {
      ids.add(accounts.create(Account.of("free")).key().id());
    }
    Map<String, Account> listed = new HashMap<>();
    for (int i = 0; i < 20; i++) {
      ApiKey key = ApiKey.parse("listed-" + i);
      listed.put(key.sha256(), Account.of("free"));
    }
    listed.put(LISTED.sha256(), Account.of("free"));
    accounts.setListed(listed);
    for (int i = 0; i < 20; i++) {
      String id = accounts.find("listed-" + i).id();
      if (i % 3 == 0) {
        accounts.delete(id);
      } else {
        ids.add(id);
      }
      if (i % 3 == 1) {
        accounts.enable(id, false);
      }
    }
    for (int size : List.of(1, 2, 7, 1_000)) {
      List<String> all = new ArrayList<>();
      String after = null;
      for (List<Accounts.Key> page = accounts.list(null, size);
          !page.isEmpty();
          page = accounts.list(after, size)) {
        assertThat(page.size()).isLessThanOrEqualTo(size);
        page.forEach(key -> all.add(key.id()));
        after = all.get(all.size() - 1);
      }
      assertThat(all).containsExactlyElementsOf(ids);
    }
    for (int size : List.of(0, 1_001)) {
      assertThatIllegalArgumentException().isThrownBy(() -> accounts.list(null, size));
    }
  }

  @Test
  void of_concurrent_changes_of_one_key_none_is_lost() {
    String id = accounts.create(Account.of("free")).key().id();
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      int group = thread;
      all.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 25; i++) {
                  if (group % 2 == 0) {
                    accounts.change(id, Account.of("free").withSessions(group * 100 + i));
                  } else {
                    accounts.enable(id, i % 2 == 0);
                  }
                }
              },
              work -> new Thread(work).start()));
    }
    all.forEach(CompletableFuture::join);

    Row row = store.findByPrefix(Row.digestPrefix(id));
    assertThat(row.version()).isEqualTo(1 + 4 * 25);
    assertThat(row.enabled()).isTrue();
    assertThat(row.account().sessions()).isIn(24L, 224L);
  }

  @Test
  void a_secret_is_printed_nowhere() { // I9
    StringBuilder printed = new StringBuilder();
    List<String> secrets = new ArrayList<>();
    String log =
        TestLog.of(
            () -> {
              Created created = accounts.create(Account.of("free"));
              Created rotated = accounts.rotate(created.key().id(), Duration.ofHours(1));
              secrets.addAll(List.of(created.secret(), rotated.secret()));
              printed.append(created).append(rotated).append(created.key());
              printed.append(store.list("", 10));
              for (String secret : secrets) {
                printed.append(message(() -> accounts.get(secret)));
                printed.append(message(() -> accounts.delete(secret)));
                printed.append(message(() -> accounts.rotate(secret, Duration.ZERO)));
                printed.append(message(() -> accounts.list(secret, 10)));
              }
            });

    assertThat(secrets).hasSize(2);
    for (String secret : secrets) {
      assertThat(printed.toString()).doesNotContain(secret);
      assertThat(log).doesNotContain(secret);
    }
  }

  private static String message(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException refused) {
      return refused.toString();
    }
    throw new AssertionError("a secret is no id");
  }

  private Account found(Created created) {
    return accounts.find(ApiKey.parse(created.secret()));
  }
}
