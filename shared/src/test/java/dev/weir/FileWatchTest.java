package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.config.Configuration;
import dev.weir.http.Answer;
import dev.weir.plan.Account;
import dev.weir.plan.Endpoint;
import dev.weir.plan.Plan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {

  private static final String FILE =
      """
      plans:
        starter: { limits: [3/minute] }
        pro: { limits: [10/minute] }
      groups:
        reports: { match: ["GET /reports"], limits: [1/hour] }
      keys:
        key-one: { plan: starter }
        key-two: { plan: pro }
      cluster: { store: memory }
      """;

  private final ManualClock clock = new ManualClock("2024-03-26T12:00:30Z");

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void write_the_file() {
    file = directory.resolve("limits.yaml");
    write(FILE);
  }

  @Test
  void a_limit_that_is_raised_counts_in_the_running_window_and_what_was_used_stays_used() {
    try (Weir weir = open()) {
      assertThat(remaining(weir, "key-one")).isEqualTo("2");
      assertThat(remaining(weir, "key-one")).isEqualTo("1");

      String log = change(weir, FILE.replace("3/minute", "5/minute"));

      assertThat(remaining(weir, "key-one")).isEqualTo("2");
      assertThat(log)
          .contains("INFO")
          .contains(
              file
                  + " was read again: plans 0 added, 1 changed, 0 removed; keys 0 added, 0 changed, 0 removed");
      assertThat(Objects.requireNonNull(plan(weir, "starter")).limits()).hasToString("[5/minute]");
    }
  }

  @Test
  void a_limit_that_is_lowered_below_what_was_used_refuses() {
    try (Weir weir = open()) {
      remaining(weir, "key-one");
      remaining(weir, "key-one");

      change(weir, FILE.replace("3/minute", "2/minute"));

      assertThat(status(weir, "key-one")).isEqualTo(429);
    }
  }

  @Test
  void keys_come_change_and_go() {
    try (Weir weir = open()) {
      assertThat(status(weir, "key-one")).isZero();
      assertThat(status(weir, "key-new")).isEqualTo(401);

      String log =
          change(
              weir,
              FILE.replace("key-one: { plan: starter }", "key-new: { plan: starter }")
                  .replace("key-two: { plan: pro }", "key-two: { plan: starter }"));

      assertThat(status(weir, "key-one")).isEqualTo(401);
      assertThat(status(weir, "key-new")).isZero();
      assertThat(remaining(weir, "key-two")).isEqualTo("2");
      assertThat(log).contains("keys 1 added, 1 changed, 1 removed").doesNotContain("key-");
    }
  }

  @Test
  void a_plan_without_accounts_comes_and_goes() {
    try (Weir weir = open()) {
      change(weir, FILE.replace("groups:", "  extra: { limits: [1/day] }\ngroups:"));
      assertThat(plan(weir, "extra")).isNotNull();

      change(weir, FILE);
      assertThat(plan(weir, "extra")).isNull();
    }
  }

  @Test
  void the_directory_of_the_application_goes_on_and_finds_the_plans_of_now() {
    try (Weir weir =
        builder()
            .directory(key -> key.value().equals("theirs") ? Account.of("starter") : null)
            .build()) {
      assertThat(remaining(weir, "theirs")).isEqualTo("2");

      change(weir, FILE.replace("3/minute", "7/minute").replaceAll("(?m)^(keys:|  key-).*\\n", ""));

      assertThat(remaining(weir, "theirs")).isEqualTo("5");
      assertThat(status(weir, "key-one")).isEqualTo(401);
    }
  }

  @Test
  void a_file_that_is_not_right_is_refused_with_every_problem_once() {
    String wrong =
        FILE.replace("3/minute", "0/minute")
            .replace("key-one: { plan: starter }", "key-one: { plan: startr, limitz: [key-six] }")
            .replace("pro: { limits", "pro: { limit");
    try (Weir weir = open()) {
      String log = change(weir, wrong);

      assertThat(log)
          .contains("WARN")
          .contains(file + " has changed, but is refused; plans and keys stay as they are. ")
          .contains(file + ":2:23: plans.starter.limits[0]: permits of limit 'minute' must be 1 to")
          .contains(file + ":3:10: unknown member 'limit' of plans.pro; did you mean 'limits'?")
          .contains("is unknown")
          .doesNotContain("key-");
      assertThat(remaining(weir, "key-one")).isEqualTo("2");
      assertThat(look(weir)).isEmpty();
      assertThat(change(weir, wrong)).isEmpty();

      assertThat(change(weir, FILE)).contains("plans 0 added, 0 changed, 0 removed");
      assertThat(change(weir, wrong)).contains("has changed, but is refused");
    }
  }

  @Test
  void a_plan_that_an_account_names_cannot_go() {
    try (Weir weir = open()) {
      assertThat(change(weir, FILE.replace("pro: { limits", "max: { limits")))
          .contains(file + ":8:20: ")
          .contains("plan is unknown")
          .doesNotContain("key-two");
      assertThat(status(weir, "key-two")).isZero();
    }
  }

  @Test
  void what_needs_a_restart_refuses_the_whole_change_by_name() {
    try (Weir weir = open()) {
      String log =
          change(
              weir,
              FILE.replace("3/minute", "9/minute")
                  .replace("1/hour", "2/hour")
                  .replace("memory }", "hazelcast, deadline: 50ms }\nheaders: { limit: X-Mine }"));

      assertThat(log)
          .contains("WARN")
          .contains(
              file
                  + ": besides plans and keys, these have changed and need a restart:"
                  + " cluster.deadline, cluster.store, groups.reports.limits, headers.limit")
          .doesNotContain("INFO");
      assertThat(remaining(weir, "key-one")).isEqualTo("2");
      assertThat(look(weir)).isEmpty();
    }
  }

  @Test
  void comments_order_and_style_are_no_change() {
    try (Weir weir = open()) {
      String log =
          change(
              weir,
              """
              cluster:
                store: "memory" # as before
              keys: { key-two: { plan: pro }, key-one: { plan: starter } }
              groups:
                reports: { limits: [1/hour], match: ["GET /reports"] }
              plans: { pro: { limits: [10/minute] }, starter: { limits: [3/minute] } }
              """);

      assertThat(log).isEmpty();
    }
  }

  @Test
  void a_file_that_is_empty_or_gone_is_refused_and_counts_when_it_is_back() throws IOException {
    try (Weir weir = open()) {
      assertThat(change(weir, "")).contains("the file is empty");
      Files.delete(file);
      assertThat(look(weir)).contains("there is no file '" + file + "'");
      assertThat(look(weir)).isEmpty();
      assertThat(remaining(weir, "key-one")).isEqualTo("2");

      change(weir, FILE.replace("3/minute", "5/minute"));
      assertThat(remaining(weir, "key-one")).isEqualTo("3");
    }
  }

  @Test
  void a_file_that_is_still_being_written_is_left_alone() {
    try (Weir weir = Weir.builder().configuration(Configuration.parse("text", FILE)).build()) {
      Configuration read = Configuration.load(file.toString(), getClass().getClassLoader());
      FileWatch watch = new FileWatch(file, read, weir.limiter(), true); // looks when it is told
      String log =
          TestLog.of(
              () -> {
                watch.check();
                watch.check();
                write(FILE.substring(0, FILE.indexOf("key-two")));
                watch.check();
                write(FILE.replace("3/minute", "5/minute"));
                watch.check();
              });
      assertThat(log).isEmpty();
      assertThat(watch.configuration()).isSameAs(read);

      assertThat(TestLog.of(watch::check)).contains("plans 0 added, 1 changed, 0 removed");
      assertThat(limit(weir, "key-one")).isEqualTo("5");
    }
  }

  @Test
  void an_endpoint_that_costs_more_than_a_limit_of_now_is_refused() {
    try (Weir weir = open()) {
      Endpoint endpoint = weir.endpoint(Dear.class.getAnnotation(RateLimited.class), "Dear");
      change(weir, FILE.replace("3/minute", "2/minute"));

      Answer answer = weir.judge(Requests.get("/").with("X-API-Key", "key-one"), endpoint, null);

      assertThat(answer.status()).isEqualTo(429);
      assertThat(weir.endpoint(Dear.class.getAnnotation(RateLimited.class), "Dear"))
          .isEqualTo(endpoint);
    }
  }

  @RateLimited(cost = 3)
  private static final class Dear {}

  @Test
  void the_only_keys_cannot_all_go() {
    try (Weir weir = open()) {
      assertThat(change(weir, FILE.replaceAll("(?m)^(keys:|  key-).*\\n", "")))
          .contains("no API key can be known");
      assertThat(status(weir, "key-one")).isZero();
    }
  }

  @Test
  void a_file_of_the_same_size_and_time_put_in_its_place_is_seen() throws IOException {
    try (Weir weir = open()) {
      Path other = Files.writeString(directory.resolve("new"), FILE.replace("3/min", "7/min"));
      Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
      look(weir);
      Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
      look(weir);

      assertThat(remaining(weir, "key-one")).isEqualTo("6");
    }
  }

  /** The file is a link to ..data/limits.yaml, and ..data one to the directory of a version. */
  @Test
  void a_config_map_that_kubernetes_updates_is_seen() throws IOException {
    Path versionOne = Files.createDirectory(directory.resolve("..one"));
    Files.move(file, versionOne.resolve("limits.yaml"));
    Files.createSymbolicLink(directory.resolve("..data"), Path.of("..one"));
    Files.createSymbolicLink(file, Path.of("..data", "limits.yaml"));
    try (Weir weir = open()) {
      assertThat(remaining(weir, "key-one")).isEqualTo("2");

      Path versionTwo = Files.createDirectory(directory.resolve("..two"));
      Files.writeString(versionTwo.resolve("limits.yaml"), FILE.replace("3/min", "7/min"));
      Path link = Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of("..two"));
      Files.move(link, directory.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
      look(weir);

      assertThat(remaining(weir, "key-one")).isEqualTo("5");
    }
  }

  @Test
  void without_watch_and_from_text_nothing_is_looked_at() {
    write(FILE + "watch: false\n");
    try (Weir weir = open()) {
      assertThat(weir.watch()).isNull();
    }
    Configuration text = Configuration.parse("text", FILE);
    try (Weir weir = Weir.builder().configuration(text).build()) {
      assertThat(weir.watch()).isNull();
      assertThat(weir.configuration()).isSameAs(text);
    }
  }

  @Test
  void watch_itself_needs_a_restart() {
    try (Weir weir = open()) {
      assertThat(change(weir, FILE + "watch: false\n")).contains("need a restart: watch");
    }
  }

  @Test
  void a_thread_looks_by_itself_until_the_close() {
    Weir weir = open();
    try (weir) {
      write(FILE.replace("3/minute", "5/minute"));

      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> Objects.requireNonNull(plan(weir, "starter")).limits().toString(),
              "[5/minute]"::equals);
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("weir-file-watch");
  }

  @Test
  void all_holders_of_a_shared_instance_see_the_change() {
    Weir one = Weir.shared(file.toString());
    Weir other = Weir.shared(null);
    try {
      change(one, FILE.replace("3/minute", "5/minute"));

      assertThat(limit(other, "key-one")).isEqualTo("5");
      assertThat(other.configuration()).isSameAs(one.configuration());
      one.close();
      change(other, FILE.replace("3/minute", "7/minute"));
      assertThat(limit(other, "key-one")).isEqualTo("7");
    } finally {
      one.close();
      other.close();
    }
  }

  /** One plan's two limits, and the key's plan, always change together. */
  @Test
  void a_request_sees_what_was_or_what_is_and_never_a_mix() throws InterruptedException {
    String even = FILE.replace("[3/minute]", "[1000000/minute, 2000000/hour]");
    String odd =
        FILE.replace("[10/minute]", "[3000000/minute, 4000000/hour]")
            .replace("key-one: { plan: starter }", "key-one: { plan: pro }");
    write(even);
    AtomicBoolean done = new AtomicBoolean();
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    try (Weir weir = open()) {
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Thread caller =
            new Thread(
                () -> {
                  String last = "";
                  while (!done.get()) {
                    Decision decision =
                        weir.limiter()
                            .decide(Requests.get("/").with("X-API-Key", "key-one"), null, null);
                    String now =
                        decision.plan()
                            + decision.budgets().stream().map(b -> b.budget().limit()).toList();
                    if (!now.equals(last)) {
                      seen.add(now);
                      last = now;
                    }
                  }
                });
        caller.start();
        callers.add(caller);
      }
      for (int i = 0; i < 40; i++) {
        change(weir, i % 2 == 0 ? odd : even);
        // what was being identified during the swap is not remembered beyond it
        assertThat(
                weir.limiter()
                    .decide(Requests.get("/").with("X-API-Key", "key-one"), null, null)
                    .plan())
            .isEqualTo(i % 2 == 0 ? "pro" : "starter");
      }
      done.set(true);
      for (Thread caller : callers) {
        caller.join();
      }
    }
    assertThat(seen)
        .containsOnly("starter[1000000/minute, 2000000/hour]", "pro[3000000/minute, 4000000/hour]");
  }

  private Weir open() {
    return builder().build();
  }

  private Weir.Builder builder() {
    return Weir.builder()
        .configuration(Configuration.load(file.toString(), getClass().getClassLoader()))
        .clock(clock);
  }

  /** Writes the file and returns what is logged until it has been read. */
  private String change(Weir weir, String yaml) {
    return TestLog.of(
        () -> {
          write(yaml);
          lookTwice(weir);
        });
  }

  private static String look(Weir weir) {
    return TestLog.of(() -> lookTwice(weir));
  }

  private static void lookTwice(Weir weir) {
    FileWatch watch = Objects.requireNonNull(weir.watch());
    watch.check();
    watch.check();
  }

  /** In place of what was there, so that it looks other at once whatever the clock says. */
  private void write(String yaml) {
    try {
      Path written = Files.writeString(directory.resolve("written"), yaml);
      Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Plan plan(Weir weir, String name) {
    return weir.configuration().catalog().plan(name);
  }

  private static int status(Weir weir, String key) {
    return judge(weir, key).status();
  }

  private static String remaining(Weir weir, String key) {
    return String.valueOf(judge(weir, key).headers().get("X-RateLimit-Remaining"));
  }

  private static String limit(Weir weir, String key) {
    return String.valueOf(judge(weir, key).headers().get("X-RateLimit-Limit"));
  }

  private static Answer judge(Weir weir, String key) {
    return weir.judge(Requests.get("/").with("X-API-Key", key), null, null);
  }
}
