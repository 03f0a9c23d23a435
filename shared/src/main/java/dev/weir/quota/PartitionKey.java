package dev.weir.quota;

import dev.weir.key.ApiKey;
import java.nio.ByteBuffer;

/**
 * Names whose usage is counted together: 128 bits of a SHA-256, so that no store ever holds an API
 * key, a customer's name or an address (design invariant I9).
 *
 * @param high the first 64 bits
 * @param low the others
 * @param address whether it is an address that is counted. Callers can make these up, so stores
 *     keep a bounded number of them, apart from the others
 */
public record PartitionKey(long high, long low, boolean address) {

  private static final int SIZE = 2 * Long.BYTES;

  /** Names something that callers cannot make up. */
  public PartitionKey(long high, long low) {
    this(high, low, false);
  }

  /** Returns the partition of a key that draws on a budget of its own. */
  public static PartitionKey of(ApiKey key) {
    return hash("key:" + key.value(), false);
  }

  /** Returns the partition that all keys of a subject share. */
  public static PartitionKey ofSubject(String subject) {
    return hash("subject:" + subject, false);
  }

  /** Returns the partition of callers without a key behind one address. */
  public static PartitionKey ofAddress(String address) {
    return hash("address:" + address, true);
  }

  private static PartitionKey hash(String text, boolean address) {
    ByteBuffer digest = ByteBuffer.wrap(ApiKey.sha256(text));
    return new PartitionKey(digest.getLong(), digest.getLong(), address);
  }

  /** Returns the bytes that are the key of a distributed map: one more for an address. */
  byte[] toBytes() {
    return ByteBuffer.allocate(address ? SIZE + 1 : SIZE).putLong(high).putLong(low).array();
  }

  /** Reads what {@link #toBytes} wrote. */
  static PartitionKey of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new PartitionKey(buffer.getLong(), buffer.getLong(), isAddress(bytes));
  }

  /** Returns this as 32 hexadecimal digits, under which a database knows it. */
  public String hex() {
    return "%016x%016x".formatted(high, low);
  }

  /** Reads what {@link #hex} wrote. */
  public static PartitionKey parse(String hex) {
    return new PartitionKey(
        Long.parseUnsignedLong(hex.substring(0, 16), 16),
        Long.parseUnsignedLong(hex.substring(16), 16));
  }

  static boolean isAddress(byte[] bytes) {
    return bytes.length > SIZE;
  }
}
