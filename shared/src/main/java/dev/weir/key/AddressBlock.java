package dev.weir.key;

import java.net.InetAddress;

/**
 * A block of addresses in CIDR form, such as {@code 10.0.0.0/8}, or a single address.
 *
 * @param network an address of the block
 * @param prefix how many leading bits its addresses share
 */
record AddressBlock(InetAddress network, int prefix) {

  /**
   * Reads a block.
   *
   * @throws IllegalArgumentException if it is malformed, or names an address within the block
   *     rather than the block
   */
  static AddressBlock parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    InetAddress network = IpAddress.parse(address);
    if (network == null) {
      throw new IllegalArgumentException(
          ("a trusted proxy is an address or a block such as 10.0.0.0/8 or 2001:db8::/32, but is"
                  + " '%s'")
              .formatted(text));
    }
    int bits = network.getAddress().length * 8;
    // a wrapped IPv4 address has become one, and 96 bits of the prefix went with the wrapping
    int wrapped = bits == 32 && address.indexOf(':') >= 0 ? 96 : 0;
    int prefix = bits;
    if (slash >= 0) {
      String digits = text.substring(slash + 1);
      prefix = digits.matches("0|[1-9][0-9]{0,2}") ? Integer.parseInt(digits) - wrapped : -1;
    }
    if (prefix < 0 || prefix > bits) {
      throw new IllegalArgumentException(
          "the prefix of block '%s' must be %d to %d".formatted(text, wrapped, bits + wrapped));
    }
    AddressBlock block = new AddressBlock(network, prefix);
    for (int bit = prefix; bit < bits; bit++) {
      if (bit(network.getAddress(), bit) != 0) {
        throw new IllegalArgumentException(
            "block '%s' has bits set beyond its prefix: write its first address".formatted(text));
      }
    }
    return block;
  }

  boolean contains(InetAddress address) {
    byte[] mine = network.getAddress();
    byte[] other = address.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    for (int bit = 0; bit < prefix; bit++) {
      if (bit(mine, bit) != bit(other, bit)) {
        return false;
      }
    }
    return true;
  }

  private static int bit(byte[] octets, int index) {
    return octets[index / 8] >> (7 - index % 8) & 1;
  }
}
