package dev.weir.quota;

import dev.weir.key.ApiKey;
import java.nio.ByteBuffer;

/**
 * Names whose usage is counted together: 128 bits of a SHA-256, so that no store ever holds an API
 * key, a customer's name or an address (design invariant I9).
 */
public record PartitionKey(long high, long low) {

  /** Returns the partition of a key that draws on a budget of its own. */
  public static PartitionKey of(ApiKey key) {
    return hash("key:" + key.value());
  }

  /** Returns the partition that all keys of a subject share. */
  public static PartitionKey ofSubject(String subject) {
    return hash("subject:" + subject);
  }

  /** Returns the partition of callers without a key behind one address. */
  public static PartitionKey ofAddress(String address) {
    return hash("address:" + address);
  }

  private static PartitionKey hash(String text) {
    ByteBuffer digest = ByteBuffer.wrap(ApiKey.sha256(text));
    return new PartitionKey(digest.getLong(), digest.getLong());
  }

  /** Returns the 16 bytes, as the key of a distributed map. */
  byte[] toBytes() {
    return ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }
}
