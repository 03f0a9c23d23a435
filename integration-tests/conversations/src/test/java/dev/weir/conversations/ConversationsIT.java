package dev.weir.conversations;

import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weir.demo.DemoOptions.Adapter;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
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

  @TestFactory
  Stream<DynamicNode> every_answer_is_the_one_in_the_file(Nodes nodes) throws IOException {
    List<Conversation> conversations = Conversation.all();
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

  private static void hold(Conversation conversation, Adapter adapter, Nodes nodes, int size)
      throws IOException {
    nodes.reset(size);
    Node.Service service =
        new Node.Service(
            conversation.ownFile()
                ? "classpath:" + conversation.resource()
                : conversation.configuration(),
            conversation.ownFile(),
            adapter);
    try (Nodes.Client client = nodes.client(service)) {
      conversation.hold(client);
    }
  }
}
