package dev.weir.cluster;

import static org.awaitility.Awaitility.await;

import dev.weir.plan.Policy;
import dev.weir.quota.Balance;
import dev.weir.quota.Consumption;
import dev.weir.quota.FreePort;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.SlotOrder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A cluster of nodes in processes of their own; as a store, it asks each in turn. */
final class Nodes implements QuotaStore {

  private static final int MAX_NODES = 12;

  private final List<String> addresses = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();
  private int started;
  private List<String> clock;

  /** Creates a cluster whose clock stands still until it is set. */
  Nodes(long clockMillis) throws IOException {
    this(List.of(Long.toString(clockMillis)));
  }

  private Nodes(List<String> clock) throws IOException {
    this.clock = clock;
    for (int i = 0; i < MAX_NODES; i++) {
      addresses.add("127.0.0.1:" + FreePort.find());
    }
  }

  /** Creates a cluster by the system's clock, of whose calls some run twice on the owner. */
  static Nodes inRealTime(int twicePerMille) throws IOException {
    return new Nodes(List.of(NodeMain.REAL_TIME, Integer.toString(twicePerMille)));
  }

  /** Starts nodes until there are so many, and waits until each holds its share of the data. */
  Nodes grow(int size) throws IOException {
    while (nodes.size() < size) {
      Node node = start();
      if (nodes.size() == 1) {
        node.describe(); // the others join this one, all at once
      }
    }
    nodes.forEach(Node::describe);
    awaitBalance();
    return this;
  }

  /** Starts a node and does not wait. */
  Node start() throws IOException {
    Node node = new Node(addresses, addresses.get(started++), clock);
    nodes.add(node);
    return node;
  }

  /** Waits until every node owns data and every entry has its backup. */
  void awaitBalance() {
    String balanced = "%d %d true".formatted(nodes.size(), nodes.size());
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions() // Hazelcast's answer while a member is leaving
        .until(() -> nodes.stream().allMatch(node -> node.ask("owners").equals(balanced)));
  }

  List<Node> all() {
    return List.copyOf(nodes);
  }

  /** Forgets a node that has left. */
  void remove(Node node) {
    nodes.remove(node);
  }

  /** Gives every node the same order and returns all answers. */
  List<String> askAll(String... words) {
    List<CompletableFuture<String>> answers =
        nodes.stream().map(node -> node.order(words)).toList();
    return answers.stream().map(Node::await).toList();
  }

  void setClock(long millis) {
    clock = List.of(Long.toString(millis));
    askAll("clock", Long.toString(millis));
  }

  private Node next() {
    return nodes.get(Math.floorMod(turn.getAndIncrement(), nodes.size()));
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy) {
    return next().consume(key, policy);
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy, SlotOrder slot) {
    return next().consume(key, policy, slot);
  }

  @Override
  public void order(PartitionKey key, SlotOrder order) {
    next().order(key, order);
  }

  @Override
  public void settle(PartitionKey key, SlotOrder order, long spentNanos) {
    next().settle(key, order, spentNanos);
  }

  @Override
  public void refund(PartitionKey key, long credits) {
    next().refund(key, credits);
  }

  @Override
  public @Nullable Balance grant(PartitionKey key, Balance stored) {
    return next().grant(key, stored);
  }

  @Override
  public Consumption peek(PartitionKey key, Policy policy) {
    return next().peek(key, policy);
  }

  @Override
  public void close() {
    // all at once, as when a whole application is stopped
    Stream.of(nodes.toArray(Node[]::new)).parallel().forEach(Node::close);
    nodes.clear();
  }
}
