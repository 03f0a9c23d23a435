package dev.weir.jaxrs;

import dev.weir.account.Accounts;
import dev.weir.plan.Account;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Accounts whose plans are {@code starter} and {@code pro}. The n-th key is {@code wk_secret-n}
 * with the number in its id; time stands still.
 */
final class InMemoryAccounts implements Accounts {

  static final Instant NOW = Instant.parse("2026-11-24T00:00:00Z");

  private final Map<String, Key> keys = new TreeMap<>();
  private final Map<String, String> ids = new HashMap<>();
  private int created;

  /** What the next call fails with, and all after it. */
  @Nullable RuntimeException fault;

  static String id(int number) {
    return "key_%024x".formatted(number);
  }

  static String secret(int number) {
    return "wk_secret-" + number;
  }

  @Override
  public synchronized Created create(Account account) {
    check(account);
    int number = ++created;
    String id = id(number);
    Account owned = account.subject() == null ? account.withSubject("sub_" + number) : account;
    Key key = new Key(id, "wk_secre", owned, true, NOW, null);
    keys.put(id, key);
    ids.put(secret(number), id);
    return new Created(secret(number), key);
  }

  private void check(Account account) {
    fail();
    if (!List.of("starter", "pro").contains(account.plan())) {
      throw new IllegalArgumentException(
          "there is no plan '%s'; there are pro, starter".formatted(account.plan()));
    }
  }

  private void fail() {
    if (fault != null) {
      throw fault;
    }
  }

  @Override
  public synchronized Key get(String id) {
    fail();
    Key key = keys.get(id);
    if (key == null) {
      throw new UnknownKeyException(id);
    }
    return key;
  }

  @Override
  public synchronized @Nullable Key find(String secret) {
    fail();
    String id = ids.get(secret);
    return id == null ? null : keys.get(id);
  }

  @Override
  public synchronized List<Key> list(@Nullable String after, int count) {
    fail();
    return keys.values().stream()
        .filter(key -> after == null || key.id().compareTo(after) > 0)
        .limit(count)
        .toList();
  }

  @Override
  public synchronized Key change(String id, Account account) {
    Key key = get(id);
    check(account);
    return put(new Key(id, key.prefix(), account, key.enabled(), key.created(), key.expires()));
  }

  @Override
  public synchronized Key enable(String id, boolean enabled) {
    Key key = get(id);
    return put(new Key(id, key.prefix(), key.account(), enabled, key.created(), key.expires()));
  }

  private Key put(Key key) {
    keys.put(key.id(), key);
    return key;
  }

  @Override
  public synchronized Created rotate(String id, Duration overlap) {
    Key key = get(id);
    put(new Key(id, key.prefix(), key.account(), key.enabled(), key.created(), NOW.plus(overlap)));
    return create(key.account());
  }

  @Override
  public synchronized void delete(String id) {
    get(id);
    keys.remove(id);
  }
}
