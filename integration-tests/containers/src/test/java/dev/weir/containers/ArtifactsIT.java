package dev.weir.containers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weir.Weir;
import dev.weir.jaxrs.RateLimitFeature;
import dev.weir.servlet.RateLimitFilter;
import java.io.File;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the published jars hold, offer and bring along, as the build has just made them.
 *
 * <p>With {@code -Dweir.artifacts=write}, what is compared with a file is written to it instead.
 */
class ArtifactsIT {

  private static final boolean WRITE = "write".equals(System.getProperty("weir.artifacts"));

  /** A published artifact, by a class of it. */
  enum Artifact {
    SHARED(Weir.class, "dev.weir.shared"),
    SERVLET(RateLimitFilter.class, "dev.weir.servlet"),
    JAXRS(RateLimitFeature.class, "dev.weir.jaxrs");

    private final Class<?> example;
    private final String module;

    Artifact(Class<?> example, String module) {
      this.example = example;
      this.module = module;
    }

    Path jar() {
      try {
        return Path.of(example.getProtectionDomain().getCodeSource().getLocation().toURI());
      } catch (URISyntaxException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Returns the directory the build works in. */
    Path target() {
      return jar().getParent();
    }

    /** Returns the directory of the sources. */
    Path directory() {
      return target().getParent();
    }

    List<String> entries() throws IOException {
      try (JarFile file = new JarFile(jar().toFile())) {
        return file.stream()
            .filter(entry -> !entry.isDirectory())
            .map(entry -> entry.getName())
            .toList();
      }
    }

    /** Returns what {@code dependency:tree} says of it. */
    String tree() throws IOException {
      return Files.readString(target().resolve("dependencies.txt")).strip();
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_readme_says_what_an_artifact_brings_along(Artifact artifact) throws IOException {
    Path file = Artifact.SHARED.directory().resolveSibling("README.md");
    String readme = Files.readString(file);
    String tree = artifact.tree();
    if (WRITE) {
      String first = tree.lines().findFirst().orElseThrow();
      Matcher block = Pattern.compile(Pattern.quote(first) + "\n[^`]*(?=\n```)").matcher(readme);
      Files.writeString(file, block.replaceFirst(Matcher.quoteReplacement(tree)));
    } else {
      assertThat(readme).contains("```\n" + tree + "\n```");
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_api_is_the_one_that_was_agreed_on(Artifact artifact) throws IOException {
    Path agreed = artifact.directory().resolve("api.diff");
    List<String> lines =
        Files.readAllLines(artifact.target().resolve("japicmp").resolve("api.diff"));
    String api = String.join("\n", lines.subList(1, lines.size())) + "\n"; // without where jars are
    if (WRITE) {
      Files.writeString(agreed, api);
    } else {
      assertThat(api).isEqualTo(Files.readString(agreed));
    }
  }

  @Test
  void no_package_is_in_two_artifacts() throws IOException {
    Set<String> packages = new TreeSet<>();
    List<String> split = new ArrayList<>();
    for (Artifact artifact : Artifact.values()) {
      artifact.entries().stream()
          .filter(entry -> entry.endsWith(".class"))
          .map(entry -> entry.substring(0, entry.lastIndexOf('/')))
          .distinct()
          .filter(name -> !packages.add(name))
          .forEach(split::add);
    }
    assertThat(split).isEmpty();
    assertThat(packages).contains("dev/weir", "dev/weir/servlet", "dev/weir/jaxrs");
  }

  /** As an application with modules runs: every jar of the trees on the module path. */
  @Test
  void on_the_module_path_weir_starts_beside_what_it_brings_along() throws Exception {
    Set<Path> jars = new TreeSet<>();
    for (Artifact artifact : Artifact.values()) {
      jars.add(artifact.jar());
      jars.addAll(broughtAlong(artifact));
    }
    ModuleFinder finder = ModuleFinder.of(jars.toArray(Path[]::new));
    List<String> names = finder.findAll().stream().map(ArtifactsIT::name).toList();
    assertThat(names)
        .contains("dev.weir.shared", "dev.weir.servlet", "dev.weir.jaxrs", "com.hazelcast.core");

    Configuration modules =
        ModuleLayer.boot().configuration().resolve(finder, ModuleFinder.of(), names);
    ModuleLayer layer =
        ModuleLayer.boot()
            .defineModulesWithOneLoader(modules, ClassLoader.getPlatformClassLoader());

    Class<?> configuration =
        layer.findLoader("dev.weir.shared").loadClass("dev.weir.config.Configuration");
    assertThat(configuration.getModule().getName()).isEqualTo("dev.weir.shared");
    Object parsed =
        configuration
            .getMethod("parse", String.class, String.class)
            .invoke(
                null,
                "weir.yaml",
                "{profile: kallglot, keys: {k1: {plan: pro}}, cluster: {store: memory}}");
    Object builder =
        configuration.getClassLoader().loadClass("dev.weir.Weir").getMethod("builder").invoke(null);
    builder.getClass().getMethod("configuration", configuration).invoke(builder, parsed);
    try (AutoCloseable weir =
        (AutoCloseable) builder.getClass().getMethod("build").invoke(builder)) {
      assertThat(weir.getClass().getModule().getName()).isEqualTo("dev.weir.shared");
    }
  }

  private static String name(ModuleReference module) {
    return module.descriptor().name();
  }

  /** Returns the jars of the tree, without optional ones. */
  private static List<Path> broughtAlong(Artifact artifact) throws IOException {
    List<Path> jars = new ArrayList<>();
    Pattern dependency = Pattern.compile("[^a-z]+[^:]+:([^:]+):jar:([^:]+):(compile|runtime)");
    for (String line : artifact.tree().lines().skip(1).toList()) {
      Matcher parts = dependency.matcher(line);
      if (parts.matches()) {
        jars.add(onClassPath(parts.group(1) + "-" + parts.group(2) + ".jar"));
      }
    }
    return jars;
  }

  private static Path onClassPath(String jar) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(path -> path.endsWith(jar))
        .findFirst()
        .orElseThrow(() -> new AssertionError(jar + " is not on the class path"));
  }

  @ParameterizedTest
  @EnumSource
  void a_jar_has_a_module_name(Artifact artifact) throws IOException {
    try (JarFile file = new JarFile(artifact.jar().toFile())) {
      assertThat(file.getManifest().getMainAttributes().getValue("Automatic-Module-Name"))
          .isEqualTo(artifact.module);
    }
  }

  /** A native image holds only those resources that are named to it. */
  @TestFactory
  Stream<DynamicTest> every_resource_is_named_to_native_images() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Artifact artifact : Artifact.values()) {
      List<Pattern> named = namedToNativeImages(artifact);
      artifact.entries().stream()
          .filter(entry -> !entry.endsWith(".class") && !entry.startsWith("META-INF/"))
          .forEach(
              entry ->
                  tests.add(
                      dynamicTest(
                          entry,
                          () ->
                              assertThat(named)
                                  .anyMatch(pattern -> pattern.matcher(entry).matches()))));
    }
    return tests.stream();
  }

  private static List<Pattern> namedToNativeImages(Artifact artifact) throws IOException {
    try (JarFile file = new JarFile(artifact.jar().toFile())) {
      List<Pattern> patterns = new ArrayList<>();
      for (String entry : artifact.entries()) {
        if (entry.startsWith("META-INF/native-image/dev.weir/")) {
          String json = new String(file.getInputStream(file.getEntry(entry)).readAllBytes(), UTF_8);
          Pattern.compile("\"pattern\": \"(.*)\"")
              .matcher(json)
              .results()
              .map(found -> Pattern.compile(found.group(1).replace("\\\\", "\\")))
              .forEach(patterns::add);
        }
      }
      return patterns;
    }
  }
}
