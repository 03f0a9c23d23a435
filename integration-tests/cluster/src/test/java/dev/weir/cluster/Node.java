package dev.weir.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.plan.Policy;
import dev.weir.quota.Balance;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.SlotOrder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A {@link NodeMain} in a process of its own, as a store. */
final class Node implements QuotaStore {

  private static final long BOUND_SECONDS = 60;

  private final String member;
  private final Process process;
  private final PrintStream orders;
  private final Map<String, CompletableFuture<String>> answers = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final CompletableFuture<String> started = new CompletableFuture<>();

  /** Starts a node, by a clock as {@link NodeMain} has it; {@link #describe} waits for it. */
  Node(List<String> members, String member, List<String> clock) throws IOException {
    this.member = member;
    answers.put("@0", started);
    this.process =
        JavaProcess.start(
            "node-" + member.substring(member.indexOf(':') + 1),
            System.getProperty("java.class.path"),
            List.of(),
            NodeMain.class.getName(),
            Stream.concat(Stream.of(String.join(",", members), member), clock.stream()).toList());
    this.orders = new PrintStream(process.getOutputStream(), true, UTF_8);
    Thread reader = new Thread(this::read, "answers of " + member);
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        int tab = line.indexOf('\t');
        CompletableFuture<String> answer = answers.remove(line.substring(0, Math.max(0, tab)));
        if (answer != null) {
          answer.complete(line.substring(tab + 1));
        }
      }
    } catch (IOException ended) {
      // as below
    }
    answers
        .values()
        .forEach(
            answer ->
                answer.completeExceptionally(
                    new IllegalStateException(
                        "node %s has ended; see %s".formatted(member, JavaProcess.LOGS))));
  }

  /** Gives an order; the answer may be waited for. */
  CompletableFuture<String> order(String... words) {
    String id = Long.toString(lastId.incrementAndGet());
    CompletableFuture<String> answer = new CompletableFuture<>();
    answers.put("@" + id, answer);
    synchronized (orders) {
      orders.println(id + "\t" + String.join("\t", words));
    }
    return answer.thenApply(
        text -> {
          if (text.startsWith("!")) {
            throw new IllegalStateException("node %s: %s".formatted(member, text));
          }
          return text;
        });
  }

  /** Gives an order and waits for the answer. */
  String ask(String... words) {
    return await(order(words));
  }

  static <T> T await(CompletableFuture<T> answer) {
    return answer.orTimeout(BOUND_SECONDS, TimeUnit.SECONDS).join();
  }

  String member() {
    return member;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy) {
    return Text.consumption(ask("consume", Text.of(key), Text.of(policy)), policy);
  }

  @Override
  public Consumption consume(PartitionKey key, Policy policy, SlotOrder slot) {
    return Text.consumption(ask("consume", Text.of(key), Text.of(policy), Text.of(slot)), policy);
  }

  @Override
  public void order(PartitionKey key, SlotOrder order) {
    ask("order", Text.of(key), Text.of(order));
  }

  @Override
  public void settle(PartitionKey key, SlotOrder order, long spentNanos) {
    ask("settle", Text.of(key), Text.of(order));
  }

  @Override
  public void refund(PartitionKey key, long credits) {
    ask("refund", Text.of(key), Long.toString(credits));
  }

  @Override
  public @Nullable Balance grant(PartitionKey key, Balance stored) {
    return Text.balance(ask("grant", Text.of(key), Text.of(stored)));
  }

  @Override
  public Consumption peek(PartitionKey key, Policy policy) {
    return Text.consumption(ask("peek", Text.of(key), Text.of(policy)), policy);
  }

  @Override
  public String describe() {
    return await(started);
  }

  /** Kills the process, as {@code kill -9} does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Closes the store, which takes the member out of its cluster, and ends the process. */
  @Override
  public void close() {
    if (process.isAlive()) {
      try {
        ask("close");
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
