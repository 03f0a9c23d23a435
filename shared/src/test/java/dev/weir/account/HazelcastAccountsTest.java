package dev.weir.account;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.hazelcast.config.MapConfig;
import com.hazelcast.core.HazelcastInstance;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HazelcastAccountsTest extends AccountsContract {

  private static HazelcastInstance member;

  @BeforeAll
  static void start() {
    member = Members.start();
  }

  @AfterAll
  static void stop() {
    member.shutdown();
  }

  @Override
  AccountStore emptyStore() {
    member.getMap("weir-accounts").clear();
    return new HazelcastAccountStore(member, "weir-accounts");
  }

  @Test
  void a_map_that_would_lose_accounts_is_refused() {
    member.getConfig().addMapConfig(new MapConfig("frail-accounts").setBackupCount(0));

    assertThatIllegalStateException()
        .isThrownBy(() -> new HazelcastAccountStore(member, "frail-accounts"))
        .withMessageContaining("frail-accounts");
  }
}
