package dev.weir.conversations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weir.demo.DemoOptions.Adapter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Holds every conversation with both adapters, and with one, two and three nodes. */
@ExtendWith(Nodes.Extension.class)
@Order(1)
class ConversationsIT {

  private static final Path DIRECTORY = Path.of("src/test/resources/conversations");

  @TestFactory
  Stream<DynamicNode> every_answer_is_the_one_in_the_file(Nodes nodes) throws IOException {
    List<Conversation> conversations = conversations();
    assertThat(conversations).hasSizeGreaterThan(20);
    return IntStream.rangeClosed(1, Nodes.MOST)
        .mapToObj(
            size ->
                dynamicContainer(
                    size == 1 ? "one node" : size + " nodes",
                    conversations.stream()
                        .flatMap(
                            conversation ->
                                Arrays.stream(Adapter.values())
                                    .map(
                                        adapter ->
                                            dynamicTest(
                                                conversation.file() + ", " + adapter,
                                                () -> hold(conversation, adapter, nodes, size))))));
  }

  private static List<Conversation> conversations() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .filter(file -> file.toString().endsWith(".txt"))
          .sorted()
          .map(ConversationsIT::read)
          .toList();
    }
  }

  private static Conversation read(Path file) {
    try {
      return Conversation.parse(file.getFileName().toString(), Files.readString(file));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static void hold(Conversation conversation, Adapter adapter, Nodes nodes, int size)
      throws IOException {
    nodes.reset(size);
    String configuration =
        conversation.ownFile()
            ? "classpath:conversations/" + conversation.configuration()
            : conversation.configuration();
    Node.Service service = new Node.Service(configuration, conversation.ownFile(), adapter);
    Map<String, String> names = new HashMap<>();
    try (Nodes.Client client = nodes.client(service)) {
      for (Conversation.Step step : conversation.steps()) {
        if (step instanceof Conversation.Clock clock) {
          nodes.setClock(clock.now());
        } else if (step instanceof Conversation.Advance advance) {
          nodes.advance(advance.by());
        } else if (step instanceof Conversation.Exchange exchange) {
          take(exchange, conversation, nodes, client, names);
        }
      }
    }
  }

  private static void take(
      Conversation.Exchange exchange,
      Conversation conversation,
      Nodes nodes,
      Nodes.Client client,
      Map<String, String> names)
      throws IOException {
    for (int time = 0; time < exchange.times(); time++) {
      if (time > 0 && !exchange.every().isZero()) {
        nodes.advance(exchange.every());
      }
      names.put("host", client.host());
      Http.Request said = exchange.request();
      Http.Response response =
          client.send(
              new Http.Request(
                  Expectation.filled(said.line(), names), said.headers(), said.body()));
      assertThat(Expectation.text(response))
          .as(
              "%s:%d, exchange %d of %d (the longest pause between two of them was %s ms; what is"
                  + " counted lives for 2 s of real time at least)",
              conversation.file(),
              exchange.line(),
              time + 1,
              exchange.times(),
              client.longestPauseMillis())
          .isEqualTo(
              new Expectation(exchange.response(), time, exchange.times())
                  .against(response, names));
      WellFormed.check(response, nodes.now());
    }
  }
}
