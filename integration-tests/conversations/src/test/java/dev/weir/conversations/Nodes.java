package dev.weir.conversations;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.weir.plan.Limit;
import dev.weir.quota.FreePort;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The cluster that all tests of this module use in turn: the first node in this JVM, the others in
 * JVMs of their own, one clock for all of them.
 */
final class Nodes implements AutoCloseable {

  /** Gives every test method that asks for it the one cluster there is. */
  static final class Extension implements ParameterResolver {

    private static final ExtensionContext.Namespace NAMESPACE =
        ExtensionContext.Namespace.create(Nodes.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Nodes.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(NAMESPACE)
          .getOrComputeIfAbsent(Nodes.class, type -> new Nodes(), Nodes.class);
    }
  }

  /** No more than this ever run at once. */
  static final int MOST = 3;

  private final List<Node> nodes = new ArrayList<>();
  private List<String> members = List.of();
  private Instant now = Instant.EPOCH;
  private long conversation;

  /** Has so many nodes run, and forgets whatever has been counted. */
  void reset(int size) throws IOException {
    if (nodes.size() > size) {
      close();
    }
    if (nodes.isEmpty()) {
      members = new ArrayList<>();
      while (members.size() < MOST) {
        members.add("127.0.0.1:" + FreePort.find());
      }
      nodes.add(new LocalNode(members, members.get(0)));
    }
    List<ChildNode> joining = new ArrayList<>();
    for (int i = nodes.size(); i < size; i++) {
      ChildNode node = new ChildNode(members, members.get(i));
      nodes.add(node);
      joining.add(node);
    }
    for (ChildNode node : joining) {
      node.awaitStart();
    }
    forget();
  }

  private void forget() throws IOException {
    HazelcastInstance member = Hazelcast.getAllHazelcastInstances().iterator().next();
    if (member.getCluster().getMembers().size() != nodes.size()) {
      throw new IllegalStateException("the cluster is " + member.getCluster().getMembers());
    }
    member.getMap(LocalNode.MAP).clear();
    conversation++;
    for (Node node : nodes) {
      node.forget(conversation);
    }
  }

  /** Sets the clocks of all nodes. */
  void setClock(Instant newNow) throws IOException {
    now = newNow;
    for (Node node : nodes) {
      node.setClock(newNow);
    }
  }

  /** Has time go by on all nodes. */
  void advance(Duration by) throws IOException {
    setClock(now.plus(by));
  }

  Instant now() {
    return now;
  }

  /** Puts an account into the directories of all nodes. */
  void setAccount(String key, String plan, @Nullable List<Limit> limits) throws IOException {
    for (Node node : nodes) {
      node.setAccount(key, plan, limits);
    }
  }

  /** Returns the port of a demo server on each node. */
  List<Integer> ports(Node.Service service) throws IOException {
    List<Integer> ports = new ArrayList<>();
    for (Node node : nodes) {
      ports.add(node.portOf(service));
    }
    return ports;
  }

  /** Returns a client that asks one node after the other. */
  Client client(Node.Service service) throws IOException {
    List<Http> connections = new ArrayList<>();
    for (int port : ports(service)) {
      connections.add(new Http(port));
    }
    return new Client(connections);
  }

  /** Asks one node after the other, in turn, one request at a time. */
  final class Client implements Partner, AutoCloseable {

    private final List<Http> connections;
    private int sent;
    private long lastSent;
    private long longestPause;

    private Client(List<Http> connections) {
      this.connections = connections;
    }

    @Override
    public void setClock(Instant newNow) throws IOException {
      Nodes.this.setClock(newNow);
    }

    @Override
    public void advance(Duration by) throws IOException {
      Nodes.this.advance(by);
    }

    @Override
    public void check(Http.Response response) throws IOException {
      WellFormed.check(response, now);
    }

    @Override
    public String circumstances() {
      return " (the longest pause between two of them was %d ms; what is counted lives for 2 s of real time at least)"
          .formatted(TimeUnit.NANOSECONDS.toMillis(longestPause));
    }

    @Override
    public String host() {
      return next().host();
    }

    @Override
    public Http.Response send(Http.Request request) throws IOException {
      long now = System.nanoTime();
      longestPause = Math.max(longestPause, sent == 0 ? 0 : now - lastSent);
      lastSent = now;
      Http connection = next();
      sent++;
      return connection.send(request);
    }

    private Http next() {
      return connections.get(sent % connections.size());
    }

    @Override
    public void close() throws IOException {
      for (Http connection : connections) {
        connection.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    // the one in this JVM last: it takes over what the others have counted
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).close();
    }
    nodes.clear();
  }
}
