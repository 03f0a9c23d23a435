package dev.weir.credit;

/**
 * The credits of keys. Used by many threads; every method may wait for the database and the
 * cluster.
 *
 * <p>Methods throw {@link IllegalStateException} if the credits cannot be reached. A top-up may
 * have been applied then or not; sending it again with the same idempotency key is always right.
 */
public interface Credits {

  /**
   * How the credits of a key stand.
   *
   * @param granted what it was given when it was first met, and its top-ups
   * @param used what of it is spent
   */
  record Balance(long granted, long used) {

    /** {@return what is left, never less than zero} */
    public long remaining() {
      return Math.max(0, granted - used);
    }
  }

  /**
   * Grants a key credits. Each top-up is applied exactly once, however often it is sent.
   *
   * @param keyId the id of the key, see {@link dev.weir.account.Accounts}
   * @param amount how many, 1 to 10^15
   * @param idempotencyKey names the top-up, such as the number of its order: 1 to 128 letters,
   *     digits, {@code .}, {@code _}, {@code :} or {@code -}
   * @return the balance after it
   * @throws IllegalArgumentException if the top-up of this name was another one; the message says
   *     what it was
   */
  Balance topUp(String keyId, long amount, String idempotencyKey);

  /**
   * {@return the balance of a key; with what it was given when it was first met}
   *
   * @param keyId of the key, as the administration shows it
   */
  Balance balance(String keyId);
}
