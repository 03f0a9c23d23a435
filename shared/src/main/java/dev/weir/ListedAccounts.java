package dev.weir;

import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import dev.weir.plan.AccountDirectory;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of the file, which stay until it is reloaded, then those of the application, if it
 * has any.
 */
final class ListedAccounts implements AccountDirectory {

  private final Map<String, Account> listed;
  private final @Nullable AccountDirectory others;

  /**
   * Creates a directory.
   *
   * @param listed by the SHA-256 of the key, in hexadecimal
   */
  ListedAccounts(Map<String, Account> listed, @Nullable AccountDirectory others) {
    this.listed = new HashMap<>(listed);
    this.others = others;
  }

  /** Returns whether what {@link #find} says of this key stays as it is. */
  boolean lists(ApiKey key) {
    return listed.containsKey(key.sha256());
  }

  /** Returns those of the application. */
  @Nullable AccountDirectory others() {
    return others;
  }

  @Override
  public @Nullable Account find(ApiKey key) {
    Account account = listed.get(key.sha256());
    return account != null || others == null ? account : others.find(key);
  }
}
