package dev.weir.jaxrs;

import dev.weir.key.ApiKey;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.SecurityContext;
import java.security.MessageDigest;
import java.util.List;

/**
 * Admits who has a token. Holds its hash, which neither prints nor shows its length by its time.
 */
final class BearerGuard implements Guard {

  private static final int MIN_LENGTH = 8;
  private static final String SCHEME = "Bearer ";

  private final byte[] hash;

  BearerGuard(String token) {
    if (!token.matches("[A-Za-z0-9._~+/=-]{" + MIN_LENGTH + ",}")) {
      throw new IllegalArgumentException(
          "the token of the administration must be %d or more letters, digits and -._~+/="
              .formatted(MIN_LENGTH));
    }
    hash = ApiKey.sha256(token);
  }

  @Override
  public boolean admits(HttpHeaders headers, SecurityContext security) {
    List<String> values = headers.getRequestHeader(HttpHeaders.AUTHORIZATION);
    if (values == null || values.size() != 1) {
      return false;
    }
    String value = values.get(0);
    return value != null
        && value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        && MessageDigest.isEqual(hash, ApiKey.sha256(value.substring(SCHEME.length()).strip()));
  }

  @Override
  public String challenge() {
    return SCHEME.strip();
  }

  @Override
  public String toString() {
    return "Guard[bearer]";
  }
}
