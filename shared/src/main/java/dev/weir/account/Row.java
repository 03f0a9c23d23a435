package dev.weir.account;

import dev.weir.plan.Account;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key as it is stored.
 *
 * @param digest the SHA-256 of the key, in lower-case hexadecimal digits
 * @param prefix how the key begins; empty where nobody knows
 * @param enabled whether requests with it are let through
 * @param deleted whether it is as if the key did not exist, though the file lists it
 * @param created null where nobody knows
 * @param expires from when on it is not known any more, or null for never
 * @param version counts what was stored of this key; 0 is not stored yet
 */
record Row(
    String digest,
    String prefix,
    Account account,
    boolean enabled,
    boolean deleted,
    @Nullable Instant created,
    @Nullable Instant expires,
    long version) {

  private static final String ID = "key_";
  private static final int ID_DIGITS = 24;

  /** Returns what would be stored of a key that the file lists. */
  static Row listed(String digest, Account account) {
    return new Row(digest, "", account, true, false, null, null, 0);
  }

  static boolean isId(String text) {
    return text.matches(ID + "[0-9a-f]{" + ID_DIGITS + "}");
  }

  /** Returns how the digests of keys with this id begin. */
  static String digestPrefix(String id) {
    return id.substring(ID.length());
  }

  /** Returns what comes behind all digests of this id, and before those of the next. */
  static String behind(String id) {
    return digestPrefix(id) + "g";
  }

  String id() {
    return ID + digest.substring(0, ID_DIGITS);
  }

  boolean isGood(Instant now) {
    return enabled && !deleted && (expires == null || now.isBefore(expires));
  }

  Row with(Account newAccount) {
    return new Row(digest, prefix, newAccount, enabled, deleted, created, expires, version);
  }

  Row enabled(boolean newEnabled) {
    return new Row(digest, prefix, account, newEnabled, deleted, created, expires, version);
  }

  Row tombstone() {
    return new Row(digest, prefix, account, enabled, true, created, expires, version);
  }

  /** Expires then, unless it does so earlier. */
  Row expiring(Instant then) {
    boolean earlier = expires != null && expires.isBefore(then);
    return new Row(
        digest, prefix, account, enabled, deleted, created, earlier ? expires : then, version);
  }

  /** Returns this row as it is once stored. */
  Row next() {
    return new Row(
        digest, prefix, account, enabled, deleted, created, expires, Math.addExact(version, 1));
  }

  Accounts.Key key() {
    return new Accounts.Key(id(), prefix, account, enabled, created, expires);
  }
}
