package dev.weir.quota;

import dev.weir.key.ApiKey;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.regex.Pattern;

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

  /** Begins the subject that is a partition itself, in hexadecimal digits. */
  private static final String PARTITION = "partition:";

  private static final Pattern NAMED = Pattern.compile(PARTITION + "[0-9a-f]{32}");

  /**
   * Names something that callers cannot make up.
   *
   * @param high the first 64 bits
   * @param low the others
   */
  public PartitionKey(long high, long low) {
    this(high, low, false);
  }

  /**
   * {@return the partition of a key that draws on a budget of its own}
   *
   * @param key the key, or who it draws on
   */
  public static PartitionKey of(ApiKey key) {
    return ofDigest(key.sha256());
  }

  /** Returns the partition of a key that is known by its SHA-256 only. */
  private static PartitionKey ofDigest(String digest) {
    return hash("key:" + digest, false);
  }

  /**
   * {@return the subject of keys that share the budget which one key had of its own, so that what
   * is used of it stays used}
   *
   * @param digest the SHA-256 of that key, in lower-case hexadecimal digits
   */
  public static String subjectOf(String digest) {
    return PARTITION + HexFormat.of().formatHex(ofDigest(digest).toBytes());
  }

  /**
   * {@return the partition that all keys of a subject share}
   *
   * @param subject its name
   */
  public static PartitionKey ofSubject(String subject) {
    if (NAMED.matcher(subject).matches()) {
      byte[] named = HexFormat.of().parseHex(subject, PARTITION.length(), subject.length());
      return read(named, false);
    }
    return hash("subject:" + subject, false);
  }

  /**
   * {@return the partition of callers without a key behind one address}
   *
   * @param address of the caller
   */
  public static PartitionKey ofAddress(String address) {
    return hash("address:" + address, true);
  }

  private static PartitionKey hash(String text, boolean address) {
    return read(ApiKey.sha256(text), address);
  }

  private static PartitionKey read(byte[] bytes, boolean address) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new PartitionKey(buffer.getLong(), buffer.getLong(), address);
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

  /** {@return this as 32 hexadecimal digits, under which a database knows it} */
  public String hex() {
    return "%016x%016x".formatted(high, low);
  }

  /**
   * Reads what {@link #hex} wrote.
   *
   * @param hex 32 digits
   * @return the partition
   */
  public static PartitionKey parse(String hex) {
    return new PartitionKey(
        Long.parseUnsignedLong(hex.substring(0, 16), 16),
        Long.parseUnsignedLong(hex.substring(16), 16));
  }

  static boolean isAddress(byte[] bytes) {
    return bytes.length > SIZE;
  }
}
