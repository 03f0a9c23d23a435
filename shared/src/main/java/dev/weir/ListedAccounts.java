package dev.weir;

import dev.weir.account.LiveAccounts;
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
  private final @Nullable LiveAccounts live;

  /**
   * Creates a directory.
   *
   * @param listed by the SHA-256 of the key, in hexadecimal
   */
  ListedAccounts(Map<String, Account> listed, @Nullable AccountDirectory others) {
    this(listed, others, null);
  }

  private ListedAccounts(
      Map<String, Account> listed, @Nullable AccountDirectory others, @Nullable LiveAccounts live) {
    this.listed = new HashMap<>(listed);
    this.others = others;
    this.live = live;
  }

  /**
   * Returns a directory of accounts that an administration may change, on top of those of the file.
   *
   * @param listed as above
   */
  static ListedAccounts of(Map<String, Account> listed, LiveAccounts live) {
    return new ListedAccounts(listed, live.with(listed), live);
  }

  /** Returns this directory with other accounts of the file. */
  ListedAccounts with(Map<String, Account> newListed) {
    if (live == null) {
      return new ListedAccounts(newListed, others);
    }
    live.setListed(newListed);
    return of(newListed, live);
  }

  /** Returns whether what {@link #find} says of this key stays as it is. */
  boolean lists(ApiKey key) {
    return live == null && listed.containsKey(key.sha256());
  }

  /** Returns those of the application. */
  @Nullable AccountDirectory others() {
    return others;
  }

  @Override
  public @Nullable Account find(ApiKey key) {
    Account account = live == null ? listed.get(key.sha256()) : null;
    return account != null || others == null ? account : others.find(key);
  }
}
