package dev.weir.readme;

import static java.util.Map.entry;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weir.config.Configuration;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** Whether what the README shows of files, without showing all of them, is right as well. */
class ReadmeFragmentsIT {

  /** What the fragments use of the application that they are pasted into. */
  private static final String APPLICATION =
      """
      import com.hazelcast.core.HazelcastInstance;
      import dev.weir.*;
      import dev.weir.config.Configuration;
      import dev.weir.jaxrs.*;
      import dev.weir.websocket.*;
      import io.micrometer.core.instrument.MeterRegistry;
      import jakarta.enterprise.inject.*;
      import jakarta.enterprise.inject.Produces;
      import jakarta.inject.Singleton;
      import jakarta.websocket.*;
      import jakarta.websocket.server.*;
      import jakarta.ws.rs.*;
      import jakarta.ws.rs.PathParam;
      import jakarta.ws.rs.core.Response;
      import java.util.Set;

      abstract class Application {
        record Result() {}

        record Call() {}

        interface Customers {
          dev.weir.plan.Account accountOf(String fingerprint);
        }

        Customers customers;
        MeterRegistry registry;
        ServerContainer container;

        abstract void audit(Decision decision);
      }

      class StreamEndpoint {}
      """;

  private static final List<Map.Entry<String, String>> PLACES =
      List.of(
          entry("a file", "%s"),
          entry("classes of a file", APPLICATION + "%s"),
          entry(
              "members of a class",
              APPLICATION + "abstract class Fragment extends Application {%n%s}"),
          entry(
              "statements",
              APPLICATION
                  + "abstract class Fragment extends Application {%n  void run() throws Exception {%n%s}}"));

  @TempDir private Path classes;

  @TestFactory
  Stream<DynamicTest> java_compiles() throws Exception {
    return fragments("java")
        .map(
            java ->
                dynamicTest(
                    firstLine(java),
                    () -> {
                      Map<String, List<String>> mistakes = new LinkedHashMap<>();
                      for (Map.Entry<String, String> place : PLACES) {
                        List<String> here =
                            compile(
                                place
                                    .getValue()
                                    .formatted(
                                        java.replace(
                                            "{ … }",
                                            "{ throw new UnsupportedOperationException(); }")));
                        if (here.isEmpty()) {
                          return;
                        }
                        mistakes.put(place.getKey(), here);
                      }
                      throw new AssertionError("compiles neither as " + mistakes);
                    }));
  }

  @TestFactory
  Stream<DynamicTest> yaml_is_a_configuration() throws Exception {
    return fragments("yaml")
        .map(yaml -> dynamicTest(firstLine(yaml), () -> Configuration.parse("README.md", yaml)));
  }

  @Test
  void xml_names_artifacts_of_this_version() throws Exception {
    String version = requireNonNull(System.getProperty("weir.version"));
    List<String> names = new ArrayList<>();
    for (String xml : fragments("xml").toList()) {
      Document document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
      names.add(
          Stream.of("groupId", "artifactId", "version")
              .map(document::getElementsByTagName)
              .flatMap(ReadmeFragmentsIT::texts)
              .reduce((a, b) -> a + ":" + b)
              .orElseThrow());
    }

    assertThat(names)
        .containsExactlyInAnyOrder(
            "dev.weir:weir-filter-servlet:" + version, "dev.weir:weir-bom:" + version);
  }

  private static Stream<String> texts(NodeList nodes) {
    return IntStream.range(0, nodes.getLength()).mapToObj(i -> nodes.item(i).getTextContent());
  }

  /** Returns the blocks in that language which are not whole files. */
  private static Stream<String> fragments(String language) throws Exception {
    List<String> found =
        Pattern.compile(
                "(?<!-->\\n)^```" + language + "\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(Readme.text())
            .results()
            .map(block -> block.group(1))
            .toList();
    assertThat(found).isNotEmpty();
    return found.stream();
  }

  /** Returns what javac finds wrong. */
  private List<String> compile(String source) {
    Matcher type = Pattern.compile("public (?:final )?class (\\w+)").matcher(source);
    String name = type.find() ? type.group(1) : "Fragments";
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    requireNonNull(ToolProvider.getSystemJavaCompiler())
        .getTask(
            null,
            null,
            found,
            List.of("-proc:none", "-d", classes.toString(), "-classpath", classPath()),
            null,
            List.of(file))
        .call();
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
        .map(Object::toString)
        .toList();
  }

  /** With the adapters, which the applications that run in this JVM must not find. */
  private static String classPath() {
    return String.join(
        File.pathSeparator,
        System.getProperty("java.class.path"),
        Readme.ROOT.resolve("filter-servlet/target/classes").toString(),
        Readme.ROOT.resolve("filter-jaxrs/target/classes").toString());
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
