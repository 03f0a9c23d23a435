package dev.weir;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.weir.config.DatabaseSettings;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The database that Weir keeps credits and accounts in: the application's, or one by the
 * configuration, with connections of Weir's own.
 */
final class Database implements AutoCloseable {

  /** Where credits are where nothing is said: shared by the processes of one machine. */
  static final String DEFAULT_URL = "jdbc:h2:file:./weir-data;AUTO_SERVER=TRUE";

  private static final int CONNECTIONS = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final DataSource source;
  private final @Nullable AutoCloseable own;

  private Database(DataSource source, @Nullable AutoCloseable own) {
    this.source = source;
    this.own = own;
  }

  /** Returns a database of the application's own, which is never closed here. */
  static Database of(DataSource source) {
    return new Database(source, null);
  }

  /**
   * Opens a database; connects when it is first needed.
   *
   * @throws IllegalArgumentException if something is missing for that; the message says what
   */
  static Database open(DatabaseSettings settings) {
    String url = settings.url() == null ? DEFAULT_URL : settings.url();
    try {
      DriverManager.getDriver(url);
    } catch (SQLException none) {
      throw new IllegalArgumentException(
          settings.url() == null
              ? "prepaid credits need a database: put com.h2database:h2 on the class path, or name"
                  + " another one below 'database'"
              : "no JDBC driver on the class path takes such a URL; add the one of your database"
                  + " (com.h2database:h2, org.postgresql:postgresql)",
          none);
    }
    try {
      return Pool.open(url, settings);
    } catch (NoClassDefFoundError missing) {
      throw new IllegalArgumentException(
          "connections need a pool: put com.zaxxer:HikariCP on the class path, or hand a DataSource"
              + " in by Weir.builder().dataSource(...)",
          missing);
    }
  }

  /** Apart, since the pool is an optional dependency. */
  private static final class Pool {

    private static Database open(String url, DatabaseSettings settings) {
      HikariConfig config = new HikariConfig();
      config.setPoolName("weir");
      config.setJdbcUrl(url);
      config.setUsername(settings.user());
      config.setPassword(settings.password());
      config.setMaximumPoolSize(CONNECTIONS);
      config.setMinimumIdle(0);
      config.setConnectionTimeout(PATIENCE.toMillis());
      config.setInitializationFailTimeout(-1);
      HikariDataSource pool = new HikariDataSource(config);
      return new Database(pool, pool);
    }
  }

  DataSource source() {
    return source;
  }

  @Override
  public void close() {
    if (own != null) {
      try {
        own.close();
      } catch (Exception fault) {
        throw new IllegalStateException(fault);
      }
    }
  }
}
