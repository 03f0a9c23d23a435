package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.PackageVersion;
import dev.weir.config.Configuration;
import dev.weir.plan.JsonMember;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs where an application has older versions of the libraries that Weir stands on. */
class OlderLibrariesTest {

  /** By the names of the jars: what other tests run with there is no newer than this. */
  @Test
  void these_are_older_ones() {
    assertThat(PackageVersion.VERSION.toString()).startsWith("2.15.");
    List<String> jars =
        List.of(System.getProperty("surefire.test.class.path").split("[:;/\\\\]", -1));
    assertThat(jars)
        .contains(
            "caffeine-3.1.8.jar",
            "micrometer-core-1.12.13.jar",
            "slf4j-api-2.0.7.jar",
            "snakeyaml-engine-2.7.jar");
    assertThat(jars).filteredOn(jar -> jar.startsWith("caffeine-")).hasSize(1);
  }

  @Test
  void json_is_read() {
    assertThat(JsonMember.parse("$.id").in("{\"a\": [1, {}], \"id\": \"s1\"}")).isEqualTo("s1");
  }

  @Test
  void weir_starts() {
    try (Weir weir =
        Weir.builder()
            .configuration(
                Configuration.parse(
                    "weir.yaml",
                    """
                    profile: kallglot-credits
                    keys: { k1: { plan: pro } }
                    cluster: { store: memory }
                    """))
            .build()) {
      assertThat(weir.configuration().catalog().plan("pro")).isNotNull();
    }
  }
}
