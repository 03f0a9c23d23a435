package dev.weir.conversations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.demo.DemoOptions.Adapter;
import dev.weir.plan.Limit;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Accounts that change while they are in use, in a directory of the application's own. Each change
 * is followed by one request to each of three nodes.
 */
@ExtendWith(Nodes.Extension.class)
class ChangedAccountsIT {

  private static final String KEY = "customer-7";
  private static final Http.Request SESSION =
      Http.Request.get("/v1/sessions/sess_1", "Authorization: Bearer " + KEY);
  private static final Http.Request MEETINGS =
      Http.Request.get("/v1/meetings", "Authorization: Bearer " + KEY);

  @ParameterizedTest
  @EnumSource(Adapter.class)
  void a_changed_plan_applies_to_the_next_request_on_every_node(Adapter adapter, Nodes nodes)
      throws IOException { // K8, R12
    start(nodes);
    nodes.setAccount(KEY, "free", null);
    try (Nodes.Client client = nodes.client(service("kallglot", adapter))) {
      for (int used = 1; used <= 60; used++) {
        assertAllowed(client.send(SESSION), 60, 60 - used);
      }
      assertRefused(client.send(SESSION), 60);

      nodes.setAccount(KEY, "starter", null);
      for (int used = 61; used <= 63; used++) {
        assertAllowed(client.send(SESSION), 120, 120 - used);
      }

      nodes.setAccount(KEY, "pro", null);
      for (int used = 64; used <= 66; used++) {
        assertAllowed(client.send(SESSION), 600, 600 - used);
      }

      nodes.setAccount(KEY, "free", null);
      for (int i = 0; i < 3; i++) {
        assertRefused(client.send(SESSION), 60);
      }

      nodes.setAccount(KEY, "starter", null);
      for (int used = 67; used <= 69; used++) {
        assertAllowed(client.send(SESSION), 120, 120 - used);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Adapter.class)
  void what_is_used_stays_used_under_any_limit(Adapter adapter, Nodes nodes)
      throws IOException { // R12
    start(nodes);
    try (Nodes.Client client = nodes.client(service("kallglot", adapter))) {
      setLimits(nodes, "free", "100/minute");
      assertAllowed(client.send(SESSION), 100, 99);
      assertAllowed(client.send(SESSION), 100, 98);

      setLimits(nodes, "free", "10/minute");
      for (int used = 3; used <= 5; used++) {
        assertAllowed(client.send(SESSION), 10, 10 - used);
      }

      setLimits(nodes, "free", "1/minute");
      for (int i = 0; i < 3; i++) {
        assertRefused(client.send(SESSION), 1);
      }

      setLimits(nodes, "free", "200/minute");
      for (int used = 6; used <= 8; used++) {
        assertAllowed(client.send(SESSION), 200, 200 - used);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Adapter.class)
  void limits_are_raised_while_a_key_runs_into_them(Adapter adapter, Nodes nodes)
      throws IOException { // M7
    start(nodes);
    nodes.setAccount(KEY, "default", null);
    try (Nodes.Client client = nodes.client(service("burst-sustained", adapter))) {
      for (int used = 1; used <= 10; used++) {
        assertAllowed(client.send(MEETINGS), 10, 10 - used);
      }
      Http.Response refused = client.send(MEETINGS);
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("Retry-After")).isEqualTo("1");

      setLimits(nodes, "default", "40/second sliding-log", "60/minute token-bucket");
      for (int used = 11; used <= 40; used++) {
        assertAllowed(client.send(MEETINGS), 40, 40 - used);
      }

      setLimits(nodes, "default", "100/second sliding-log", "90/minute token-bucket");
      for (int used = 41; used <= 90; used++) {
        // of the bucket fewer are left than of the burst
        assertAllowed(client.send(MEETINGS), 90, 90 - used);
      }
      assertThat(client.send(MEETINGS).status()).isEqualTo(429);
    }
  }

  private static void start(Nodes nodes) throws IOException {
    nodes.reset(3);
    nodes.setClock(Instant.parse("2024-03-26T12:00:30Z"));
  }

  private static Node.Service service(String profile, Adapter adapter) {
    return new Node.Service(profile, false, adapter);
  }

  private static void setLimits(Nodes nodes, String plan, String... limits) throws IOException {
    nodes.setAccount(KEY, plan, Arrays.stream(limits).map(Limit::parse).toList());
  }

  private static void assertAllowed(Http.Response response, long limit, long remaining) {
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.number("X-RateLimit-Limit")).isEqualTo(limit);
    assertThat(response.number("X-RateLimit-Remaining")).isEqualTo(remaining);
  }

  private static void assertRefused(Http.Response response, long limit) {
    assertThat(response.status()).isEqualTo(429);
    assertThat(response.number("X-RateLimit-Limit")).isEqualTo(limit);
    assertThat(response.header("X-RateLimit-Remaining")).isEqualTo("0");
    assertThat(response.header("Retry-After")).isEqualTo("30");
  }
}
