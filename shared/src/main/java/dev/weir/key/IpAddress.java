package dev.weir.key;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and writes addresses as text. Only literals are read: no text leads to a DNS lookup. */
final class IpAddress {

  /** The longest IPv6 literal: with an IPv4 address at its end. */
  private static final int MAX_LENGTH = 45;

  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

  /** Without leading zeros, which some software reads as octal. */
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");

  /** What can only be an IPv6 literal: the JDK looks up no name that has a colon in it. */
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*");

  /** The port of RFC 7239, section 6: digits, or a made-up name. */
  private static final Pattern PORT = Pattern.compile(":(?:[0-9]{1,5}|_[A-Za-z0-9._-]+)");

  private IpAddress() {}

  /**
   * Reads a literal; an IPv6 address that only wraps an IPv4 one ({@code ::ffff:192.0.2.1}) becomes
   * the latter.
   *
   * @return null if the text is none
   */
  @SuppressWarnings("AddressSelection") // of a literal there is only one
  static @Nullable InetAddress parse(String text) {
    boolean literal =
        text.length() <= MAX_LENGTH
            && (IPV4.matcher(text).matches() || IPV6.matcher(text).matches());
    try {
      return literal ? InetAddress.getByName(text) : null;
    } catch (UnknownHostException malformed) {
      return null;
    }
  }

  /**
   * Reads a node as proxies write it (RFC 7239, section 6): an address, perhaps in brackets, with a
   * port, or with an IPv6 zone.
   *
   * @return null if it is anything else, such as {@code unknown} or a made-up name
   */
  static @Nullable InetAddress parseNode(String node) {
    int closing = node.lastIndexOf(']');
    if (node.startsWith("[") && closing > 0) {
      String port = node.substring(closing + 1);
      return port.isEmpty() || PORT.matcher(port).matches()
          ? parseIpv6(node.substring(1, closing))
          : null;
    }
    int colon = node.indexOf(':');
    if (colon < 0 || colon != node.lastIndexOf(':')) {
      return colon < 0 ? parse(node) : parseIpv6(node);
    }
    return PORT.matcher(node.substring(colon)).matches() ? parse(node.substring(0, colon)) : null;
  }

  private static @Nullable InetAddress parseIpv6(String text) {
    int zone = text.indexOf('%');
    String address = zone < 0 ? text : text.substring(0, zone);
    return address.indexOf(':') < 0 ? null : parse(address);
  }

  /**
   * Returns the text under which the user of an address is counted: IPv4 as it is; of IPv6 the /64,
   * all of which one user commonly has.
   */
  static String identity(InetAddress address) {
    if (address instanceof Inet4Address) {
      return address.getHostAddress();
    }
    byte[] octets = address.getAddress();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i += 2) {
      text.append(Integer.toHexString((octets[i] & 0xFF) << 8 | (octets[i + 1] & 0xFF)))
          .append(':');
    }
    return text.append(":/64").toString();
  }
}
