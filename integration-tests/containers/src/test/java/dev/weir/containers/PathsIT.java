package dev.weir.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Weir;
import dev.weir.containers.Client.Response;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.servlet.WeirInitializer;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No spelling of a path leads a request past the group of the servlet that answers it, on any
 * server: the group's limit is the tightest, so that it is the one a counted answer names.
 */
@ParameterizedClass
@MethodSource("dev.weir.containers.Servers#here")
class PathsIT {

  /** Pieces that containers, frameworks and proxies are known to read in different ways. */
  private static final String[] PIECES = {
    "/",
    "/",
    "//",
    ";x=1",
    ";",
    "/.",
    "/..",
    "/..;",
    "/..;/",
    "/;/",
    "/;x/",
    "%2e",
    "%2E%2e",
    "%2f",
    "%2F",
    "%5c",
    "\\",
    "%00",
    "%3b",
    "%3bx",
    ".",
    "..",
    "v1",
    "analysis",
    "%61nalysis",
    "health",
    "%68ealth",
    "app",
    "/app",
    "/v1/analysis",
    "/health",
    "%25",
    "%252e",
    "%",
    "%zz",
    "%u002e",
    "%c0%ae",
    "+",
    "%20",
    "?",
    "*",
    ":",
    "@",
    "~",
    "|"
  };

  private static final int SPELLINGS = 1500;

  private final Servers kind;

  PathsIT(Servers kind) {
    this.kind = kind;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/app/v1/analysis",
        "/app/v1/analysis/",
        "/app/v1/analysis/7",
        "/app/v1/analysis?x=/health",
        "/app/v1/analysis;x=1",
        "/app/v1;x=1/analysis",
        "/app;x=1/v1/analysis",
        "/app/v1/%61nalysis",
        "/app/v1/%61%6e%61%6c%79%73%69%73",
        "/%61pp/v1/analysis",
        "/app//v1/analysis",
        "//app/v1//analysis",
        "/app/./v1/analysis",
        "/app/%2e/v1/analysis",
        "/app/v1/../v1/analysis",
        "/app/../app/v1/analysis",
        "/app/health/../v1/analysis",
        "/app/health/%2e%2e/v1/analysis",
        "/app/health/..;x/v1/analysis",
        "/app/health%2f..%2fv1%2fanalysis",
        "/app/v1%2fanalysis",
        "/app/v1/analysis/../../health",
        "/app/v1/analysis/%2e%2e/%2e%2e/health",
        "/app/v1/analysis/..%2f..%2fhealth",
        "/app/v1/analysis\\..\\..\\health",
        "http://127.0.0.1/app/v1/analysis",
        "http://127.0.0.1/app/v1/%61nalysis;x",
      })
  void a_trick_is_counted_by_the_group_or_gets_nowhere(String path) throws Exception {
    Weir weir = Limits.open();
    try (Server server = start("/app", weir)) {
      Client client = new Client(server);
      for (String method : new String[] {"GET", "HEAD"}) {
        String fault = fault(client, method, path, "trick-" + path);
        assertThat(fault).as(fault).isNull();
      }
    } finally {
      weir.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/app", "/a/b"})
  void no_mixture_of_tricks_leaves_the_group(String contextPath) throws Exception {
    Random random = new Random(20260701);
    Set<String> faults = new TreeSet<>();
    Weir weir = Limits.open();
    try (Server server = start(contextPath, weir)) {
      Client client = new Client(server);
      for (int i = 0; i < SPELLINGS; i++) {
        String method = random.nextInt(5) == 0 ? "HEAD" : "GET";
        String fault = fault(client, method, spelling(contextPath, random), "mixture-" + i);
        if (fault != null) {
          faults.add(fault);
        }
      }
    } finally {
      weir.close();
    }
    assertThat(faults).isEmpty();
  }

  private Server start(String contextPath, Weir weir) throws Exception {
    return kind.start(
        new Application(contextPath)
            .with(context -> context.setAttribute(RateLimitFilter.WEIR_ATTRIBUTE, weir))
            .with(
                context -> {
                  Servlets.add(context, "/", (in, out) -> out.setHeader("Ran", "other"));
                  Servlets.add(context, "/health", (in, out) -> out.setHeader("Ran", "health"));
                  Servlets.add(
                      context, "/v1/analysis/*", (in, out) -> out.setHeader("Ran", "analysis"));
                })
            .with(new WeirInitializer()));
  }

  private static String spelling(String contextPath, Random random) {
    String[] starts = {"/v1/analysis", "/v1/analysis/7", "/health", ""};
    StringBuilder path =
        new StringBuilder(contextPath).append(starts[random.nextInt(starts.length)]);
    for (int pieces = random.nextInt(5); pieces > 0; pieces--) {
      int at = random.nextBoolean() ? path.length() : random.nextInt(path.length() + 1);
      path.insert(at, PIECES[random.nextInt(PIECES.length)]);
    }
    if (path.length() == 0 || path.charAt(0) != '/') {
      path.insert(0, '/');
    }
    return (random.nextInt(10) == 0 ? "http://127.0.0.1" : "") + path;
  }

  /** Returns what is wrong with the answers to a request with and without a key, or null. */
  private static String fault(Client client, String method, String path, String key)
      throws Exception {
    Response answer = client.sendRaw(method, path, "X-API-Key", key);
    if (answer.status() == 500) {
      return path + " is answered with 500";
    }
    if ("analysis".equals(answer.header("Ran")) && !Limits.GROUP_LIMIT.equals(answer.limit())) {
      return path + " is counted under a limit of " + answer.limit();
    }
    Response keyless = client.sendRaw(method, path);
    return "analysis".equals(keyless.header("Ran")) ? path + " needs no key" : null;
  }
}
