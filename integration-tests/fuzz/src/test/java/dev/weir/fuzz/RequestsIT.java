package dev.weir.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.demo.DemoOptions;
import dev.weir.demo.DemoOptions.Adapter;
import dev.weir.demo.DemoServer;
import dev.weir.quota.QuotaStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.statistics.Statistics;

/**
 * Whatever a caller sends: every answer is a documented one, in time, and tells nothing of the
 * inside.
 */
class RequestsIT {

  /** Is part of every key that is made up, and of nothing else. */
  private static final String SECRET = "qxz";

  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 ([0-9]{3}) .*");

  private static final Pattern COUNT_HEADER =
      Pattern.compile("(?i)(X-RateLimit-(Limit|Remaining|Reset)|Retry-After): (.*)");

  private static final String ANONYMOUS =
      """
      profile: problem-json
      plans:
        default: { limits: [100/minute] }
      groups:
        reports: { match: ["GET /v1/reports/**"], limits: [10/minute] }
      keys:
        demo-default-1: { plan: default }
      key-sources: [bearer, header X-API-Key, query api_key]
      anonymous: { limits: [1000/minute], trusted-proxies: [127.0.0.0/8], header: %s }
      usage: { path: /v1/usage }
      """;

  private static final List<DemoServer> servers = new ArrayList<>();
  private static final PrintStream console = System.err;
  private static final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private static Path directory;

  @BeforeContainer
  static void start() throws IOException {
    System.setErr(new PrintStream(new Tee(), true, UTF_8));
    directory = Files.createTempDirectory("fuzz");
    for (Adapter adapter : Adapter.values()) {
      for (String profile : List.of("kallglot", "talkpilot", "boltcall", "burst-sustained")) {
        servers.add(start(profile, adapter, null));
      }
      for (String header : List.of("forwarded", "x-forwarded-for")) {
        Path file = directory.resolve(header + ".yaml");
        Files.writeString(file, ANONYMOUS.formatted(header));
        servers.add(start(null, adapter, file.toString()));
      }
    }
  }

  private static DemoServer start(String profile, Adapter adapter, String file) throws IOException {
    return DemoServer.start(
        new DemoOptions(profile, 0, List.of(), null, adapter, file, null, null, null),
        weir -> weir.store(QuotaStore.inMemory(InstantSource.system())));
  }

  @AfterContainer
  static void stop() throws IOException {
    servers.forEach(DemoServer::close);
    System.setErr(console);
    assertThat(log.toString(UTF_8)).doesNotContain("\tat ").doesNotContain(SECRET);
    for (String header : List.of("forwarded", "x-forwarded-for")) {
      Files.delete(directory.resolve(header + ".yaml"));
    }
    Files.delete(directory);
  }

  @Property
  void every_answer_is_a_documented_one(
      @ForAll("request") RawRequest request, @ForAll("server") DemoServer server)
      throws IOException {
    String answer = send(request, server);

    Matcher status = STATUS.matcher(answer.lines().findFirst().orElse(""));
    assertThat(status.matches()).as("answer '%s'", answer).isTrue();
    assertThat(Integer.parseInt(status.group(1))).as(answer).isBetween(200, 499);
    Statistics.label("status").collect(status.group(1));
    assertThat(answer).doesNotContain("\tat ", "Exception", SECRET);
    int end = answer.indexOf("\r\n\r\n");
    for (String line : answer.substring(0, end).split("\r\n", -1)) {
      Matcher count = COUNT_HEADER.matcher(line);
      if (count.matches()) {
        assertThat(count.group(3)).as(line).matches("[0-9]{1,10}");
      }
    }
  }

  /** Returns the whole answer; fails if it does not come. */
  private static String send(RawRequest request, DemoServer server) throws IOException {
    int port = URI.create(server.uri()).getPort();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
      socket.getOutputStream().write(request.toBytes());
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  // --- what is sent ----------------------------------------------------------------------------

  private static final String[] PATHS = {
    "/v1/sessions",
    "/v1/sessions/sess_1",
    "/v1/sessions/sess_1/analysis",
    "/v1/recordings/rec_1",
    "/v1/webhooks",
    "/v1/usage",
    "/v1/agents",
    "/v1/calls",
    "/v1/limits",
    "/"
  };

  private static final String[] PATH_FRAGMENTS = {
    "/",
    "//",
    "/.",
    "/..",
    "/./",
    "/../",
    ";",
    ";a=b",
    ";jsessionid=1",
    "%",
    "%2",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5c",
    "%00",
    "%0a",
    "%ff",
    "%c0%ae",
    "%25",
    "%u002f",
    "\\",
    "*",
    "{id}",
    "**",
    "é",
    "\u0001",
    "~",
    "+",
    ":",
    "@",
    "=",
    "&",
    "|",
    "^",
    "`",
    "\"",
    "<",
    ">",
    "[",
    "]"
  };

  private static final String[] QUERIES = {
    "",
    "",
    "",
    "?",
    "?a=b",
    "?api_key=demo-default-1",
    "?api_key=%",
    "?api_key=&api_key=x",
    "?api_key",
    "?%61pi_key=demo-default-1",
    "?api_key=%ff%fe",
    "?&&&=&="
  };

  @Provide
  static Arbitrary<DemoServer> server() {
    return Arbitraries.integers().between(0, servers.size() - 1).map(servers::get);
  }

  @Provide
  static Arbitrary<RawRequest> request() {
    Arbitrary<String> method =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.of("GET", "POST", "HEAD", "OPTIONS", "DELETE", "PUT", "PATCH")),
            Tuple.of(
                1, Arbitraries.strings().withCharRange('!', '~').ofMinLength(1).ofMaxLength(8)));
    Arbitrary<List<String>> lines =
        Combinators.combine(key(), line().list().ofMaxSize(4))
            .as((first, rest) -> Stream.concat(first.stream(), rest.stream()).toList());
    return Combinators.combine(method, target(), lines).as(RawRequest::new);
  }

  private static Arbitrary<String> target() {
    Arbitrary<String> fragment =
        Arbitraries.oneOf(
            Arbitraries.of(PATH_FRAGMENTS),
            Arbitraries.just(""),
            Arbitraries.strings().withCharRange('!', '~').ofMaxLength(4));
    Arbitrary<String> damaged =
        Combinators.combine(
                Arbitraries.of(PATHS), Arbitraries.doubles().between(0, true, 1, false), fragment)
            .as(
                (path, where, inserted) -> {
                  int at = 1 + (int) (where * path.length());
                  return path.substring(0, at) + inserted + path.substring(at);
                });
    Arbitrary<String> path =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.of(PATHS)),
            Tuple.of(6, damaged),
            Tuple.of(2, fragment.list().ofMaxSize(8).map(parts -> "/" + String.join("", parts))),
            Tuple.of(
                1,
                Arbitraries.integers().between(1, 9_000).map(length -> "/" + "a".repeat(length))));
    return Combinators.combine(path, Arbitraries.of(QUERIES)).as(String::concat);
  }

  /** A key that is somebody's more often than not: what comes after that is to be met as well. */
  private static Arbitrary<List<String>> key() {
    return Arbitraries.oneOf(
        Arbitraries.of("free-1", "starter-1", "default-1", "pro-2")
            .map(name -> List.of("X-API-Key: demo-" + name)),
        Arbitraries.of("free-1", "starter-1", "default-1", "pro-2")
            .map(name -> List.of("Authorization: Bearer demo-" + name)),
        Arbitraries.just(List.of()));
  }

  private static Arbitrary<String> line() {
    Arbitrary<String> known =
        Arbitraries.of(
            "X-Forwarded-For",
            "Forwarded",
            "Origin",
            "Access-Control-Request-Method",
            "X-Request-Id",
            "Accept",
            "Accept-Language",
            "Content-Type");
    Arbitrary<String> unknown = Arbitraries.strings().withCharRange('!', '~').ofMinLength(1);
    return Arbitraries.frequencyOf(
        Tuple.of(20, line(known, value())),
        Tuple.of(1, line(unknown, value())),
        Tuple.of(3, line(Arbitraries.of("X-API-Key", "x-api-key"), invented())),
        Tuple.of(
            2, line(Arbitraries.just("Authorization"), invented().map(key -> "Bearer " + key))),
        Tuple.of(1, line(Arbitraries.just("authorization"), invented())));
  }

  private static Arbitrary<String> line(Arbitrary<String> name, Arbitrary<String> value) {
    return Combinators.combine(name, value).as((field, content) -> field + ": " + content);
  }

  private static Arbitrary<String> visible() {
    return Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(30);
  }

  private static Arbitrary<String> anything() {
    return Arbitraries.strings()
        .withCharRange(' ', '~')
        .withCharRange('\u0080', '\u00ff')
        .withChars('\t', '\u0001', '\u007f')
        .ofMaxLength(30);
  }

  private static Arbitrary<String> invented() {
    return Arbitraries.frequencyOf(
        Tuple.of(9, visible().map(text -> SECRET + text)),
        Tuple.of(1, anything().map(text -> SECRET + text)),
        Tuple.of(
            2,
            Arbitraries.integers().between(500, 7_000).map(length -> SECRET + "k".repeat(length))));
  }

  private static Arbitrary<String> value() {
    return Arbitraries.frequencyOf(
        Tuple.of(6, visible()),
        Tuple.of(1, anything()),
        Tuple.of(
            8,
            Arbitraries.of(
                "for=192.0.2.60;proto=http;by=203.0.113.43",
                "for=\"[2001:db8::17]:4711\"",
                "for=\"[",
                "for=unknown, for=_hidden, for=",
                "192.0.2.1, 2001:db8::1, [::1]:80, 999.1.1.1,",
                "::ffff:192.0.2.1",
                ",,,,",
                "1.2.3.4.5",
                "*/*",
                "null",
                "https://example.org")),
        Tuple.of(
            2,
            Arbitraries.of("192.0.2.1", "for=192.0.2.1")
                .list()
                .ofMaxSize(400)
                .map(all -> String.join(", ", all))));
  }

  /** Keeps what is logged, to be looked through at the end. */
  private static final class Tee extends OutputStream {

    @Override
    public void write(int octet) {
      log.write(octet);
      console.write(octet);
    }
  }
}
