package dev.weir.key;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the address of the client behind trusted proxies, for callers without a key. */
public final class ClientAddressResolver {

  /** Which header the trusted proxies write. */
  public enum Header {
    /** {@code Forwarded} (RFC 7239). */
    FORWARDED,
    /** {@code X-Forwarded-For}. */
    X_FORWARDED_FOR
  }

  /**
   * Creates a resolver.
   *
   * @param trustedProxies addresses or CIDR blocks whose header is believed; none believes no
   *     header
   * @param header the header they write
   * @throws IllegalArgumentException if a block is malformed
   */
  public ClientAddressResolver(List<String> trustedProxies, Header header) {}

  /**
   * Returns the rightmost address that is not a trusted proxy, in a canonical form (an IPv6 address
   * as its /64), or null if the connection has no address.
   */
  public @Nullable String resolve(RequestView request) {
    return request.remoteAddress();
  }
}
