package dev.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a configuration comes from. */
class ConfigurationFileTest {

  private static final String PROPERTY = "weir.config";
  private static final String VARIABLE = "WEIR_CONFIG";

  @TempDir private Path directory;

  @Test
  void the_location_given_comes_before_property_variable_and_class_path() throws IOException {
    String given = write("given.yaml", "given");
    String property = write("property.yaml", "property");
    String variable = write("variable.yaml", "variable");
    write("weir.yaml", "default");

    assertThat(find(given, property, variable, directory).text()).isEqualTo("given");
    assertThat(find(null, property, variable, directory).text()).isEqualTo("property");
    assertThat(find(" ", " ", variable, directory).text()).isEqualTo("variable");
    assertThat(find(null, null, null, directory).text()).isEqualTo("default");
  }

  @Test
  void a_file_is_called_by_its_location() throws IOException {
    String given = write("given.yaml", "given");
    write("weir.yaml", "default");

    assertThat(find(given, null, null).source()).isEqualTo(given);
    assertThat(find(null, null, null, directory).source()).isEqualTo("classpath:weir.yaml");
  }

  @Test
  void a_location_may_be_on_the_class_path() throws IOException {
    write("other.yaml", "other");

    assertThat(find("classpath:other.yaml", null, null, directory).text()).isEqualTo("other");
    assertThat(find("classpath:/other.yaml", null, null, directory).text()).isEqualTo("other");
  }

  @Test
  void without_any_the_ways_to_give_one_are_told() {
    assertThat(refusal(null, null, null))
        .isEqualTo(
            "no configuration: put weir.yaml on the class path (src/main/resources), or name a file"
                + " by the filter's init-param or system property weir.config, or by environment"
                + " variable WEIR_CONFIG");
  }

  @Test
  void a_file_that_is_not_there_is_told_with_where_its_name_came_from() {
    assertThat(refusal("no/such.yaml", null, null))
        .startsWith("there is no file 'no/such.yaml', seen from ")
        .endsWith("; for the class path write 'classpath:no/such.yaml'");
    assertThat(refusal(null, "no/such.yaml", null))
        .contains("'no/such.yaml' (from system property weir.config)");
    assertThat(refusal(null, null, "classpath:no/such.yaml"))
        .isEqualTo(
            "there is no 'classpath:no/such.yaml' on the class path (from environment variable"
                + " WEIR_CONFIG)");
    assertThat(refusal(directory.toString(), null, null)).endsWith(" is a directory, not a file");
    assertThat(refusal("a\0b", null, null)).endsWith(" is no path");
  }

  @Test
  void two_on_the_class_path_are_one_too_many() throws IOException {
    Path other = Files.createDirectory(directory.resolve("other"));
    write("weir.yaml", "one");
    write("other/weir.yaml", "two");

    assertThat(refusal(null, null, null, directory, other))
        .startsWith("'weir.yaml' is on the class path more than once")
        .contains(
            directory.resolve("weir.yaml").toUri().toURL().toString(),
            other.resolve("weir.yaml").toUri().toURL().toString());
  }

  @Test
  void one_that_two_class_loaders_show_is_still_one() throws IOException {
    write("weir.yaml", "one");

    assertThat(find(null, null, null, directory, directory).text()).isEqualTo("one");
  }

  @Test
  void a_file_that_is_not_utf_8_is_told_with_the_place() throws IOException {
    Path file = directory.resolve("latin.yaml");
    Files.write(file, "plans:\n  für: 1".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(refusal(file.toString(), null, null))
        .isEqualTo(file + ":2:4: a byte that is not UTF-8; save the file in that encoding");
  }

  @Test
  void a_file_without_end_is_not_read_to_its_end() throws IOException {
    Path file = directory.resolve("huge.yaml");
    Files.write(file, new byte[17 * 1024 * 1024]);

    assertThat(refusal(file.toString(), null, null)).endsWith(" is longer than 16777216 bytes");
  }

  @Test
  void loading_reads_what_was_found() throws IOException {
    String file = write("weir.yaml", "profile: boltcall");

    assertThat(Configuration.load(file, getClass().getClassLoader()).source()).isEqualTo(file);
  }

  private String write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  private static ConfigurationFile find(
      @Nullable String location,
      @Nullable String property,
      @Nullable String variable,
      Path... classPath)
      throws IOException {
    URL[] urls = new URL[classPath.length];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = classPath[i].toUri().toURL();
    }
    Map<String, String> properties = property == null ? Map.of() : Map.of(PROPERTY, property);
    Map<String, String> environment = variable == null ? Map.of() : Map.of(VARIABLE, variable);
    try (URLClassLoader loader = new URLClassLoader(urls, null)) {
      return ConfigurationFile.find(location, loader, properties::get, environment::get);
    }
  }

  private static String refusal(
      @Nullable String location,
      @Nullable String property,
      @Nullable String variable,
      Path... classPath) {
    ConfigurationException[] refusal = new ConfigurationException[1];
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> find(location, property, variable, classPath))
        .satisfies(thrown -> refusal[0] = thrown);
    return String.valueOf(refusal[0].getMessage());
  }
}
