package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.config.Configuration;
import dev.weir.plan.Budget;
import dev.weir.plan.Limit;
import dev.weir.quota.BudgetStatus;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.TestClock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RateLimitMetricsTest {

  private static final long NOON = 1_711_454_400_000L;

  private static final Path README = Path.of("..", "README.md");

  private static final Pattern METER_ROW =
      Pattern.compile("(?m)^\\| `(weir\\.[a-z.]+)` \\| (\\w+) \\| (.*?) ?\\| .+ \\|$");

  private static final Pattern LISTENER =
      Pattern.compile("(?s)```java\n((?:(?!```).)*class RefusalLog .*?)```");

  private static final String FILE =
      """
      plans:
        starter: { limits: [1/day] }
      groups:
        reports: { match: ["GET /reports"], limits: [5/hour] }
      keys:
        sk-live-0123456789: { plan: starter, subject: Acme Ltd }
      anonymous: { limits: [1/day] }
      cluster: { on-failure: allow }
      """;

  /** A busy machine must not make calls late. */
  private static final ClusterSettings PATIENT =
      ClusterSettings.DEFAULT.withDeadline(Duration.ofSeconds(5));

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final TestClock clock = new TestClock();

  @BeforeEach
  void itIsNoon() {
    clock.set(NOON);
  }

  @Test
  void decisions_are_counted_by_outcome_plan_group_and_refusing_limit() {
    RateLimitMetrics metrics = new RateLimitMetrics(registry);

    metrics.onDecision(Decision.of(Outcome.KEY_MISSING, null, null));
    for (int i = 0; i < 3; i++) {
      metrics.onDecision(refusal());
    }

    assertThat(
            registry
                .get("weir.decisions")
                .tag("outcome", "quota-exceeded")
                .tag("plan", "starter")
                .tag("group", "analysis")
                .tag("limit", "analysis-minute")
                .counter()
                .count())
        .isEqualTo(3);
    assertThat(
            registry
                .get("weir.decisions")
                .tags("outcome", "key-missing", "plan", "none", "limit", "none")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void one_listener_shows_decisions_calls_and_a_cluster_that_fails_and_no_caller() {
    QuotaStore store = QuotaStore.open(PATIENT, clock);
    try (Weir weir = Application.weir(store, new RateLimitMetrics(registry))) {
      Application.ask(weir, 3);
      assertThat(counted("weir.quota.decisions", "by", "cluster")).isEqualTo(2);
      assertThat(counted("weir.quota.decisions", "by", "refusal")).isEqualTo(1);
      assertThat(registry.get("weir.cluster.calls").tag("result", "ok").timer().count())
          .isEqualTo(2);
      assertThat(registry.get("weir.degraded").gauge().value()).isZero();

      Objects.requireNonNull(store.hazelcast()).shutdown();
      weir.judge(Requests.get("/reports").from("192.0.2.17"), null, null);
      clock.set(NOON + 1_000); // not long enough for it to be over

      assertThat(counted("weir.quota.decisions", "by", "on-failure")).isEqualTo(1);
      assertThat(counted("weir.cluster.errors", "kind", "stopped")).isEqualTo(1);
      assertThat(registry.get("weir.cluster.calls").tag("result", "error").timer().count())
          .isEqualTo(1);
      assertThat(registry.get("weir.degraded").gauge().value()).isEqualTo(1);
      assertThat(registry.get("weir.degraded.time").functionCounter().count()).isEqualTo(1);
      assertThat(weir.statistics().degradedTime()).hasSeconds(1);
    }
    assertThat(registry.get("weir.degraded").gauge().value()).isZero();
    for (Meter meter : registry.getMeters()) {
      assertThat(meter.getId().toString()).doesNotContain("0123456789", "Acme", "192.0.2");
      assertThat(keys(meter))
          .isSubsetOf("outcome", "plan", "group", "limit", "by", "result", "kind");
    }
  }

  @Test
  void meters_may_be_bound_before_the_start_or_after_and_to_several_registries() {
    SimpleMeterRegistry late = new SimpleMeterRegistry();
    RateLimitMetrics metrics = new RateLimitMetrics();
    metrics.bindTo(registry);
    QuotaStore store = QuotaStore.open(PATIENT, clock);
    try (Weir weir = Application.weir(store, metrics)) {
      metrics.bindTo(late);
      Application.ask(weir, 1);
    }

    for (SimpleMeterRegistry bound : List.of(registry, late)) {
      assertThat(bound.get("weir.decisions").counter().count()).isEqualTo(1);
      assertThat(bound.get("weir.cluster.calls").tag("result", "ok").timer().count()).isEqualTo(1);
      assertThat(bound.get("weir.quota.decisions").tag("by", "cluster").functionCounter().count())
          .isEqualTo(1);
    }
  }

  @Test
  void the_table_of_the_readme_names_all_meters_their_types_and_tags() throws IOException {
    new RateLimitMetrics(registry).onDecision(refusal());
    Set<String> documented = new TreeSet<>();
    Matcher rows = METER_ROW.matcher(Files.readString(README));
    while (rows.find()) {
      documented.add("%s %s %s".formatted(rows.group(1), rows.group(2), sorted(rows.group(3))));
    }

    assertThat(documented)
        .isEqualTo(
            registry.getMeters().stream()
                .map(
                    meter ->
                        "%s %s %s".formatted(meter.getId().getName(), type(meter), tags(meter)))
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void the_table_of_the_readme_names_all_values_of_tags_that_are_fixed() throws IOException {
    new RateLimitMetrics(registry);
    List<String> rows = Files.readAllLines(README);

    for (Meter meter : registry.getMeters()) {
      String row = "| `" + meter.getId().getName() + "` |";
      for (Tag tag : meter.getId().getTags()) {
        assertThat(rows)
            .as("%s", meter.getId())
            .anyMatch(line -> line.startsWith(row) && line.contains("`" + tag.getValue() + "`"));
      }
    }
  }

  @Test
  void the_listener_of_the_readme_compiles_and_logs_refusals(@TempDir Path folder)
      throws Exception {
    Matcher block = LISTENER.matcher(Files.readString(README));
    assertThat(block.find()).isTrue();
    Path source = folder.resolve("RefusalLog.java");
    Files.writeString(source, block.group(1));
    String classPath = System.getProperty("java.class.path");
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", classPath, source.toString()))
        .isZero();

    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      RateLimitListener listener =
          (RateLimitListener) loader.loadClass("RefusalLog").getDeclaredConstructor().newInstance();
      String logged =
          TestLog.of(
              () -> {
                listener.onDecision(Decision.of(Outcome.ALLOWED, "starter", null));
                listener.onDecision(refusal());
              });
      assertThat(logged).containsOnlyOnce("plan=");
      assertThat(logged).contains("quota-exceeded plan=starter group=analysis");
    }
  }

  @Test
  void without_micrometer_and_flight_recorder_all_else_works() throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader bare = new Bare()) {
      thread.setContextClassLoader(bare);
      Class<?> test = bare.loadClass(Application.class.getName());
      assertThat(test).isNotEqualTo(Application.class);

      ((Runnable) test.getDeclaredConstructor().newInstance()).run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Knows nothing of the test, which needs Micrometer. */
  public static final class Application implements Runnable {

    @Override
    public void run() {
      QuotaStore store = QuotaStore.open(ClusterSettings.DEFAULT, InstantSource.system());
      try (Weir weir = Application.weir(store, decision -> {})) {
        ask(weir, 1);
        Objects.requireNonNull(store.hazelcast()).shutdown();
        weir.judge(Requests.get("/reports").from("192.0.2.17"), null, null);
        if (!weir.statistics().isDegraded()) {
          throw new AssertionError("nothing noticed");
        }
      }
    }

    private static Weir weir(QuotaStore store, RateLimitListener listener) {
      return Weir.builder()
          .configuration(Configuration.parse("test", FILE))
          .store(store)
          .listener(listener)
          .build();
    }

    private static void ask(Weir weir, int times) {
      for (int i = 0; i < times; i++) {
        weir.judge(Requests.get("/").with("X-API-Key", "sk-live-0123456789"), null, null);
      }
    }
  }

  /** Loads everything anew, but finds neither Micrometer nor the flight recorder. */
  private static final class Bare extends URLClassLoader {

    Bare() {
      super(
          Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
              .map(Bare::url)
              .toArray(URL[]::new),
          ClassLoader.getPlatformClassLoader());
    }

    private static URL url(String path) {
      try {
        return Path.of(path).toUri().toURL();
      } catch (MalformedURLException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("io.micrometer.") || name.startsWith("jdk.jfr.")) {
        throw new ClassNotFoundException(name);
      }
      return super.loadClass(name, resolve);
    }
  }

  private static Decision refusal() {
    BudgetStatus spent =
        new BudgetStatus(Budget.of("analysis", Limit.parse("30/minute")), 0, 60_000, 30_000);
    return new Decision(Outcome.QUOTA_EXCEEDED, "starter", "analysis", List.of(spent), 1, false);
  }

  private double counted(String name, String tag, String value) {
    return registry.get(name).tag(tag, value).functionCounter().count();
  }

  private static String type(Meter meter) {
    return meter instanceof FunctionCounter
        ? "counter"
        : meter.getId().getType().name().toLowerCase(Locale.ROOT);
  }

  private static List<String> keys(Meter meter) {
    return meter.getId().getTags().stream().map(Tag::getKey).toList();
  }

  /** Micrometer sorts the tags. */
  private static String sorted(String tags) {
    return Arrays.stream(tags.split(", ")).sorted().collect(Collectors.joining(", "));
  }

  private static String tags(Meter meter) {
    return keys(meter).stream().map(key -> "`" + key + "`").collect(Collectors.joining(", "));
  }
}
