package dev.weir.matrix;

import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weir.conversations.Conversation;
import dev.weir.conversations.Http;
import dev.weir.conversations.Partner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds every conversation with a stack, in each way that Weir gets into an application there. What
 * came of it is written to the file that the system property {@value #REPORT} names: a line for
 * each way (if {@code weir.matrix} is {@code full}), as {@code row TAB way TAB passed/all} with the
 * reasons for what is left out, or the reason why there is no such way.
 */
@TestInstance(Lifecycle.PER_CLASS)
public class MatrixIT {

  private static final String REPORT = "weir.matrix.report";

  /** The profile whose conversations are held unless all are: applications take long to start. */
  private static final String SHORT = "kallglot";

  private final boolean full = "full".equals(System.getProperty("weir.matrix"));

  private record Started(String resource, Stack.Way way, Stack.Running running) {}

  private final Stack stack = ServiceLoader.load(Stack.class).findFirst().orElseThrow();
  private final Subject.Clock clock = new Subject.Clock();
  private final Map<Stack.Way, Integer> held = new LinkedHashMap<>();
  private final List<Conversation> all;
  private @Nullable Started started;
  private long conversations;

  @TempDir Path directory;

  MatrixIT() throws IOException {
    all =
        Conversation.all().stream()
            .filter(conversation -> full || conversation.configuration().equals(SHORT))
            .sorted(Comparator.comparing(Conversation::resource))
            .toList();
  }

  @TestFactory
  Stream<DynamicNode> every_answer_is_the_one_in_the_file() {
    return stack.ways().stream()
        .map(
            way ->
                dynamicContainer(
                    way.toString(),
                    all.stream()
                        .filter(
                            conversation -> !stack.omitted(way).containsKey(conversation.file()))
                        .map(
                            conversation ->
                                dynamicTest(conversation.file(), () -> hold(conversation, way)))));
  }

  private void hold(Conversation conversation, Stack.Way way) throws Exception {
    int port = start(conversation.resource(), way);
    Subject.forget(++conversations);
    try (Http http = new Http(port)) {
      conversation.hold(
          new Partner() {
            @Override
            public void setClock(Instant now) {
              clock.set(now);
            }

            @Override
            public void advance(Duration by) {
              clock.set(clock.instant().plus(by));
            }

            @Override
            public String host() {
              return http.host();
            }

            @Override
            public Http.Response send(Http.Request request) throws IOException {
              return stack.reworded(way, http.send(request));
            }
          });
    }
    held.merge(way, 1, Integer::sum);
  }

  /** One application after the other; conversations of the same configuration share one. */
  private int start(String resource, Stack.Way way) throws Exception {
    Started current = started;
    if (current == null || !current.resource.equals(resource) || !current.way.equals(way)) {
      stop();
      Path file = Files.createTempFile(directory, "weir", ".yaml"); // as a WAR sees it, too
      try (InputStream in = MatrixIT.class.getClassLoader().getResourceAsStream(resource)) {
        Files.copy(Objects.requireNonNull(in, resource), file, StandardCopyOption.REPLACE_EXISTING);
      }
      Subject.configure(file.toString(), clock);
      Path empty = Files.createTempDirectory(directory, "application");
      current = new Started(resource, way, stack.start(way, empty));
      started = current;
    }
    return current.running.port();
  }

  @AfterAll
  void finish() throws Exception {
    stop();
    String report = System.getProperty(REPORT);
    if (full && report != null) {
      List<String> lines = new ArrayList<>();
      for (Stack.Way way : stack.ways()) {
        StringBuilder result =
            new StringBuilder("%d/%d".formatted(held.getOrDefault(way, 0), all.size()));
        new TreeMap<>(stack.omitted(way))
            .forEach((file, reason) -> result.append(" (%s: %s)".formatted(file, reason)));
        lines.add(line(way, result.toString()));
      }
      stack.absent().entrySet().stream()
          .sorted(Comparator.comparing(absent -> absent.getKey().toString()))
          .forEach(absent -> lines.add(line(absent.getKey(), absent.getValue())));
      Path file = Path.of(report);
      Files.createDirectories(Objects.requireNonNull(file.getParent(), report));
      Files.write(file, lines);
    }
  }

  private String line(Stack.Way way, String result) {
    return String.join("\t", stack.name(), way.toString(), result);
  }

  private void stop() throws Exception {
    Started last = started;
    started = null;
    if (last != null) {
      last.running.stop();
    }
  }
}
