package dev.weir.key;

import static dev.weir.key.ClientAddressResolver.Header.FORWARDED;
import static dev.weir.key.ClientAddressResolver.Header.X_FORWARDED_FOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weir.Requests;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressResolverTest {

  private static final String PROXY = "10.0.0.1";

  private static final ClientAddressResolver NOBODY_TRUSTED =
      new ClientAddressResolver(List.of(), X_FORWARDED_FOR);

  private static final List<String> BLOCKS = List.of("10.0.0.0/8", "192.168.7.1", "fd00::/8");

  private static final ClientAddressResolver XFF =
      new ClientAddressResolver(BLOCKS, X_FORWARDED_FOR);

  private static final ClientAddressResolver RFC_7239 =
      new ClientAddressResolver(BLOCKS, FORWARDED);

  @Test
  void without_trusted_proxies_the_connection_counts() {
    Requests request = from("198.51.100.9").with("X-Forwarded-For", "203.0.113.1");

    assertThat(NOBODY_TRUSTED.resolve(request)).isEqualTo("198.51.100.9");
  }

  @Test
  void the_header_of_a_connection_that_is_no_trusted_proxy_is_not_believed() {
    Requests request = from("11.0.0.1").with("X-Forwarded-For", "203.0.113.1");

    assertThat(XFF.resolve(request)).isEqualTo("11.0.0.1");
  }

  @Test
  void behind_a_trusted_proxy_its_header_counts() {
    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", "203.0.113.1")))
        .isEqualTo("203.0.113.1");
    assertThat(XFF.resolve(from("192.168.7.1").with("x-forwarded-for", "203.0.113.1")))
        .isEqualTo("203.0.113.1");
    assertThat(XFF.resolve(from("fd12::1").with("X-Forwarded-For", "203.0.113.1")))
        .isEqualTo("203.0.113.1");
  }

  @Test
  void only_the_configured_header_is_read() {
    Requests request =
        from(PROXY).with("X-Forwarded-For", "203.0.113.1").with("Forwarded", "for=203.0.113.2");

    assertThat(XFF.resolve(request)).isEqualTo("203.0.113.1");
    assertThat(RFC_7239.resolve(request)).isEqualTo("203.0.113.2");
  }

  @Test
  void the_leftmost_address_is_not_believed() {
    Requests request = from(PROXY).with("X-Forwarded-For", "1.2.3.4, 203.0.113.1");

    assertThat(XFF.resolve(request)).isEqualTo("203.0.113.1");
  }

  @Test
  void trusted_hops_are_stepped_over_also_across_lines() {
    Requests request =
        from(PROXY)
            .with("X-Forwarded-For", "1.2.3.4, 203.0.113.1 , 10.9.9.9")
            .with("X-Forwarded-For", "fd00::7,192.168.7.1");

    assertThat(XFF.resolve(request)).isEqualTo("203.0.113.1");
  }

  @Test
  void if_every_hop_is_trusted_the_first_one_is_the_client() {
    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", "10.0.0.3, 10.0.0.2")))
        .isEqualTo("10.0.0.3");
    assertThat(XFF.resolve(from(PROXY))).isEqualTo(PROXY);
    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", ""))).isEqualTo(PROXY);
  }

  @Test
  void empty_elements_do_not_count() {
    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", "1.2.3.4,, 203.0.113.1, ,")))
        .isEqualTo("203.0.113.1");
    assertThat(RFC_7239.resolve(from(PROXY).with("Forwarded", "for=203.0.113.1, ,")))
        .isEqualTo("203.0.113.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unknown",
        "_hidden",
        "localhost",
        "example.org",
        "256.0.0.1",
        "1.2.3",
        "1.2.3.4.5",
        "16909060",
        "010.0.0.1",
        "0x7f.0.0.1",
        "1.2.3.4:port",
        "1.2.3.4:123456",
        "1.2.3.4:",
        "[1.2.3.4]",
        "[2001:db8::1",
        "[2001:db8::1]x",
        "[]",
        "]",
        "2001:db8:::1",
        "1:2:3:4:5:6:7:8:9",
        "::1::",
        ":",
        "%",
        "1.2.3.4%eth0",
        "for=1.2.3.4",
        "\"1.2.3.4\""
      })
  void a_hop_that_names_no_address_ends_the_walk_at_the_last_one_known(String hop) {
    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", "1.2.3.4, " + hop + ", 10.0.0.2")))
        .isEqualTo("10.0.0.2");
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.1:4711, 203.0.113.1",
    "203.0.113.1:_p0rt, 203.0.113.1",
    "::ffff:203.0.113.1, 203.0.113.1",
    "::FFFF:cb00:7101, 203.0.113.1",
    "[::ffff:203.0.113.1]:80, 203.0.113.1",
    "2001:db8:1:2:3:4:5:6, 2001:db8:1:2::/64",
    "2001:DB8:1:2::, 2001:db8:1:2::/64",
    "[2001:db8::1], 2001:db8:0:0::/64",
    "[2001:db8::1]:4711, 2001:db8:0:0::/64",
    "fe80::1%eth0, fe80:0:0:0::/64",
    "[fe80::1%25eth0]:80, fe80:0:0:0::/64",
    "::1, 0:0:0:0::/64",
    "abcd:ef01:2345:6789:abcd:ef01:255.255.255.255, abcd:ef01:2345:6789::/64",
  })
  void an_address_is_read_in_every_form_and_counted_in_one(String hop, String client) {
    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", hop))).isEqualTo(client);
    assertThat(RFC_7239.resolve(from(PROXY).with("Forwarded", "for=\"" + hop + "\"")))
        .isEqualTo(client);
    assertThat(NOBODY_TRUSTED.resolve(from(hop))).isEqualTo(client);
  }

  @Test
  void two_addresses_of_one_64_are_one_client_and_those_of_two_are_two() {
    assertThat(NOBODY_TRUSTED.resolve(from("2001:db8:0:1::1")))
        .isEqualTo(NOBODY_TRUSTED.resolve(from("2001:db8:0:1:ffff:ffff:ffff:ffff")))
        .isNotEqualTo(NOBODY_TRUSTED.resolve(from("2001:db8:0:2::1")));
  }

  @Test
  void a_connection_without_an_ip_address_has_none() {
    assertThat(XFF.resolve(from(null))).isNull();
    assertThat(XFF.resolve(from(""))).isNull();
    assertThat(XFF.resolve(from("/run/app.sock").with("X-Forwarded-For", "203.0.113.1"))).isNull();
    assertThat(XFF.resolve(from("localhost"))).isNull();
  }

  @Test
  void a_wrapped_proxy_address_is_trusted_as_what_it_wraps() {
    assertThat(XFF.resolve(from("::ffff:10.0.0.1").with("X-Forwarded-For", "203.0.113.1")))
        .isEqualTo("203.0.113.1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "for=203.0.113.1",
        "For=203.0.113.1;Proto=https;By=10.0.0.1",
        "proto=https;FOR=\"203.0.113.1:4711\";host=\"a,b;c=\\\"d\\\"\"",
        "by=_x;for=\"203.0.113.1\"",
        " proto=http ; for=203.0.113.1 ; ",
        "for=\"203.0.113.\\1\"",
        "for=203.0.113.1;ext=\"for=1.2.3.4, for=1.2.3.4\"",
        "for=1.2.3.4, for=203.0.113.1",
        "for=1.2.3.4;host=\"x\",for=203.0.113.1;host=\"\\\\\"",
        "for=1.2.3.4;host=\", for=203.0.113.1;host=\"a, b\"",
        "for=1.2.3.4;host=\"\\, for=203.0.113.1",
      })
  void the_for_of_the_rightmost_element_is_the_client(String forwarded) {
    assertThat(RFC_7239.resolve(from(PROXY).with("Forwarded", forwarded))).isEqualTo("203.0.113.1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "proto=https",
        "for=unknown",
        "for=_hidden",
        "for=\"_hidden:80\"",
        "for=",
        "for=\"\"",
        "for",
        "for=203.0.113.1;for=203.0.113.1",
        "for=203.0.113.1 203.0.113.2",
        "for=203.0.113.1;=x",
        "for=203.0.113.1;host=\"x",
        "for=203.0.113.1\"",
        "for=\"203.0.113.1\"x",
        "203.0.113.1",
      })
  void an_element_that_names_no_address_ends_the_walk(String element) {
    assertThat(
            RFC_7239.resolve(
                from(PROXY)
                    .with("Forwarded", "for=1.2.3.4")
                    .with("Forwarded", element)
                    .with("Forwarded", "for=10.0.0.2")))
        .isEqualTo("10.0.0.2");
  }

  @Test
  void elements_are_stepped_over_across_lines() {
    Requests request =
        from(PROXY)
            .with("Forwarded", "for=1.2.3.4, for=\"[2001:db8:1:2::3]:99\"")
            .with("Forwarded", "for=10.0.0.3, for=\"[fd00::2]\"");

    assertThat(RFC_7239.resolve(request)).isEqualTo("2001:db8:1:2::/64");
  }

  @Test
  void a_chain_of_more_hops_than_anybody_runs_is_not_followed() {
    String hops = "203.0.113.1" + ", 10.0.0.2".repeat(31);

    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", hops))).isEqualTo("203.0.113.1");
    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", hops + ", 10.0.0.2")))
        .isEqualTo("10.0.0.2");
  }

  @Test
  void an_element_that_no_proxy_writes_is_not_read() {
    String longest = " ".repeat(ListFromRight.MAX_LENGTH - 11) + "203.0.113.1";

    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", "1.2.3.4," + longest)))
        .isEqualTo("203.0.113.1");
    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", longest))).isEqualTo("203.0.113.1");
    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", " " + longest))).isEqualTo(PROXY);
    assertThat(XFF.resolve(from(PROXY).with("X-Forwarded-For", "1.2.3.4, " + longest)))
        .isEqualTo(PROXY);
  }

  @Property
  void what_stands_to_the_left_never_changes_the_result(
      @ForAll("spoofed") List<String> spoofedLines, @ForAll boolean sameLine) {
    assertThat(XFF.resolve(spoofed("X-Forwarded-For", spoofedLines, "203.0.113.1", sameLine)))
        .isEqualTo("203.0.113.1");
    assertThat(
            RFC_7239.resolve(
                spoofed("Forwarded", spoofedLines, "host=\"a,\\\"\";for=203.0.113.1", sameLine)))
        .isEqualTo("203.0.113.1");
    assertThat(
            RFC_7239.resolve(
                spoofed("Forwarded", spoofedLines, "for=\"[2001:db8::1]:9\"", sameLine)))
        .isEqualTo("2001:db8:0:0::/64");
  }

  @Property
  void any_header_at_all_gives_some_address(@ForAll("spoofed") List<String> lines) {
    Requests request = from(PROXY);
    lines.forEach(line -> request.with("X-Forwarded-For", line).with("Forwarded", line));

    assertThat(XFF.resolve(request)).matches("[0-9a-f.:]+(/64)?");
    assertThat(RFC_7239.resolve(request)).matches("[0-9a-f.:]+(/64)?");
  }

  @Provide
  Arbitrary<List<String>> spoofed() {
    return Arbitraries.of(
            "1.2.3.4",
            "10.0.0.2",
            "for=1.2.3.4",
            "for=10.0.0.2",
            "for=\"",
            "\"",
            "\\",
            ",",
            ";",
            "=",
            " ",
            "host=\"",
            "[",
            "fd00::1",
            "unknown",
            "x")
        .list()
        .ofMaxSize(12)
        .map(parts -> String.join("", parts))
        .list()
        .ofMaxSize(3);
  }

  private static Requests spoofed(
      String header, List<String> lines, String appended, boolean sameLine) {
    Requests request = from(PROXY);
    String last = "";
    for (String line : lines) {
      if (!last.isEmpty()) {
        request.with(header, last);
      }
      last = line;
    }
    // a proxy appends to the last line, or adds one
    return sameLine
        ? request.with(header, last + ", " + appended)
        : request.with(header, last).with(header, appended);
  }

  @Property
  void a_block_holds_exactly_the_addresses_that_begin_like_it(
      @ForAll Random random, @ForAll boolean ipv6) throws Exception {
    byte[] network = new byte[ipv6 ? 16 : 4];
    random.nextBytes(network);
    int bits = network.length * 8;
    int prefix = random.nextInt(bits + 1);
    for (int bit = prefix; bit < bits; bit++) {
      network[bit / 8] &= (byte) ~(0x80 >> bit % 8);
    }
    byte[] inside = network.clone();
    for (int bit = prefix; bit < bits; bit++) {
      inside[bit / 8] |= (byte) (random.nextBoolean() ? 0x80 >> bit % 8 : 0);
    }
    AddressBlock block = AddressBlock.parse(text(network) + "/" + prefix);

    assertThat(block.contains(java.net.InetAddress.getByAddress(inside))).isTrue();
    if (prefix > 0) {
      byte[] outside = inside.clone();
      int bit = random.nextInt(prefix);
      outside[bit / 8] ^= (byte) (0x80 >> bit % 8);
      assertThat(block.contains(java.net.InetAddress.getByAddress(outside))).isFalse();
    }
  }

  private static String text(byte[] octets) throws Exception {
    return java.net.InetAddress.getByAddress(octets).getHostAddress();
  }

  @Test
  void a_block_of_one_family_holds_no_address_of_the_other() {
    assertThat(AddressBlock.parse("0.0.0.0/0").contains(IpAddress.parse("::1"))).isFalse();
    assertThat(AddressBlock.parse("::/0").contains(IpAddress.parse("10.0.0.1"))).isFalse();
    assertThat(AddressBlock.parse("::/0").contains(IpAddress.parse("2001:db8::1"))).isTrue();
  }

  @Test
  void a_block_of_wrapped_addresses_is_that_of_the_addresses() {
    AddressBlock block = AddressBlock.parse("::ffff:10.0.0.0/104");

    assertThat(block).isEqualTo(AddressBlock.parse("10.0.0.0/8"));
    assertThat(AddressBlock.parse("::ffff:10.0.0.1")).isEqualTo(AddressBlock.parse("10.0.0.1/32"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/8",
        "proxy.internal",
        "10.0.0",
        "10.0.0.256",
        "::g",
        "[::1]",
        "fe80::1%1",
        " 10.0.0.1"
      })
  void a_block_is_made_of_literals(String block) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ClientAddressResolver(List.of(PROXY, block), FORWARDED))
        .withMessage(
            "a trusted proxy is an address or a block such as 10.0.0.0/8 or 2001:db8::/32, but is"
                + " '%s'",
            block);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/33, 0 to 32",
    "10.0.0.0/, 0 to 32",
    "10.0.0.0/-1, 0 to 32",
    "10.0.0.0/08, 0 to 32",
    "10.0.0.0/8/8, 0 to 32",
    "10.0.0.0/255.0.0.0, 0 to 32",
    "2001:db8::/129, 0 to 128",
    "::ffff:10.0.0.0/8, 96 to 128",
  })
  void a_prefix_lies_within_the_address(String block, String range) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ClientAddressResolver(List.of(block), FORWARDED))
        .withMessage("the prefix of block '%s' must be %s", block, range);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1/8", "2001:db8::1/64", "0.0.0.1/0", "10.0.0.1/31"})
  void a_block_is_named_by_its_first_address(String block) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ClientAddressResolver(List.of(block), FORWARDED))
        .withMessage("block '%s' has bits set beyond its prefix: write its first address", block);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96"})
  void a_block_of_every_address_trusts_no_proxy_but_the_client(String block) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ClientAddressResolver(List.of(block), FORWARDED))
        .withMessageStartingWith("block '%s' trusts everybody".formatted(block));
  }

  private static Requests from(String address) {
    return Requests.get("/v1/agents").from(address);
  }
}
