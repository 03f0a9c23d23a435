package dev.weir.account;

import dev.weir.plan.Account;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Stores keys in the table {@code weir_keys}, which {@code dev/weir/schema.sql} describes. It is
 * created if it is not there.
 */
final class JdbcAccountStore implements AccountStore {

  private static final String SCHEMA = "/dev/weir/schema.sql";

  private static final String COLUMNS =
      "digest, prefix, plan, subject, overrides, enabled, deleted, created, expires, version";

  /** Of the SQL states, those that say a constraint is violated. */
  private static final String VIOLATION = "23";

  private final DataSource source;

  @FunctionalInterface
  private interface Work<T> {
    T on(PreparedStatement statement) throws SQLException;
  }

  JdbcAccountStore(DataSource source) {
    this.source = source;
    if (!hasTable()) {
      try {
        createTable();
      } catch (SQLException fault) {
        if (!hasTable()) { // else another node was faster
          throw new IllegalStateException(
              "there is no table weir_keys, and it cannot be created; run dev/weir/schema.sql",
              fault);
        }
      }
    }
  }

  private boolean hasTable() {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      if (connection.getMetaData().getDatabaseProductName().equals("H2")) {
        statement.execute("SET WRITE_DELAY 0"); // what is committed is on disk
      }
      statement.executeQuery("SELECT " + COLUMNS + " FROM weir_keys WHERE 1 = 0").close();
      return true;
    } catch (SQLException missing) {
      return false;
    }
  }

  private void createTable() throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(schema());
      commit(connection);
    }
  }

  private static String schema() {
    try (InputStream file = JdbcAccountStore.class.getResourceAsStream(SCHEMA)) {
      return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  @Override
  public @Nullable Row find(String digest) {
    List<Row> found =
        read(
            "SELECT " + COLUMNS + " FROM weir_keys WHERE digest = ?",
            statement -> {
              statement.setString(1, digest);
              return rows(statement);
            });
    return found.isEmpty() ? null : found.get(0);
  }

  @Override
  public @Nullable Row findByPrefix(String prefix) {
    List<Row> next = list(prefix, 1);
    return next.isEmpty() || !next.get(0).digest().startsWith(prefix) ? null : next.get(0);
  }

  @Override
  public List<Row> list(String after, int count) {
    return read(
        "SELECT " + COLUMNS + " FROM weir_keys WHERE digest > ? ORDER BY digest",
        statement -> {
          statement.setString(1, after);
          statement.setMaxRows(count);
          statement.setFetchSize(count);
          return rows(statement);
        });
  }

  @Override
  public boolean insert(Row row) {
    return change(
        "INSERT INTO weir_keys (prefix, plan, subject, overrides, enabled, deleted, created,"
            + " expires, version, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        statement -> set(statement, row.next()));
  }

  @Override
  public boolean update(Row row) {
    return change(
        "UPDATE weir_keys SET prefix = ?, plan = ?, subject = ?, overrides = ?, enabled = ?,"
            + " deleted = ?, created = ?, expires = ?, version = ? WHERE digest = ? AND version = ?",
        statement -> {
          int next = set(statement, row.next());
          statement.setLong(next, row.version());
          return next + 1;
        });
  }

  @Override
  public boolean delete(Row row) {
    return change(
        "DELETE FROM weir_keys WHERE digest = ? AND version = ?",
        statement -> {
          statement.setString(1, row.digest());
          statement.setLong(2, row.version());
          return 3;
        });
  }

  /** Sets all columns, the digest last, and returns the index of the parameter behind. */
  private static int set(PreparedStatement statement, Row row) throws SQLException {
    Account account = row.account();
    int i = 1;
    statement.setString(i++, row.prefix());
    statement.setString(i++, account.plan());
    statement.setString(i++, account.subject());
    statement.setString(i++, AccountJson.overrides(account));
    statement.setBoolean(i++, row.enabled());
    statement.setBoolean(i++, row.deleted());
    setTime(statement, i++, row.created());
    setTime(statement, i++, row.expires());
    statement.setLong(i++, row.version());
    statement.setString(i++, row.digest());
    return i;
  }

  private static void setTime(PreparedStatement statement, int index, @Nullable Instant time)
      throws SQLException {
    if (time == null) {
      statement.setNull(index, Types.TIMESTAMP_WITH_TIMEZONE);
    } else {
      statement.setObject(index, time.atOffset(ZoneOffset.UTC));
    }
  }

  private static List<Row> rows(PreparedStatement statement) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        rows.add(
            new Row(
                result.getString("digest"),
                result.getString("prefix"),
                AccountJson.account(
                    result.getString("plan"),
                    result.getString("subject"),
                    result.getString("overrides")),
                result.getBoolean("enabled"),
                result.getBoolean("deleted"),
                time(result, "created"),
                time(result, "expires"),
                result.getLong("version")));
      }
    }
    return rows;
  }

  private static @Nullable Instant time(ResultSet result, String column) throws SQLException {
    OffsetDateTime time = result.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  private <T> T read(String sql, Work<T> work) {
    try (Connection connection = source.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      return work.on(statement);
    } catch (SQLException fault) {
      throw unreachable(fault);
    }
  }

  private boolean change(String sql, Work<Integer> parameters) {
    try (Connection connection = source.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      parameters.on(statement);
      int changed;
      try {
        changed = statement.executeUpdate();
      } catch (SQLException fault) {
        rollback(connection);
        if (isViolation(fault)) {
          return false;
        }
        throw fault;
      }
      commit(connection);
      return changed == 1;
    } catch (SQLException fault) {
      throw unreachable(fault);
    }
  }

  private static boolean isViolation(SQLException fault) {
    String state = fault.getSQLState();
    return state != null && state.startsWith(VIOLATION);
  }

  /** Some pools hand out connections that do not commit by themselves. */
  private static void commit(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.commit();
    }
  }

  private static void rollback(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.rollback();
    }
  }

  private static IllegalStateException unreachable(SQLException fault) {
    return new IllegalStateException("the accounts in the database cannot be reached", fault);
  }
}
