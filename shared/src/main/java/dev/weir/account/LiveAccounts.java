package dev.weir.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.hazelcast.core.HazelcastInstance;
import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import dev.weir.plan.AccountDirectory;
import dev.weir.plan.CachedLookups;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Accounts that are stored, over those that come from elsewhere: of a key with a row only that
 * counts, of others what the file says, then what the application's directory says.
 *
 * <p>A node remembers rows, and that there is none, until {@link Changes} tells it to forget. The
 * times when keys expire are compared with the clock for each request.
 */
public final class LiveAccounts implements Accounts, AccountDirectory, AutoCloseable {

  /**
   * What stored accounts come on top of, and are checked by.
   *
   * @param listed the accounts of the file, by the SHA-256 of the key in lower-case hexadecimal
   * @param others the application's directory, or null. It is asked for each request whose key is
   *     neither stored nor listed: {@link AccountDirectory#cached} is for who hands it in
   * @param plans whether there is a plan of this name; asked at each change
   * @param check throws {@link IllegalArgumentException} for an account that cannot be
   * @param clock what time it is
   */
  public record Base(
      Map<String, Account> listed,
      @Nullable AccountDirectory others,
      Predicate<String> plans,
      Consumer<Account> check,
      InstantSource clock) {}

  /** How long a row is remembered that would be forgotten by a change, should all else fail. */
  private static final Duration UNTIL_CHANGED = Duration.ofMinutes(10);

  /** The same where other nodes may change rows and there is nothing to tell it by. */
  private static final Duration UNTOLD = Duration.ofSeconds(1);

  /** Of 62 characters, 32 are 190 bits: nobody guesses one. */
  private static final int SECRET_LENGTH = 32;

  private static final String SECRET = "wk_";

  private static final int PREFIX_LENGTH = 9;

  private static final String SUBJECT = "acc_";

  private static final int SUBJECT_LENGTH = 16;

  private static final String ALPHANUMERIC =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

  private static final int MAX_PAGE = 1_000;

  private static final Duration MAX_OVERLAP = Duration.ofDays(366);

  private static final long MAX_KNOWN = 100_000;

  /** A store that has failed is not asked for keys that are known for that long. */
  private static final long AGAIN_NANOS = 1_000_000_000;

  /** How often a change is tried while others change the same key. */
  private static final int MAX_TRIES = 1_000;

  private final AccountStore store;
  private final Base base;
  private final CachedLookups<Row> rows;
  private final Changes changes;
  private final SecureRandom random = new SecureRandom();

  private volatile NavigableMap<String, Account> listed;

  /** What was found of keys when they were last looked up, for when they cannot be. */
  private final Cache<String, Optional<Row>> lastKnown =
      Caffeine.newBuilder().maximumSize(MAX_KNOWN).executor(Runnable::run).build();

  /** How often something was forgotten since it has changed. */
  private final AtomicLong forgotten = new AtomicLong();

  /** When the store has failed last. */
  private volatile long failedNanos = System.nanoTime() - AGAIN_NANOS;

  LiveAccounts(
      AccountStore store,
      Base base,
      Duration remembered,
      Function<Changes.Memory, Changes> changes) {
    this.store = store;
    this.base = base;
    this.listed = new TreeMap<>(base.listed());
    this.rows = new CachedLookups<>(this::load, remembered, remembered, base.clock());
    this.changes =
        changes.apply(
            new Changes.Memory() {
              @Override
              public void forget(String digest) {
                forgotten.incrementAndGet();
                lastKnown.invalidate(digest);
                rows.forget(digest);
              }

              @Override
              public void forgetAll() {
                rows.forgetAll();
              }
            });
  }

  /** Looks a key up; while the store fails, as it was when it did not. */
  private @Nullable Row load(ApiKey key) {
    Optional<Row> known = lastKnown.getIfPresent(key.sha256());
    if (known != null && System.nanoTime() - failedNanos < AGAIN_NANOS) {
      return known.orElse(null);
    }
    long before = forgotten.get();
    try {
      Row found = store.find(key.sha256());
      if (forgotten.get() != before) {
        return found; // which may be of before a change
      }
      if (found != null || listed.containsKey(key.sha256())) {
        lastKnown.put(key.sha256(), Optional.ofNullable(found)); // and not what callers make up
      } else {
        lastKnown.invalidate(key.sha256());
      }
      return found;
    } catch (RuntimeException fault) {
      failedNanos = System.nanoTime();
      if (known == null) {
        throw fault;
      }
      return known.orElse(null);
    }
  }

  /**
   * Stores accounts in this process: for a single node, and for tests.
   *
   * @param base the accounts underneath
   * @return the directory
   */
  public static LiveAccounts inMemory(Base base) {
    return new LiveAccounts(new InMemoryAccountStore(), base, UNTIL_CHANGED, Changes::local);
  }

  /**
   * Stores accounts in the cluster's memory. Closing leaves the instance running.
   *
   * @param instance a member or client that stays the caller's to close
   * @param map begins the names of what is used there: {@code <map>-accounts} and others
   * @param base the accounts underneath
   * @return the directory
   * @throws IllegalStateException if the instance configures that map in a way that loses accounts
   */
  public static LiveAccounts hazelcast(HazelcastInstance instance, String map, Base base) {
    return new LiveAccounts(
        new HazelcastAccountStore(instance, map + "-accounts"),
        base,
        UNTIL_CHANGED,
        memory -> HazelcastChanges.open(instance, map, memory));
  }

  /**
   * Stores accounts in a database.
   *
   * @param source the database
   * @param instance tells other nodes of changes. Null where there are none; if there are after
   *     all, they see a change within a second
   * @param map begins the names of what is used in the instance
   * @param base the accounts underneath
   * @return the directory
   * @throws IllegalStateException if the table is not there and cannot be created
   */
  public static LiveAccounts jdbc(
      DataSource source, @Nullable HazelcastInstance instance, String map, Base base) {
    JdbcAccountStore store = new JdbcAccountStore(source);
    return instance == null
        ? new LiveAccounts(store, base, UNTOLD, Changes::local)
        : new LiveAccounts(
            store, base, UNTIL_CHANGED, memory -> HazelcastChanges.open(instance, map, memory));
  }

  /**
   * Stores accounts where a node keeps what it has: in the database if there is one, else in the
   * cluster, else in its memory.
   *
   * @param quotas knows the cluster
   * @param source the database, or null
   * @param map as above
   * @param base the accounts underneath
   * @return the directory
   */
  public static LiveAccounts over(
      QuotaStore quotas, @Nullable DataSource source, String map, Base base) {
    HazelcastInstance instance = quotas.hazelcast();
    if (source != null) {
      return jdbc(source, instance, map, base);
    }
    return instance == null ? inMemory(base) : hazelcast(instance, map, base);
  }

  /**
   * Replaces the accounts of the file.
   *
   * @param newListed those of the file now
   */
  public void setListed(Map<String, Account> newListed) {
    listed = new TreeMap<>(newListed);
  }

  /**
   * {@return this directory with other accounts of the file, for whoever replaces them together
   * with what else the file says}
   *
   * @param newListed those of the file now
   */
  public AccountDirectory with(Map<String, Account> newListed) {
    Map<String, Account> ofFile = Map.copyOf(newListed);
    return key -> find(key, ofFile);
  }

  /**
   * {@return whose usage requests with a key are charged to}
   *
   * @param id of the key, as the administration shows it
   * @throws UnknownKeyException if the id names no key
   */
  public PartitionKey partition(String id) {
    Row row = row(id);
    String subject = row.account().subject();
    return PartitionKey.ofSubject(subject == null ? PartitionKey.subjectOf(row.digest()) : subject);
  }

  @Override
  public @Nullable Account find(ApiKey key) {
    return find(key, listed);
  }

  private @Nullable Account find(ApiKey key, Map<String, Account> file) {
    Account ofFile = file.get(key.sha256());
    Row row = ofFile == null ? rows.find(key) : rows.findGenuine(key);
    if (row != null) {
      return row.isGood(base.clock().instant()) ? row.account() : null;
    }
    if (ofFile != null || base.others() == null) {
      return ofFile;
    }
    Account account = base.others().find(key);
    if (account != null) {
      rows.vouch(key);
    }
    return account;
  }

  @Override
  public Created create(Account account) {
    Account own =
        account.subject() == null
            ? account.withSubject(SUBJECT + alphanumeric(SUBJECT_LENGTH))
            : account;
    check(own);
    return insertNew(own, true);
  }

  /** Nobody can have asked for such a key before, so nobody needs to forget it. */
  private Created insertNew(Account account, boolean enabled) {
    while (true) {
      String secret = SECRET + alphanumeric(SECRET_LENGTH);
      Row row =
          new Row(
              digest(secret),
              secret.substring(0, PREFIX_LENGTH),
              account,
              enabled,
              false,
              now(),
              null,
              0);
      if (store.insert(row)) {
        return new Created(secret, row.key());
      }
    }
  }

  @Override
  public Key get(String id) {
    return row(id).key();
  }

  @Override
  public @Nullable Key find(String secret) {
    ApiKey key = ApiKey.parse(secret);
    if (key == null || key.equals(ApiKey.MALFORMED)) {
      return null;
    }
    Row row = store.find(key.sha256());
    Account ofFile = listed.get(key.sha256());
    if (row == null && ofFile != null) {
      row = Row.listed(key.sha256(), ofFile);
    }
    return row == null || row.deleted() ? null : row.key();
  }

  @Override
  public List<Key> list(@Nullable String after, int count) {
    if (count < 1 || count > MAX_PAGE) {
      throw new IllegalArgumentException(
          "count must be 1 to %d, but is %d".formatted(MAX_PAGE, count));
    }
    if (after != null && !Row.isId(after)) {
      throw new IllegalArgumentException("a page begins after the id of a key");
    }
    NavigableMap<String, Account> ofFile = listed;
    List<Key> page = new ArrayList<>();
    String from = after == null ? "" : Row.behind(after);
    while (true) {
      List<Row> stored = store.list(from, count);
      boolean all = stored.size() < count;
      String last = all ? "" : stored.get(stored.size() - 1).digest();
      NavigableMap<String, Row> merged = new TreeMap<>();
      (all ? ofFile.tailMap(from, false) : ofFile.subMap(from, false, last, true))
          .forEach((digest, account) -> merged.put(digest, Row.listed(digest, account)));
      stored.forEach(row -> merged.put(row.digest(), row));
      for (Row row : merged.values()) {
        if (page.size() < count && !row.deleted()) {
          page.add(row.key());
        }
      }
      if (all || page.size() == count) {
        return page;
      }
      from = last;
    }
  }

  @Override
  public Key change(String id, Account account) {
    check(account);
    return edit(
            id,
            row -> {
              String subject = row.account().subject();
              if (account.subject() != null && !account.subject().equals(subject)) {
                throw new IllegalArgumentException(
                    "the subject of key %s must stay as it is; leave it out".formatted(id));
              }
              return row.with(subject == null ? account : account.withSubject(subject));
            })
        .key();
  }

  @Override
  public Key enable(String id, boolean enabled) {
    return edit(id, row -> row.enabled(enabled)).key();
  }

  /** The new key is there before the old one gets its end: a failure leaves the old one good. */
  @Override
  public Created rotate(String id, Duration overlap) {
    if (overlap.isNegative() || overlap.compareTo(MAX_OVERLAP) > 0) {
      throw new IllegalArgumentException(
          "overlap must be zero to 366 days, but is %s".formatted(overlap));
    }
    Row old = rotatable(row(id));
    Created created = insertNew(old.account(), old.enabled());
    boolean done = false;
    try {
      Instant end = now().plus(overlap);
      Row expiring = edit(id, row -> rotatable(row).expiring(end));
      if (!expiring.account().equals(old.account()) || expiring.enabled() != old.enabled()) {
        // changed between the two steps
        Row newest =
            edit(
                created.key().id(),
                row -> row.with(expiring.account()).enabled(expiring.enabled()));
        created = new Created(created.secret(), newest.key());
      }
      done = true;
      return created;
    } finally {
      if (!done) {
        withdraw(created.key().id());
      }
    }
  }

  /** Nobody has been told of the key; should it stay, it is of no use to anybody. */
  private void withdraw(String id) {
    try {
      delete(id);
    } catch (UnknownKeyException | IllegalStateException gone) {
      // what made the change fail is thrown
    }
  }

  /** Gives a key whose budget is its own a subject that stands for that budget. */
  private Row rotatable(Row row) {
    Instant expires = row.expires();
    if (expires != null && !now().isBefore(expires)) {
      throw new IllegalArgumentException(
          "key %s has expired; rotate the one in its place".formatted(row.id()));
    }
    return row.account().subject() == null
        ? row.with(row.account().withSubject(PartitionKey.subjectOf(row.digest())))
        : row;
  }

  @Override
  public void delete(String id) {
    for (int i = 0; i < MAX_TRIES; i++) {
      Row row = row(id);
      boolean done;
      if (listed.containsKey(row.digest())) {
        done = store(row.tombstone());
      } else {
        done = store.delete(row);
      }
      if (done) {
        changes.announce(row.digest());
        return;
      }
    }
    throw contended(id);
  }

  /** Changes a row as it is, whoever else changes it at the same time. */
  private Row edit(String id, UnaryOperator<Row> change) {
    for (int i = 0; i < MAX_TRIES; i++) {
      Row changed = change.apply(row(id));
      if (store(changed)) {
        changes.announce(changed.digest());
        return changed.next();
      }
    }
    throw contended(id);
  }

  private boolean store(Row row) {
    return row.version() == 0 ? store.insert(row) : store.update(row);
  }

  private static IllegalStateException contended(String id) {
    return new IllegalStateException(
        "key %s is changed by others all the time; nothing has changed".formatted(id));
  }

  /** Returns what is stored of a key, or would be. */
  private Row row(String id) {
    if (!Row.isId(id)) {
      throw new UnknownKeyException("that was given"); // which may be a key, by mistake
    }
    String prefix = Row.digestPrefix(id);
    Row stored = store.findByPrefix(prefix);
    if (stored != null) {
      if (stored.deleted()) {
        throw new UnknownKeyException(id);
      }
      return stored;
    }
    Map.Entry<String, Account> ofFile = listed.ceilingEntry(prefix);
    if (ofFile == null || !ofFile.getKey().startsWith(prefix)) {
      throw new UnknownKeyException(id);
    }
    return Row.listed(ofFile.getKey(), ofFile.getValue());
  }

  private void check(Account account) {
    if (!base.plans().test(account.plan())) {
      throw new IllegalArgumentException("there is no plan '%s'".formatted(account.plan()));
    }
    base.check().accept(account);
  }

  /** As exact as every store keeps it. */
  private Instant now() {
    return base.clock().instant().truncatedTo(ChronoUnit.MILLIS);
  }

  private String alphanumeric(int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(ALPHANUMERIC.charAt(random.nextInt(ALPHANUMERIC.length())));
    }
    return text.toString();
  }

  private static String digest(String secret) {
    return Objects.requireNonNull(ApiKey.parse(secret)).sha256();
  }

  /** Ends what tells this node of changes. */
  @Override
  public void close() {
    changes.close();
  }
}
