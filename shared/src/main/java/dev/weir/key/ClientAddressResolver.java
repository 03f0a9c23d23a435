package dev.weir.key;

import java.net.InetAddress;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the address of the client behind trusted proxies, for callers without a key. Used by many
 * threads; never looks a name up.
 *
 * <p>Each proxy appends the address it was called from. So the header is read from the right, and
 * only as long as the hop that wrote it is trusted: what stands further left was sent by the client
 * and may say anything.
 */
public final class ClientAddressResolver {

  /** Which header the trusted proxies write. */
  public enum Header {
    /** {@code Forwarded} (RFC 7239). */
    FORWARDED("Forwarded"),
    /** {@code X-Forwarded-For}. */
    X_FORWARDED_FOR("X-Forwarded-For");

    private final String text;

    Header(String text) {
      this.text = text;
    }
  }

  /** More hops than these are not followed. */
  private static final int MAX_HOPS = 32;

  /** One pair of RFC 7239, section 4, or none; more lenient about spaces and unquoted values. */
  private static final Pattern PAIR =
      Pattern.compile(
          "\\G\\s*(?:(?<name>[A-Za-z0-9!#$%&'*+.^_`|~-]+)="
              + "(?:\"(?<quoted>(?:[^\"\\\\]++|\\\\.)*+)\"|(?<bare>[^\\s\",;]+)))?\\s*(?:;|\\z)");

  private final List<AddressBlock> trustedProxies;
  private final Header header;

  /**
   * Creates a resolver.
   *
   * @param trustedProxies addresses or CIDR blocks, IPv4 or IPv6, whose header is believed; none
   *     believes no header
   * @param header the header they write
   * @throws IllegalArgumentException if a block is malformed, or holds every address; the message
   *     names it
   */
  public ClientAddressResolver(List<String> trustedProxies, Header header) {
    this.trustedProxies = trustedProxies.stream().map(ClientAddressResolver::trusted).toList();
    this.header = header;
  }

  private static AddressBlock trusted(String text) {
    AddressBlock block = AddressBlock.parse(text);
    if (block.prefix() == 0) {
      throw new IllegalArgumentException(
          "block '%s' trusts everybody, so that callers could name any address as theirs; name the"
                  .formatted(text)
              + " proxies' own");
    }
    return block;
  }

  /**
   * {@return the rightmost address that is not a trusted proxy, or the last trusted one before a
   * hop that names no address ({@code unknown}, a made-up name, anything malformed)} IPv4 reads as
   * usual, also where it comes as {@code ::ffff:192.0.2.1}; IPv6 as its /64, such as {@code
   * 2001:db8:0:1::/64}. Null if the connection has no IP address.
   *
   * @param request the request
   */
  public @Nullable String resolve(RequestView request) {
    String connection = request.remoteAddress();
    InetAddress nearest = connection == null ? null : IpAddress.parseNode(connection);
    if (nearest == null) {
      return null;
    }
    if (isTrusted(nearest)) {
      nearest = behind(nearest, request.headers(header.text));
    }
    return IpAddress.identity(nearest);
  }

  private InetAddress behind(InetAddress proxy, List<String> lines) {
    ListFromRight hops = new ListFromRight(lines, header == Header.FORWARDED);
    InetAddress nearest = proxy;
    for (int i = 0; i < MAX_HOPS && isTrusted(nearest); i++) {
      String hop = hops.next();
      if (hop == null) {
        return nearest;
      }
      if (!hop.isEmpty()) { // empty elements of a list do not count (RFC 9110, section 5.6.1.2)
        String node = header == Header.FORWARDED ? forParameter(hop) : hop;
        InetAddress address = node == null ? null : IpAddress.parseNode(node);
        if (address == null) {
          return nearest;
        }
        nearest = address;
      }
    }
    return nearest;
  }

  private boolean isTrusted(InetAddress address) {
    for (AddressBlock block : trustedProxies) {
      if (block.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the {@code for} of a Forwarded element; null if it has none, or several. */
  private static @Nullable String forParameter(String element) {
    Matcher pair = PAIR.matcher(element);
    String node = null;
    for (int end = 0; end < element.length(); end = pair.end()) {
      if (!pair.find()) {
        return null;
      }
      String name = pair.group("name");
      if (name != null && name.equalsIgnoreCase("for")) {
        if (node != null) {
          return null;
        }
        String quoted = pair.group("quoted");
        node = quoted == null ? pair.group("bare") : quoted.replaceAll("\\\\(.)", "$1");
      }
    }
    return node;
  }
}
