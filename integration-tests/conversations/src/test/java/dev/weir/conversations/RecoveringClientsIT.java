package dev.weir.conversations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.demo.DemoOptions.Adapter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients as they are found in the wild, each with its own idea of when to come back. */
@ExtendWith(Nodes.Extension.class)
class RecoveringClientsIT {

  /** Each client is after this many answers. */
  private static final int WANTED = 130;

  private static final String PROFILES =
      """
      kallglot,         demo-free-1,     /v1/sessions/sess_1
      kallglot,         demo-starter-1,  /v1/recordings/rec_1
      kallglot-credits, demo-free-1,     /v1/sessions/sess_1
      talkpilot,        demo-default-1,  /agents/agent_1
      talkpilot,        demo-custom,     /agents/agent_1
      boltcall,         demo-starter-1,  /v1/leads
      burst-sustained,  demo-default-1,  /v1/meetings
      problem-json,     demo-large-1,    /v1/orders
      problem-json,     demo-large-1,    /v1/reports/1
      default,          demo-small-1,    /v1/orders
      """;

  /** A caller, its clock, and what has become of its requests. */
  private static final class Caller implements AutoCloseable {

    private final Nodes nodes;
    private final Nodes.Client client;
    private final Http.Request request;
    private int answered;
    private int refusedInARow;

    Caller(Nodes nodes, String profile, String key, String path) throws IOException {
      nodes.reset(3);
      nodes.setClock(Instant.parse("2024-03-26T12:00:41.337Z"));
      this.nodes = nodes;
      this.client = nodes.client(new Node.Service(profile, false, Adapter.SERVLET));
      String header = profile.equals("talkpilot") ? "X-API-Key: " : "Authorization: Bearer ";
      this.request = Http.Request.get(path, header + key);
    }

    boolean isSatisfied() {
      return answered == WANTED;
    }

    Http.Response send() throws IOException {
      nodes.advance(Duration.ofMillis(20));
      Http.Response response = client.send(request);
      assertThat(response.status()).isIn(200, 429);
      if (response.status() == 200) {
        answered++;
        refusedInARow = 0;
      } else {
        refusedInARow++;
      }
      return response;
    }

    void sleepSeconds(long seconds) throws IOException {
      nodes.advance(Duration.ofSeconds(seconds));
    }

    long nowMillis() {
      return nodes.now().toEpochMilli();
    }

    @Override
    public void close() throws IOException {
      client.close();
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = PROFILES)
  void one_that_waits_for_retry_after(String profile, String key, String path, Nodes nodes)
      throws IOException { // R6: parsed as parseInt does, so a date or a fraction would break it
    try (Caller caller = new Caller(nodes, profile, key, path)) {
      while (!caller.isSatisfied()) {
        Http.Response response = caller.send();
        if (response.status() == 429) {
          assertThat(caller.refusedInARow).isEqualTo(1);
          caller.sleepSeconds(Integer.parseInt(String.valueOf(response.header("Retry-After"))));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = PROFILES)
  void one_that_waits_for_the_reset_when_few_are_left(
      String profile, String key, String path, Nodes nodes) throws IOException { // R4, R7
    try (Caller caller = new Caller(nodes, profile, key, path)) {
      while (!caller.isSatisfied()) {
        Http.Response response = caller.send();
        assertThat(caller.refusedInARow).isLessThanOrEqualTo(1);
        if (response.number("X-RateLimit-Remaining") <= 5) {
          long wait = response.number("X-RateLimit-Reset") * 1000 - caller.nowMillis();
          caller.nodes.advance(Duration.ofMillis(Math.max(0, wait)));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          kallglot,         demo-free-1,     /v1/sessions/sess_1
          kallglot,         demo-starter-1,  /v1/recordings/rec_1
          kallglot-credits, demo-free-1,     /v1/sessions/sess_1
          talkpilot,        demo-default-1,  /agents/agent_1
          boltcall,         demo-starter-1,  /v1/leads
          burst-sustained,  demo-default-1,  /v1/meetings
          problem-json,     demo-large-1,    /v1/orders
          default,          demo-small-1,    /v1/orders
          """)
  void one_that_backs_off_twice_as_long_each_time(
      String profile, String key, String path, Nodes nodes) throws IOException {
    try (Caller caller = new Caller(nodes, profile, key, path)) {
      while (!caller.isSatisfied()) {
        if (caller.send().status() == 429) {
          // 1 + 2 + 4 + 8 + 16 + 16 + 16 = 63 s: a minute's window is over by then
          assertThat(caller.refusedInARow).isLessThanOrEqualTo(7);
          caller.sleepSeconds(Math.min(16, 1L << (caller.refusedInARow - 1)));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = PROFILES)
  void one_that_believes_a_429_only_if_remaining_is_the_string_0(
      String profile, String key, String path, Nodes nodes) throws IOException { // R7
    try (Caller caller = new Caller(nodes, profile, key, path)) {
      while (!caller.isSatisfied()) {
        Http.Response response = caller.send();
        if (response.status() == 429) {
          assertThat(response.header("X-RateLimit-Remaining")).isEqualTo("0");
          assertThat(caller.refusedInARow).isEqualTo(1);
          // Octokit's plugin waits until the reset, and a second to be sure
          long wait = response.number("X-RateLimit-Reset") * 1000 - caller.nowMillis();
          caller.sleepSeconds(Math.max(0, -Math.floorDiv(-wait, 1000L)) + 1);
        }
      }
    }
  }
}
