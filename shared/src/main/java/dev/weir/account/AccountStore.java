package dev.weir.account;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where keys are stored, by their digests. Used by many threads and nodes; may block. A method
 * throws {@link IllegalStateException} if the store cannot be reached.
 */
interface AccountStore {

  /** Returns the row of a key, or null if there is none. */
  @Nullable Row find(String digest);

  /** Returns the row whose digest begins like this, or null if there is none. */
  @Nullable Row findByPrefix(String prefix);

  /**
   * Returns rows in the order of their digests, which is that of their ids.
   *
   * @param after what all of their digests are greater than
   * @param count how many at most
   */
  List<Row> list(String after, int count);

  /** Stores the {@link Row#next} of a row, or nothing and returns false if the key has one. */
  boolean insert(Row row);

  /** Stores the {@link Row#next} of a row, or nothing if that is not the one stored. */
  boolean update(Row row);

  /** Deletes a row, or nothing if that is not the one stored. */
  boolean delete(Row row);
}
