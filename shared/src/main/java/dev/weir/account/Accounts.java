package dev.weir.account;

import dev.weir.plan.Account;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The administration of accounts. A change is in force on every node that can be reached when the
 * call returns: the next request is judged by it (contract R12, design invariant I8). Used by many
 * threads; every method may wait for the database and the cluster.
 *
 * <p>Keys are named by an id, which is no secret. A key itself is known to who creates it, once;
 * what is stored is its SHA-256.
 *
 * <p>Methods throw {@link UnknownKeyException} for an id that names no key, {@link
 * IllegalArgumentException} for a change that cannot be (a plan that does not exist, say; the
 * message says what would be right), and {@link IllegalStateException} if the accounts cannot be
 * reached, in which case nothing has changed.
 */
public interface Accounts {

  /** An id names no key. */
  final class UnknownKeyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * Creates the exception for an id.
     *
     * @param id that no key has
     */
    public UnknownKeyException(String id) {
      super("no key has the id " + id);
    }
  }

  /**
   * A key as the administration sees it.
   *
   * @param id names the key; {@code key_} and 24 hexadecimal digits
   * @param prefix how the key itself begins, to be recognized by; empty where nobody knows, as of
   *     keys of the file
   * @param account what the key is entitled to; its subject is what keys share a budget by
   * @param enabled whether requests with it are let through at all; else they are answered with 401
   * @param created when it was created; null where nobody knows
   * @param expires from when on it is not known any more, or null for never
   */
  record Key(
      String id,
      String prefix,
      Account account,
      boolean enabled,
      @Nullable Instant created,
      @Nullable Instant expires) {}

  /**
   * A key that was just created.
   *
   * @param secret the key itself: shown this once, stored nowhere
   * @param key what the administration shows of it
   */
  record Created(String secret, Key key) {

    /** Never prints the secret (design invariant I9). */
    @Override
    public String toString() {
      return "Created[" + key.id() + "]";
    }
  }

  /**
   * Creates a key for an account. One without a subject gets one of its own, so that it can be
   * rotated.
   *
   * @param account the account; names one of the plans
   * @return the key and its secret, which is shown this once
   */
  Created create(Account account);

  /**
   * {@return a key}
   *
   * @param id of the key, as the administration shows it
   */
  Key get(String id);

  /**
   * {@return the key that is this secret, or null if there is none}
   *
   * @param secret what a request carries
   */
  @Nullable Key find(String secret);

  /**
   * {@return keys in the order of their ids}
   *
   * @param after the last id of the page before, or null for the first page
   * @param count how many at most, 1 to 1,000
   */
  List<Key> list(@Nullable String after, int count);

  /**
   * Gives a key another account: another plan, or overrides. Its subject must stay the same.
   *
   * @param id of the key, as the administration shows it
   * @param account the account; names one of the plans
   * @return the key as it is now
   */
  Key change(String id, Account account);

  /**
   * Lets requests with a key through, or no more.
   *
   * @param id of the key, as the administration shows it
   * @param enabled whether requests with it pass
   * @return the key as it is now
   */
  Key enable(String id, boolean enabled);

  /**
   * Creates a key in place of another one. Both are good, and share one budget, for the overlap;
   * after that only the new one.
   *
   * @param id of the key, as the administration shows it
   * @param overlap zero to 366 days
   * @return the new key and its secret, which is shown this once
   */
  Created rotate(String id, Duration overlap);

  /**
   * Deletes a key: requests with it are answered with 401.
   *
   * @param id of the key, as the administration shows it
   */
  void delete(String id);
}
