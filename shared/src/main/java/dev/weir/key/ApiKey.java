package dev.weir.key;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The secret a caller identifies itself with. Never prints: its text form is always redacted, so
 * that it cannot reach a log line, a header or an exception by accident (design invariant I9).
 */
public final class ApiKey {

  /** Longer values are no keys; the bound keeps hashing a hostile header cheap. */
  private static final int MAX_LENGTH = 512;

  /** Stands for a credential that cannot be a key; it is nobody's, so it is answered like one. */
  public static final ApiKey MALFORMED = new ApiKey("");

  /** Stands for credentials in one request that name two different keys (contract R10). */
  public static final ApiKey CONFLICTING = new ApiKey("");

  private final String value;

  /** Made by the first who asks; a race makes it twice, with the same text. */
  private @Nullable String digest;

  private ApiKey(String value) {
    this.value = value;
  }

  /**
   * Reads a key from the text a request carries.
   *
   * @param text what the request carries
   * @return null if the text is null or blank, {@link #MALFORMED} if it is longer than 512
   *     characters or holds anything but visible ASCII, else the key
   */
  public static @Nullable ApiKey parse(@Nullable String text) {
    if (text == null) {
      return null;
    }
    String trimmed = text.strip();
    if (trimmed.isEmpty()) {
      return null;
    }
    if (trimmed.length() > MAX_LENGTH) {
      return MALFORMED;
    }
    for (int i = 0; i < trimmed.length(); i++) {
      char c = trimmed.charAt(i);
      if (c <= ' ' || c > '~') {
        return MALFORMED;
      }
    }
    return new ApiKey(trimmed);
  }

  /** {@return the secret itself, for an account directory to look up} Must never be printed. */
  public String value() {
    return value;
  }

  /** {@return the SHA-256 of the secret as 64 lower-case hexadecimal digits; hashes once} */
  public String sha256() {
    String known = digest;
    if (known == null) {
      known = HexFormat.of().formatHex(sha256(value));
      digest = known;
    }
    return known;
  }

  /**
   * {@return the SHA-256 of the UTF-8 form of a text}
   *
   * @param text any text
   */
  public static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Two keys are equal if their secrets are; the two stand-ins equal only themselves. */
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof ApiKey key && !value.isEmpty() && value.equals(key.value));
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return "ApiKey[redacted]";
  }
}
