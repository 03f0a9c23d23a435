package dev.weir.credit;

import dev.weir.quota.Balance;
import dev.weir.quota.Balances;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps credits in a database: what was granted, in a row each, and behind the requests, twice a
 * second, what is used of it. No request waits for what is written; the first one of an account
 * waits for what is read, unless that was told ahead.
 *
 * <p>Each account's entry in the cluster is the truth about what is used, and numbers its changes;
 * a node writes the newest that it has seen, and never over a newer one. The database is the truth
 * about what was granted: a grant has an id, and a row once, however often it is sent.
 *
 * <p>Used by many threads. Those of its own are daemons named {@code weir-credits}.
 */
public final class CreditLedger implements Balances, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CreditLedger.class);

  /** The id of what an account is granted when it is first met. */
  static final String INITIAL = "initial";

  private static final Duration FLUSH = Duration.ofMillis(500);

  /** How long the end waits for a database that does not take what is left. */
  private static final Duration LAST_FLUSH = Duration.ofSeconds(10);

  /** Of a command in the schema. */
  private static final Pattern END = Pattern.compile(";");

  private static final int BATCH = 1_000;
  private static final int THREADS = 2;
  private static final int ANSWER_MILLIS = 5_000;

  private final DataSource database;
  private final InstantSource clock;
  private final ConcurrentMap<PartitionKey, Balance> unwritten = new ConcurrentHashMap<>();
  private final ConcurrentMap<PartitionKey, CompletableFuture<Balance>> loading =
      new ConcurrentHashMap<>();

  /** Reads. */
  private final ScheduledThreadPoolExecutor threads;

  /** Writes, whoever waits for what is read. */
  private final ScheduledThreadPoolExecutor writer;

  /** Whether the last attempt failed. Of the one thread that writes. */
  private boolean failing;

  private CreditLedger(DataSource database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
    ThreadFactory factory =
        work -> {
          Thread thread = new Thread(work, "weir-credits");
          thread.setDaemon(true);
          thread.setContextClassLoader(CreditLedger.class.getClassLoader());
          return thread;
        };
    this.threads = new ScheduledThreadPoolExecutor(THREADS, factory);
    this.writer = new ScheduledThreadPoolExecutor(1, factory);
    writer.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
  }

  /**
   * Opens a ledger, and makes its tables if they are missing.
   *
   * @param database used from several threads
   * @param patience how long to try if the database does not answer
   * @param clock what tells the time
   * @return the ledger
   * @throws IllegalStateException if it does not, or does not let itself be used
   */
  @SuppressWarnings("FutureReturnValueIgnored") // ends with the threads
  public static CreditLedger open(DataSource database, Duration patience, InstantSource clock) {
    CreditLedger ledger = new CreditLedger(database, clock);
    boolean opened = false;
    try {
      ledger.awaitTables(patience);
      ledger.writer.scheduleWithFixedDelay(
          ledger::flushOrSay, FLUSH.toMillis(), FLUSH.toMillis(), TimeUnit.MILLISECONDS);
      opened = true;
      return ledger;
    } finally {
      if (!opened) {
        ledger.threads.shutdownNow();
        ledger.writer.shutdownNow();
      }
    }
  }

  /** Waits until the tables are there, made by this node or another. */
  private void awaitTables(Duration patience) {
    long until = System.nanoTime() + patience.toNanos();
    AtomicInteger failures = new AtomicInteger();
    again(
        () -> {
          try {
            makeTables();
            return true;
          } catch (SQLException fault) {
            boolean late = System.nanoTime() - until >= 0;
            if (late && failures.get() > 0) { // once more: another node may have been making them
              throw new IllegalStateException(
                  "the database that keeps credits cannot be used: " + fault.getMessage(), fault);
            }
            if (!late && failures.get() == 0) {
              log.warn("Waiting for the database that keeps credits: {}", fault.getMessage());
            }
            failures.incrementAndGet();
            return false;
          }
        });
  }

  /** Tries something twice a second, on the thread that writes, until it is done or throws. */
  private void again(BooleanSupplier attempt) {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    ScheduledFuture<?> attempts =
        writer.scheduleWithFixedDelay(
            () -> {
              try {
                if (attempt.getAsBoolean()) {
                  done.complete(null);
                }
              } catch (RuntimeException fault) {
                done.completeExceptionally(fault);
              }
            },
            0,
            FLUSH.toMillis(),
            TimeUnit.MILLISECONDS);
    try {
      done.get();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the database", stop);
    } catch (ExecutionException fault) {
      if (fault.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(fault);
    } finally {
      attempts.cancel(false);
    }
  }

  private void makeTables() throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      if (connection.getMetaData().getDatabaseProductName().equals("H2")) {
        statement.execute("SET WRITE_DELAY 0"); // what is committed is on disk
      }
      if (hasTables(statement)) {
        return;
      }
      for (String command : END.splitAsStream(schema().replaceAll("(?m)^--.*$", "")).toList()) {
        if (!command.isBlank()) {
          statement.execute(command);
        }
      }
      if (!connection.getAutoCommit()) {
        connection.commit();
      }
    }
  }

  private static boolean hasTables(Statement statement) {
    try {
      for (String table : List.of("weir_credit_grants", "weir_credits", "weir_database")) {
        statement.executeQuery("SELECT COUNT(*) FROM %s WHERE 1 = 0".formatted(table)).close();
      }
      return true;
    } catch (SQLException missing) {
      return false;
    }
  }

  private static String schema() {
    try (InputStream sql = CreditLedger.class.getResourceAsStream("/dev/weir/credits.sql")) {
      if (sql == null) {
        throw new IllegalStateException("Weir's jar is damaged: it lacks credits.sql");
      }
      return new String(sql.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * {@return what tells this database from others}
   *
   * @throws IllegalStateException if it does not answer
   */
  public String id() {
    return reached(
        () -> {
          try {
            return transaction(
                connection -> {
                  String known = readId(connection);
                  return known == null ? insertId(connection) : known;
                });
          } catch (SQLException another) { // node was faster, perhaps
            return transaction(
                connection -> {
                  String known = readId(connection);
                  if (known == null) {
                    throw another;
                  }
                  return known;
                });
          }
        });
  }

  private static @Nullable String readId(Connection connection) throws SQLException {
    try (Statement select = connection.createStatement();
        ResultSet row = select.executeQuery("SELECT id FROM weir_database")) {
      return row.next() ? row.getString(1) : null;
    }
  }

  private static String insertId(Connection connection) throws SQLException {
    String id = UUID.randomUUID().toString();
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO weir_database (one, id) VALUES (1, ?)")) {
      insert.setString(1, id);
      insert.executeUpdate();
    }
    return id;
  }

  /** What is done with a connection. */
  @FunctionalInterface
  private interface Work<T> {
    T with(Connection connection) throws SQLException;
  }

  /** Does all of it or nothing. */
  private <T> T transaction(Work<T> work) throws SQLException {
    try (Connection connection = database.getConnection()) {
      int waiting = limitWaiting(connection, ANSWER_MILLIS);
      boolean before = connection.getAutoCommit();
      connection.setAutoCommit(false);
      try {
        T result = work.with(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException fault) {
        connection.rollback();
        throw fault;
      } finally {
        connection.setAutoCommit(before);
        limitWaiting(connection, waiting);
      }
    }
  }

  /**
   * Limits how long an answer is waited for: a database that is silently gone would be for hours.
   *
   * @return how long it was before, 0 for ever
   */
  private static int limitWaiting(Connection connection, int millis) {
    try {
      int before = connection.getNetworkTimeout();
      connection.setNetworkTimeout(Runnable::run, millis);
      return before;
    } catch (SQLException | UnsupportedOperationException notNeeded) {
      return 0; // an embedded database answers, or throws
    }
  }

  @Override
  public CompletableFuture<Balance> load(PartitionKey key, long initialCredits) {
    CompletableFuture<Balance> mine = new CompletableFuture<>();
    CompletableFuture<Balance> first = loading.putIfAbsent(key, mine);
    if (first != null) {
      return first;
    }
    try {
      threads.execute(
          () -> {
            try {
              mine.complete(loadNow(key, initialCredits));
            } catch (SQLException | RuntimeException fault) {
              mine.completeExceptionally(fault);
            } finally {
              loading.remove(key, mine);
            }
          });
    } catch (RejectedExecutionException closed) {
      loading.remove(key, mine);
      mine.completeExceptionally(closed);
    }
    return mine;
  }

  private Balance loadNow(PartitionKey key, long initialCredits) throws SQLException {
    grant(key, INITIAL, initialCredits, false);
    return newest(key, transaction(connection -> read(connection, key)));
  }

  private static Balance read(Connection connection, PartitionKey key) throws SQLException {
    long granted = 0;
    long grants = 0;
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT SUM(amount), COUNT(*) FROM weir_credit_grants WHERE account = ?")) {
      select.setString(1, key.hex());
      try (ResultSet row = select.executeQuery()) {
        if (row.next()) {
          granted = row.getLong(1);
          grants = row.getLong(2);
        }
      }
    }
    try (PreparedStatement select =
        connection.prepareStatement("SELECT used, revision FROM weir_credits WHERE account = ?")) {
      select.setString(1, key.hex());
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? new Balance(granted, row.getLong(1), grants, row.getLong(2))
            : new Balance(granted, 0, grants, 0);
      }
    }
  }

  /**
   * Notes that an account is granted credits, once for each id.
   *
   * @param strict whether the same id with another amount is a mistake
   * @return how the account stands as far as it is written
   * @throws IllegalArgumentException if the id was used for another amount, or there would be more
   *     than can be counted
   */
  Balance grant(PartitionKey key, String id, long amount, boolean strict) throws SQLException {
    try {
      boolean unused =
          transaction(
              connection -> {
                Long before = amountOf(connection, key, id);
                if (before == null) {
                  if (read(connection, key).granted() + amount > Balance.MOST) {
                    throw new IllegalArgumentException(
                        "an account cannot be granted more than %d credits in all"
                            .formatted(Balance.MOST));
                  }
                  insert(connection, key, id, amount);
                } else if (strict && before != amount) {
                  throw new IllegalArgumentException(
                      "this idempotency key was used before, for %d credits".formatted(before));
                }
                return before == null;
              });
      // what others grant at the same time shows only now
      return transaction(connection -> read(connection, key));
    } catch (SQLException fault) {
      if (isThere(key, id)) { // another node was faster: now it is a repetition
        return strict ? grant(key, id, amount, true) : transaction(one -> read(one, key));
      }
      throw fault;
    }
  }

  private boolean isThere(PartitionKey key, String id) throws SQLException {
    return transaction(connection -> amountOf(connection, key, id) != null);
  }

  private static @Nullable Long amountOf(Connection connection, PartitionKey key, String id)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT amount FROM weir_credit_grants WHERE account = ? AND id = ?")) {
      select.setString(1, key.hex());
      select.setString(2, id);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getLong(1) : null;
      }
    }
  }

  private void insert(Connection connection, PartitionKey key, String id, long amount)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO weir_credit_grants (account, id, amount, granted_at) VALUES (?, ?, ?, ?)")) {
      insert.setString(1, key.hex());
      insert.setString(2, id);
      insert.setLong(3, amount);
      insert.setTimestamp(4, Timestamp.from(clock.instant()));
      insert.executeUpdate();
    }
  }

  @Override
  public void noted(PartitionKey key, Balance balance) {
    unwritten.merge(key, balance, (one, other) -> one.revision() >= other.revision() ? one : other);
  }

  @Override
  public void all(Consumer<Kept> told) {
    String sql =
        "SELECT g.account, SUM(g.amount), COUNT(*), MAX(c.used), MAX(c.revision)"
            + " FROM weir_credit_grants g LEFT JOIN weir_credits c ON c.account = g.account"
            + " GROUP BY g.account";
    try {
      List<Kept> kept =
          transaction(
              connection -> {
                List<Kept> found = new ArrayList<>();
                try (Statement select = connection.createStatement();
                    ResultSet row = select.executeQuery(sql)) {
                  while (row.next()) {
                    found.add(
                        new Kept(
                            PartitionKey.parse(row.getString(1)),
                            new Balance(
                                row.getLong(2), row.getLong(4), row.getLong(3), row.getLong(5))));
                  }
                }
                return found;
              });
      kept.forEach(told);
    } catch (SQLException fault) {
      log.warn(
          "Credits are read when accounts are first met, and not ahead: {}", fault.getMessage());
    }
  }

  /**
   * {@return the credits of keys}
   *
   * @param store where they are counted
   * @param partitions whose they are, by the id of the key; throws if it names none
   * @param initial how many a key is given when it is first met, by its id; negative where its
   *     requests cost none
   */
  public Credits credits(
      QuotaStore store, Function<String, PartitionKey> partitions, ToLongFunction<String> initial) {
    return new KeptCredits(this, store, partitions, initial);
  }

  /** Returns how an account stands as far as this node knows. */
  Balance kept(PartitionKey key) {
    return newest(key, reached(() -> transaction(connection -> read(connection, key))));
  }

  /** Notes what is granted, and may have been noted before. */
  Balance granted(PartitionKey key, String id, long amount) {
    return reached(() -> grant(key, id, amount, !id.equals(INITIAL)));
  }

  /** What is asked of the database. */
  @FunctionalInterface
  private interface Question<T> {
    T ask() throws SQLException;
  }

  private static <T> T reached(Question<T> question) {
    try {
      return question.ask();
    } catch (SQLException down) {
      throw new IllegalStateException("the database that keeps credits is not there", down);
    }
  }

  /** Grants, and has the cluster count it; what that counts as used is newer than what is kept. */
  Balance grantAndTell(QuotaStore store, PartitionKey key, String id, long amount) {
    Balance counted = store.grant(key, newest(key, granted(key, id, amount)));
    if (counted == null) {
      throw new IllegalStateException(
          "the cluster gives no answer; what was granted is written, and counts when it does");
    }
    return counted;
  }

  private Balance newest(PartitionKey key, Balance stored) {
    Balance newer = unwritten.get(key);
    return newer != null && newer.revision() > stored.revision()
        ? new Balance(stored.granted(), newer.used(), stored.grants(), newer.revision())
        : stored;
  }

  private void flushOrSay() {
    try {
      try {
        flush();
      } catch (SQLException contended) { // with another node, perhaps
        flush();
      }
      if (failing) {
        failing = false;
        log.info("Credits are written to the database again; nothing is lost");
      }
    } catch (SQLException | RuntimeException fault) {
      if (!failing) {
        failing = true;
        log.warn(
            "Credits cannot be written to the database; they are kept in the cluster, and written"
                + " when it is back: {}",
            fault.getMessage());
      }
    }
  }

  /** Writes what is not written yet. */
  private void flush() throws SQLException {
    List<Map.Entry<PartitionKey, Balance>> batch = new ArrayList<>(BATCH);
    // by all nodes in the same order, so that none waits for another that waits for it
    for (Map.Entry<PartitionKey, Balance> entry : byHex().values()) {
      batch.add(entry);
      if (batch.size() == BATCH) {
        write(batch);
        batch.clear();
      }
    }
    write(batch);
  }

  private Map<String, Map.Entry<PartitionKey, Balance>> byHex() {
    Map<String, Map.Entry<PartitionKey, Balance>> all = new TreeMap<>();
    unwritten.forEach((key, balance) -> all.put(key.hex(), Map.entry(key, balance)));
    return all;
  }

  private void write(List<Map.Entry<PartitionKey, Balance>> batch) throws SQLException {
    if (batch.isEmpty()) {
      return;
    }
    boolean unused =
        transaction(
            connection -> {
              insertMissing(connection, batch);
              updateOlder(connection, batch);
              return true;
            });
    batch.forEach(written -> unwritten.remove(written.getKey(), written.getValue()));
  }

  private static void insertMissing(
      Connection connection, List<Map.Entry<PartitionKey, Balance>> batch) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO weir_credits (account, granted, used, grants, revision)"
                + " SELECT CAST(? AS VARCHAR(32)), 0, 0, 0, -1"
                + " WHERE NOT EXISTS (SELECT 1 FROM weir_credits WHERE account = ?)")) {
      for (Map.Entry<PartitionKey, Balance> entry : batch) {
        insert.setString(1, entry.getKey().hex());
        insert.setString(2, entry.getKey().hex());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private static void updateOlder(
      Connection connection, List<Map.Entry<PartitionKey, Balance>> batch) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE weir_credits SET granted = ?, used = ?, grants = ?, revision = ?"
                + " WHERE account = ? AND revision < ?")) {
      for (Map.Entry<PartitionKey, Balance> entry : batch) {
        Balance balance = entry.getValue();
        update.setLong(1, balance.granted());
        update.setLong(2, balance.used());
        update.setLong(3, balance.grants());
        update.setLong(4, balance.revision());
        update.setString(5, entry.getKey().hex());
        update.setLong(6, balance.revision());
        update.addBatch();
      }
      update.executeBatch();
    }
  }

  /**
   * Finds what does not add up, which at rest is nothing: of each account, what was granted is what
   * its grants say, and no more of it is used than that.
   *
   * @param connection to the database; left open
   * @return a sentence for each account of which that is not so
   * @throws SQLException if the database does not answer
   */
  public static List<String> check(Connection connection) throws SQLException {
    List<String> problems = new ArrayList<>();
    String sql =
        "SELECT c.account, c.granted, c.used, COALESCE(g.total, 0) FROM weir_credits c LEFT JOIN"
            + " (SELECT account, SUM(amount) AS total FROM weir_credit_grants GROUP BY account) g"
            + " ON g.account = c.account ORDER BY c.account";
    try (Statement select = connection.createStatement();
        ResultSet row = select.executeQuery(sql)) {
      while (row.next()) {
        long granted = row.getLong(2);
        long used = row.getLong(3);
        if (granted != row.getLong(4)) {
          problems.add(
              "account %s: %d credits are counted as granted, but its grants are %d"
                  .formatted(row.getString(1), granted, row.getLong(4)));
        }
        if (used < 0 || used > granted) {
          problems.add(
              "account %s: %d credits are used of %d that were granted"
                  .formatted(row.getString(1), used, granted));
        }
      }
    }
    return problems;
  }

  /** Writes what is left, and ends. */
  @Override
  public void close() {
    threads.shutdown();
    long until = System.nanoTime() + LAST_FLUSH.toNanos();
    try {
      again(
          () -> {
            try {
              flush();
            } catch (SQLException | RuntimeException fault) {
              if (System.nanoTime() - until >= 0) {
                throw new IllegalStateException(fault);
              }
            }
            return unwritten.isEmpty();
          });
    } catch (RuntimeException lost) {
      log.error(
          "The credits that {} accounts have used last could not be written to the database;"
              + " unless the cluster goes on, they get them back",
          unwritten.size(),
          lost);
    } finally {
      writer.shutdown();
    }
  }
}
