package dev.weir.conversations;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration files of the demo and of the conversations, as an editor checks them. */
class ExamplesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/dev/weir/demo/kallglot.yaml",
        "/dev/weir/demo/kallglot-credits.yaml",
        "/dev/weir/demo/talkpilot.yaml",
        "/dev/weir/demo/boltcall.yaml",
        "/dev/weir/demo/burst-sustained.yaml",
        "/dev/weir/demo/problem-json.yaml",
        "/dev/weir/demo/default.yaml",
        "/conversations/no-trio.yaml",
        "/conversations/two-windows.yaml"
      })
  void they_fit_the_schema(String file) throws IOException {
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(text("/dev/weir/weir.schema.json"), InputFormat.JSON);

    assertThat(schema.validate(text(file), InputFormat.YAML)).isEmpty();
  }

  private static String text(String resource) throws IOException {
    try (InputStream bytes = ExamplesTest.class.getResourceAsStream(resource)) {
      assertThat(bytes).as(resource).isNotNull();
      return new String(bytes.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
