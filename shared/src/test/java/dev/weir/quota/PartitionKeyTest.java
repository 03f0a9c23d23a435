package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.key.ApiKey;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PartitionKeyTest {

  /** Usage is stored under these: a change here would forget what every customer has used. */
  @Test
  void the_stored_form_never_changes() {
    assertThat(hex(PartitionKey.of(ApiKey.parse("demo-starter-1"))))
        .isEqualTo("84ab2301e69b0311d572e5a33850392c");
    assertThat(hex(PartitionKey.ofSubject("acme"))).isEqualTo("2ece484fe34d14c7cb57b59973ed6c5f");
    assertThat(hex(PartitionKey.ofAddress("192.0.2.1")))
        .isEqualTo("692f1c5fd14be0df495b408220bea45200");
    assertThat(hex(PartitionKey.ofAddress("2001:db8:0:1::/64")))
        .isEqualTo("3d35abb8c9b63642ff37bca7c797e65f00");
  }

  @Test
  void a_key_a_subject_and_an_address_of_one_name_are_counted_apart() {
    assertThat(PartitionKey.of(ApiKey.parse("192.0.2.1"))) // R2
        .isNotEqualTo(PartitionKey.ofAddress("192.0.2.1"))
        .isNotEqualTo(PartitionKey.ofSubject("192.0.2.1"));
    assertThat(PartitionKey.ofSubject("192.0.2.1"))
        .isNotEqualTo(PartitionKey.ofAddress("192.0.2.1"));
  }

  @Test
  void nothing_of_the_key_can_be_read() {
    PartitionKey partition = PartitionKey.of(ApiKey.parse("secret"));

    assertThat(partition.toString()).doesNotContain("secret"); // I9
    assertThat(new String(partition.toBytes(), java.nio.charset.StandardCharsets.ISO_8859_1))
        .doesNotContain("secret");
  }

  @Test
  void a_subject_can_name_the_partition_that_a_key_had_of_its_own() {
    ApiKey key = ApiKey.parse("demo-starter-1");

    assertThat(PartitionKey.subjectOf(key.sha256()))
        .isEqualTo("partition:84ab2301e69b0311d572e5a33850392c");
    assertThat(PartitionKey.ofSubject(PartitionKey.subjectOf(key.sha256())))
        .isEqualTo(PartitionKey.of(key));
    assertThat(PartitionKey.ofSubject("partition:acme"))
        .isNotEqualTo(PartitionKey.ofSubject("acme"));
  }

  private static String hex(PartitionKey partition) {
    return HexFormat.of().formatHex(partition.toBytes());
  }
}
