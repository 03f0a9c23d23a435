package dev.weir.readme;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.ee10.annotations.AnnotationConfiguration;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether each example, started as the README says, answers what the README says. */
class ReadmeRunIT {

  private static final Set<String> RUN = Set.of("web-xml", "jersey", "resteasy", "spring-boot");

  private static final Pattern CURL =
      Pattern.compile(
          "\\$ curl -si -H '([^:']+): ([^']*)' http://127\\.0\\.0\\.1:8080(\\S+)"
              + "(?: +# the (\\w+) of a minute)?\\n(.*?)(?=\\n*\\z|\\n\\n\\$ curl)",
          Pattern.DOTALL);

  private static final List<String> ORDINALS = List.of("first", "second", "third", "fourth");

  /** What servers add, and the README leaves out. */
  private static final Set<String> LEFT_OUT =
      Set.of("connection", "content-length", "date", "keep-alive", "server", "transfer-encoding");

  /** A started example. */
  private interface Running extends AutoCloseable {
    int port();

    @Override
    void close() throws IOException;
  }

  private interface Start {
    Running start() throws Exception;
  }

  @Test
  void every_conversation_of_the_readme_is_held() throws IOException {
    assertThat(Readme.blocks("run").keySet()).isEqualTo(RUN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"web-xml", "jersey", "resteasy"})
  void a_war_answers_as_the_readme_says(String name) throws Exception {
    hold(name, () -> jetty(Readme.EXAMPLES.resolve(name + "/target/" + name + "-1.war")));
  }

  @Test
  void a_spring_boot_jar_answers_as_the_readme_says() throws Exception {
    hold(
        "spring-boot", () -> java(Readme.EXAMPLES.resolve("spring-boot/target/spring-boot-1.jar")));
  }

  private static void hold(String name, Start start) throws Exception {
    String shown = Readme.blocks("run").get(name);
    for (int tries = 0; tries < 3; tries++) {
      List<String> expected = new ArrayList<>();
      List<String> answers = new ArrayList<>();
      long minute = minute();
      try (Running example = start.start()) {
        minute = minute();
        int sent = 0;
        Matcher curl = CURL.matcher(shown);
        while (curl.find()) {
          int number = curl.group(4) == null ? sent + 1 : 1 + ORDINALS.indexOf(curl.group(4));
          assertThat(number).as(curl.group()).isGreaterThan(sent);
          String answer = "";
          while (sent < number) {
            answer = send(example.port(), curl.group(3), curl.group(1), curl.group(2));
            sent++;
            assertThat(answer.contains(" 429")).as(answer).isEqualTo(sent > 3);
          }
          expected.add(withoutTimes(curl.group(5)));
          answers.add(withoutTimes(answer));
        }
      } catch (AssertionError wrong) {
        if (minute() == minute) {
          throw wrong;
        }
      }
      if (minute() == minute) { // else the next one has begun in between, and counts anew
        assertThat(expected).hasSize(2);
        assertThat(answers)
            .as("what README.md shows below <!-- run: %s -->", name)
            .isEqualTo(expected);
        return;
      }
    }
    throw new AssertionError("three times the minute was over before four requests were answered");
  }

  private static long minute() {
    return System.currentTimeMillis() / 60_000;
  }

  private static String withoutTimes(String answer) {
    return answer
        .strip()
        .replaceAll("(?m)^(X-RateLimit-Reset|Retry-After): [0-9]+$", "$1: N")
        .replaceAll("after [0-9]+ seconds?", "after N seconds");
  }

  /** Returns the answer as {@code curl -si} prints it, without what the README leaves out. */
  private static String send(int port, String path, String header, String value)
      throws IOException {
    URL url = URI.create("http://127.0.0.1:" + port + path).toURL();
    HttpURLConnection connection = (HttpURLConnection) url.openConnection();
    connection.setConnectTimeout(10_000);
    connection.setReadTimeout(30_000);
    connection.setRequestProperty(header, value);
    connection.setRequestProperty("Accept", "*/*");
    StringBuilder answer = new StringBuilder();
    answer.append(connection.getHeaderField(0).strip()).append('\n');
    for (int i = 1; connection.getHeaderFieldKey(i) != null; i++) {
      String name = connection.getHeaderFieldKey(i);
      if (!LEFT_OUT.contains(name.toLowerCase(Locale.ROOT))) {
        answer.append(name).append(": ").append(connection.getHeaderField(i)).append('\n');
      }
    }
    try (InputStream body =
        connection.getResponseCode() < 400
            ? connection.getInputStream()
            : connection.getErrorStream()) {
      return answer.append('\n').append(new String(body.readAllBytes(), UTF_8)).toString();
    }
  }

  private static Running jetty(Path war) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server, 1, 1);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    WebAppContext context = new WebAppContext(war.toString(), "/");
    context.addConfiguration(new AnnotationConfiguration());
    context.setThrowUnavailableOnStartupException(true);
    server.setHandler(context);
    server.start();
    return new Running() {
      @Override
      public int port() {
        return connector.getLocalPort();
      }

      @Override
      public void close() throws IOException {
        try {
          server.stop();
        } catch (Exception failed) {
          throw new IOException(failed);
        }
      }
    };
  }

  private static Running java(Path jar) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar.toString(),
                "--server.address=127.0.0.1",
                "--server.port=0")
            .redirectErrorStream(true)
            .start();
    StringBuilder printed = new StringBuilder();
    BufferedReader output = process.inputReader(UTF_8);
    Pattern started = Pattern.compile("Tomcat started on port (\\d+)");
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      printed.append(line).append('\n');
      Matcher found = started.matcher(line);
      if (found.find()) {
        int port = Integer.parseInt(found.group(1));
        return new Running() {
          @Override
          public int port() {
            return port;
          }

          @Override
          public void close() {
            process.destroyForcibly().onExit().join();
          }
        };
      }
    }
    throw new IOException("The example ended before it listened:\n" + printed);
  }
}
