package dev.weir.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.plan.Account;
import dev.weir.plan.Budget;
import dev.weir.plan.JsonMember;
import dev.weir.plan.Limit;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Plan;
import dev.weir.plan.PlanCatalog;
import dev.weir.plan.Policy;
import dev.weir.plan.SocketLimits;
import dev.weir.plan.SocketPolicy;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import dev.weir.socket.SocketRules.Excess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SocketTest {

  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;
  private static final PartitionKey KEY = new PartitionKey(1, 2);

  private static final String FRAME =
      "{\"type\":\"throttle\",\"message\":\"Message rate exceeded. Slow down.\",\"wait_ms\":{{wait_ms}}}";

  private final FakeNode.World world = new FakeNode.World();
  private final QuotaStore store = world.store();
  private final FakeNode node = new FakeNode(world, store, new Random(1), 0);
  private final List<String> delivered = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  private SocketPolicy policy = policy("10/second", null);

  @Test
  void messages_over_budget_are_dropped_and_the_client_is_told_once_in_a_pause_K11() {
    Socket socket = socket(rules(Excess.DROP));

    world.advance(300 * MILLI);
    send(socket, 25);

    assertThat(delivered).hasSize(10);
    assertThat(told)
        .containsExactly(
            "{\"type\":\"throttle\",\"message\":\"Message rate exceeded. Slow down.\",\"wait_ms\":700}");

    world.advance(700 * MILLI);
    send(socket, 25);

    assertThat(delivered).hasSize(20);
    assertThat(told).hasSize(2);
  }

  @Test
  void messages_over_budget_are_delivered_where_that_is_wanted_and_the_client_is_told_K11() {
    Socket socket = socket(rules(Excess.DELIVER));

    send(socket, 25);

    assertThat(delivered).hasSize(25);
    assertThat(told).hasSize(1);
  }

  @Test
  void a_socket_over_budget_is_closed_where_that_is_wanted() {
    Socket socket = socket(rules(Excess.CLOSE));

    send(socket, 25);

    assertThat(delivered).hasSize(10);
    assertThat(told).containsExactly("closed: Rate limit exceeded.");
  }

  @Test
  void a_plan_on_trial_lets_everything_through_and_says_nothing() {
    policy = new SocketPolicy(policy.messages(), List.of(), OnFailure.LOCAL, true);
    Socket socket = socket(rules(Excess.CLOSE));

    send(socket, 25);

    assertThat(delivered).hasSize(25);
    assertThat(told).isEmpty();
  }

  @Test
  void bytes_are_counted_before_the_application_sees_them_K5() {
    policy = policy(null, "100/second");
    Socket socket = socket(rules(Excess.DROP));

    send(socket, 60, "first");
    send(socket, 60, "too large for what is left");
    send(socket, 40, "fits");
    send(socket, 1, "one too many");

    assertThat(delivered).containsExactly("first", "fits");
  }

  @Test
  void a_message_larger_than_the_budget_never_fits() {
    policy = policy(null, "100/second");
    Socket socket = socket(rules(Excess.DROP));

    send(socket, 101, "too large");
    send(socket, 100, "just fits");

    assertThat(delivered).containsExactly("just fits");
    assertThat(told).hasSize(1);
  }

  @Test
  void a_message_refused_for_its_bytes_costs_no_message() {
    policy = policy("2/second", "100/second");
    Socket socket = socket(rules(Excess.DROP));

    send(socket, 101, "too large");
    send(socket, 1, "one");
    send(socket, 1, "two");

    assertThat(delivered).containsExactly("one", "two");
  }

  @Test
  void the_strictest_of_several_windows_counts() {
    policy =
        new SocketPolicy(budgets("a", "10/second", "15/minute"), List.of(), OnFailure.LOCAL, false);
    Socket socket = socket(rules(Excess.DROP));

    send(socket, 20);
    assertThat(delivered).hasSize(10);
    world.advance(SECOND);
    send(socket, 20);
    assertThat(delivered).hasSize(15);
    world.advance(SECOND);
    send(socket, 20);
    assertThat(delivered).hasSize(15);
    world.advance(60 * SECOND);
    send(socket, 20);
    assertThat(delivered).hasSize(25);
  }

  @Test
  void what_comes_before_the_first_permits_is_held_in_order_and_keeps_no_thread() {
    FakeNode slow = new FakeNode(world, store, new Random(2), 20 * MILLI);
    Socket socket = socket(slow, rules(Excess.DROP));

    for (int i = 0; i < 5; i++) {
      String message = "message " + i;
      socket.receive(1, () -> delivered.add(message));
    }

    assertThat(delivered).isEmpty();
    world.advance(200 * MILLI);
    assertThat(delivered)
        .containsExactly("message 0", "message 1", "message 2", "message 3", "message 4");
  }

  @Test
  void a_client_that_sends_more_than_may_be_held_is_read_no_further() throws Exception { // I7
    FakeNode slow = new FakeNode(world, store, new Random(2), 20 * MILLI);
    Socket socket = socket(slow, rules(Excess.DROP));
    AtomicInteger sent = new AtomicInteger();
    Thread reader =
        new Thread(
            () -> {
              for (int i = 0; i < 100; i++) {
                socket.receive(1, () -> {});
                sent.incrementAndGet();
              }
            });

    reader.start();
    await().until(() -> reader.getState() == Thread.State.WAITING);
    assertThat(sent).hasValue(64);

    socket.close(); // nobody waits for a connection that is over
    reader.join(20_000);
    assertThat(sent).hasValue(100);
  }

  @Test
  void what_a_client_sent_before_it_went_is_delivered_and_then_its_end() {
    FakeNode slow = new FakeNode(world, store, new Random(2), 20 * MILLI);
    Socket socket = socket(slow, rules(Excess.DROP));
    socket.receive(1, () -> delivered.add("first"));
    socket.receive(1, () -> delivered.add("second"));

    socket.end(() -> delivered.add("end"));
    socket.receive(1, () -> delivered.add("late"));
    assertThat(delivered).isEmpty();
    world.advance(200 * MILLI);

    assertThat(delivered).containsExactly("first", "second", "end");
  }

  @Test
  void the_end_of_a_socket_that_holds_nothing_is_told_at_once() {
    Socket socket = socket(rules(Excess.DROP));

    socket.end(() -> delivered.add("end"));

    assertThat(delivered).containsExactly("end");
  }

  @Test
  void an_application_that_closes_over_a_message_gets_no_more_and_the_end_behind_it() {
    FakeNode slow = new FakeNode(world, store, new Random(2), 20 * MILLI);
    Socket socket = socket(slow, rules(Excess.DROP));
    socket.receive(
        1,
        () -> {
          delivered.add("last");
          socket.close();
          socket.end(() -> delivered.add("end")); // as containers do, on the same thread
          delivered.add("of it");
        });
    socket.receive(1, () -> delivered.add("unwanted"));

    world.advance(200 * MILLI);

    assertThat(delivered).containsExactly("last", "of it", "end");
  }

  @Test
  void pongs_keep_their_place_and_cost_nothing() {
    FakeNode slow = new FakeNode(world, store, new Random(2), 20 * MILLI);
    Socket socket = socket(slow, rules(Excess.DROP));
    socket.receive(1, () -> delivered.add("message"));
    for (int i = 0; i < 20; i++) {
      socket.receiveFree(() -> delivered.add("pong"));
    }

    world.advance(200 * MILLI);
    assertThat(delivered).hasSize(21).startsWith("message");

    delivered.clear();
    send(socket, 20);
    world.advance(200 * MILLI);
    assertThat(delivered).hasSize(9);
  }

  @Test
  void what_is_held_is_bounded_by_its_memory_whatever_it_counts_as() throws Exception { // I7
    FakeNode slow = new FakeNode(world, store, new Random(2), 20 * MILLI);
    Socket socket = socket(slow, rules(Excess.DROP));
    AtomicInteger sent = new AtomicInteger();
    Socket.Message large =
        new Socket.Message() {
          @Override
          public void deliver() {}

          @Override
          public long memory() {
            return 400_000;
          }
        };
    Thread reader =
        new Thread(
            () -> {
              for (int i = 0; i < 10; i++) {
                socket.receive(0, large);
                sent.incrementAndGet();
              }
            });

    reader.start();
    await().until(() -> reader.getState() == Thread.State.WAITING);
    assertThat(sent).hasValue(2);

    socket.close();
    reader.join(20_000);
  }

  @Test
  void nothing_held_is_delivered_after_the_end() {
    FakeNode slow = new FakeNode(world, store, new Random(2), 20 * MILLI);
    Socket socket = socket(slow, rules(Excess.DROP));
    socket.receive(1, () -> delivered.add("late"));

    socket.close();
    world.advance(200 * MILLI);

    assertThat(delivered).isEmpty();
  }

  @Test
  void a_client_that_ignores_throttling_is_closed_when_patience_is_over() {
    Socket socket = socket(rules(Excess.DROP, Duration.ofSeconds(3)));

    for (int i = 0; i < 100 && !told.contains("closed: Rate limit exceeded."); i++) {
      world.advance(50 * MILLI);
      send(socket, 1);
      send(socket, 1);
    }

    assertThat(told).contains("closed: Rate limit exceeded.");
    assertThat(told.size()).isBetween(4, 6); // a frame a second, then the end
  }

  @Test
  void a_client_that_ignores_throttling_is_closed_where_excess_is_delivered_too() {
    Socket socket = socket(rules(Excess.DELIVER, Duration.ofSeconds(3)));

    int sent = 0;
    while (sent < 1_000 && !told.contains("closed: Rate limit exceeded.")) {
      world.advance(50 * MILLI);
      send(socket, 1);
      send(socket, 1);
      sent += 2;
    }

    assertThat(told).contains("closed: Rate limit exceeded.");
    assertThat(delivered.size()).isBetween(sent - 2, sent - 1); // not the one it is closed for
  }

  @Test
  void a_client_that_goes_over_its_budget_now_and_then_is_not_closed() {
    Socket socket = socket(rules(Excess.DROP, Duration.ofSeconds(3)));

    for (int i = 0; i < 20; i++) {
      send(socket, 15);
      world.advance(10 * SECOND);
    }

    assertThat(told).hasSize(20).noneMatch(text -> text.startsWith("closed"));
  }

  @Test
  void a_store_that_fails_gives_no_answer_and_is_asked_again_later() {
    boolean[] broken = {true};
    FakeNode failing =
        new FakeNode(world, store, new Random(3), 0) {
          @Override
          public Consumption consume(PartitionKey key, Policy asked) {
            if (broken[0]) {
              calls++;
              throw new IllegalStateException("meant to fail");
            }
            return super.consume(key, asked);
          }
        };
    Socket socket = socket(failing, rules(Excess.DROP));

    send(socket, 3);
    assertThat(delivered).isEmpty();
    assertThat(failing.calls).isLessThan(3);
    broken[0] = false;
    world.advance(200 * MILLI);
    send(socket, 3);

    assertThat(delivered).hasSize(3);
  }

  @Test
  void a_client_that_waits_when_it_is_told_to_is_not_closed() {
    Socket socket = socket(rules(Excess.DROP, Duration.ofSeconds(3)));

    for (int i = 0; i < 20; i++) {
      send(socket, 11);
      world.advance(SECOND);
    }

    assertThat(delivered).hasSize(200);
    assertThat(told).hasSize(20).noneMatch(text -> text.startsWith("closed"));
  }

  @Test
  void another_plan_counts_from_the_next_window_on_at_the_latest_K8() {
    Socket socket = socket(rules(Excess.DROP));
    send(socket, 20);
    assertThat(delivered).hasSize(10);

    policy = policy("30/second", null);
    for (int i = 0; i < 3; i++) {
      world.advance(SECOND);
      send(socket, 40);
    }

    assertThat(delivered.size()).isBetween(10 + 10 + 30 + 30, 10 + 30 + 30 + 30);
  }

  @Test
  void the_sockets_of_a_key_that_is_revoked_are_closed_though_they_are_silent() {
    Socket socket = socket(rules(Excess.DROP));
    policy = Sockets.Sender.NOTHING;

    for (int i = 0; i < 3; i++) {
      world.advance(SECOND);
      socket.watch();
    }
    send(socket, 1);

    assertThat(told).containsExactly("closed: The API key is no longer valid.");
    assertThat(delivered).isEmpty();
  }

  @Test
  void an_exhausted_budget_asks_the_cluster_nothing() {
    Socket socket = socket(rules(Excess.DROP));
    send(socket, 11);
    int calls = node.calls;

    send(socket, 1_000);

    assertThat(node.calls).isEqualTo(calls);
  }

  @Test
  void the_cluster_is_asked_for_slices_and_not_for_messages() {
    policy = policy("1600/second", null);
    Socket socket = socket(rules(Excess.DROP));

    send(socket, 1_600);

    assertThat(delivered).hasSize(1_600);
    assertThat(node.calls).isLessThanOrEqualTo(18);
  }

  @Test
  void without_limits_nothing_is_asked_and_everything_is_delivered() {
    policy = policy(null, null);
    Socket socket = socket(rules(Excess.DROP));

    send(socket, 1_000);

    assertThat(delivered).hasSize(1_000);
    assertThat(node.calls).isZero();
  }

  @Test
  void a_silent_cluster_refuses_where_that_is_wanted_and_is_asked_again() {
    boolean[] silent = {true};
    FakeNode cut =
        new FakeNode(world, store, new Random(3), 0) {
          @Override
          public Consumption consume(PartitionKey key, Policy asked) {
            return silent[0] ? Consumption.UNDECIDED : super.consume(key, asked);
          }
        };
    Socket socket = socket(cut, rules(Excess.DROP));

    send(socket, 3);
    assertThat(delivered).isEmpty();
    assertThat(told).hasSize(1);
    silent[0] = false;
    world.advance(200 * MILLI);
    send(socket, 3);

    assertThat(delivered).hasSize(3);
  }

  @Test
  void text_counts_as_its_utf8_or_as_what_is_decoded_of_it_K5() {
    SocketRules whole = rules(Excess.DROP);
    SocketRules decoded =
        new SocketRules(
            Excess.DROP, Duration.ofMinutes(1), JsonMember.parse("$.audio.data"), FRAME);

    assertThat(whole.bytesOf("abc")).isEqualTo(3);
    assertThat(whole.bytesOf("äöü€")).isEqualTo(9);
    assertThat(whole.bytesOf("{\"audio\":{\"data\":\"AAAA\"}}")).isEqualTo(25);
    assertThat(decoded.bytesOf("{\"audio\":{\"data\":\"AAAA\"}}")).isEqualTo(3);
    assertThat(decoded.bytesOf("{\"audio\":{\"data\":\"AAAAAA==\"}}")).isEqualTo(4);
    assertThat(decoded.bytesOf("{\"audio\":{\"data\":\"AAAAAAA\"}}")).isEqualTo(5);
    assertThat(decoded.bytesOf("{\"audio\":\"none\"}")).isEqualTo(16);
    assertThat(decoded.bytesOf("no JSON")).isEqualTo(7);
  }

  /** Design invariant I1, for what is spent ahead of time: two nodes, calls that take theirs. */
  @Property(tries = 200)
  void no_window_is_ever_over_its_budget_and_a_flood_gets_nearly_all_of_it(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int limit) {
    Random random = new Random(seed);
    policy =
        new SocketPolicy(
            budgets("a", limit + "/second"),
            budgets("b", limit * 100 + "/second"),
            OnFailure.LOCAL,
            false);
    Map<Long, Long> messages = new HashMap<>();
    Map<Long, Long> bytes = new HashMap<>();
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      FakeNode each = new FakeNode(world, store, random, 1 + random.nextLong(3 * MILLI));
      sockets.add(socket(each, rules(Excess.DROP)));
    }
    long step = SECOND / (limit * 2L);
    for (long sent = 0; sent < 5 * SECOND; sent += step) {
      world.advance(step);
      long size = random.nextInt(200);
      sockets
          .get(random.nextInt(2))
          .receive(
              size,
              () -> {
                messages.merge(world.nanos / SECOND, 1L, Long::sum);
                bytes.merge(world.nanos / SECOND, size, Long::sum);
              });
    }
    world.advance(SECOND);

    assertThat(messages.values()).allMatch(count -> count <= limit);
    assertThat(bytes.values()).allMatch(count -> count <= limit * 100L);
    if (limit >= 100) {
      assertThat(messages.values().stream().mapToLong(count -> count).max().orElse(0))
          .isGreaterThan(limit * 7L / 10);
    }
  }

  private static SocketRules rules(Excess excess) {
    return rules(excess, Duration.ofMinutes(5));
  }

  private static SocketRules rules(Excess excess, Duration patience) {
    return new SocketRules(excess, patience, null, FRAME);
  }

  private static SocketPolicy policy(@Nullable String messages, @Nullable String bytes) {
    SocketLimits limits = new SocketLimits(limits(messages), limits(bytes));
    Plan plan = new Plan("p", List.of(), Map.of(), false);
    return new PlanCatalog(List.of(plan), List.of())
        .sockets(plan, Account.of("p").withSockets(limits));
  }

  private static @Nullable List<Limit> limits(@Nullable String limit) {
    return limit == null ? null : List.of(Limit.parse(limit));
  }

  private static List<Budget> budgets(String scope, String... limits) {
    return List.of(limits).stream().map(text -> Budget.of(scope, Limit.parse(text))).toList();
  }

  private Socket socket(SocketRules rules) {
    Socket socket = socket(node, rules);
    world.advance(0);
    return socket;
  }

  private Socket socket(FakeNode on, SocketRules rules) {
    SharedBudget budget = new SharedBudget(KEY, policy, () -> policy, on);
    budget.warmUp();
    return new Socket(
        budget,
        rules,
        on,
        null,
        new Socket.Peer() {
          @Override
          public void send(String text) {
            told.add(text);
          }

          @Override
          public void close(String reason) {
            told.add("closed: " + reason);
          }
        },
        () -> {});
  }

  private void send(Socket socket, int count) {
    for (int i = 0; i < count; i++) {
      send(socket, 1, "message");
    }
  }

  private void send(Socket socket, long size, String message) {
    socket.receive(size, () -> delivered.add(message));
    world.advance(0);
  }
}
