package dev.weir.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import java.sql.Connection;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;

class JdbcAccountsTest extends AccountsContract {

  @Override
  AccountStore emptyStore() {
    return new JdbcAccountStore(database(";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE"));
  }

  private static JdbcDataSource database(String settings) {
    JdbcDataSource source = new JdbcDataSource();
    source.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1" + settings);
    return source;
  }

  @Test
  void what_is_stored_is_there_for_the_next_node() {
    JdbcDataSource source = database("");
    Row row = Row.listed(LISTED.sha256(), Account.of("free"));
    new JdbcAccountStore(source).insert(row);

    assertThat(new JdbcAccountStore(source).find(LISTED.sha256())).isEqualTo(row.next());
  }

  @Test
  void connections_need_not_commit_by_themselves() {
    JdbcDataSource source = database("");
    JdbcDataSource manual = new JdbcDataSource();
    manual.setURL(source.getURL() + ";AUTOCOMMIT=OFF");
    Row row = Row.listed(LISTED.sha256(), Account.of("free"));

    assertThat(new JdbcAccountStore(manual).insert(row)).isTrue();
    assertThat(new JdbcAccountStore(manual).insert(row)).isFalse();
    assertThat(new JdbcAccountStore(source).find(LISTED.sha256())).isNotNull();
  }

  @Test
  void a_database_that_is_away_is_said_to_be() {
    JdbcDataSource away = new JdbcDataSource();
    away.setURL("jdbc:h2:mem:absent;IFEXISTS=TRUE");

    assertThatIllegalStateException()
        .isThrownBy(() -> new JdbcAccountStore(away))
        .withMessageContaining("weir_keys");
  }

  @Test
  void an_account_that_cannot_be_read_is_said_to_be() throws Exception {
    JdbcDataSource source = database("");
    AccountStore store = new JdbcAccountStore(source);
    store.insert(Row.listed(LISTED.sha256(), Account.of("free")));
    try (Connection connection = source.getConnection()) {
      connection
          .createStatement()
          .executeUpdate("UPDATE weir_keys SET overrides = '{\"limits\":[\"many\"]}'");
    }

    assertThatIllegalStateException()
        .isThrownBy(() -> store.find(ApiKey.parse("listed").sha256()))
        .withMessageContaining("many");
  }
}
