package dev.weir.conversations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.demo.DemoOptions.Adapter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One second after a burst refusal one retry is admitted, wherever in a second that is (M2). */
@ExtendWith(Nodes.Extension.class)
class BurstPhasesIT {

  private static final Instant START = Instant.parse("2024-03-26T12:00:00Z");

  /** Time enough for the minute's budget to recover. */
  private static final Duration REST = Duration.ofMinutes(2);

  /** No divisor of a second, so that the phases are evenly spread but not regular. */
  private static final int STEP_MILLIS = 13;

  private static final Http.Request MEETINGS =
      Http.Request.get("/v1/meetings", "Authorization: Bearer demo-default-1");

  @Test
  void after_a_burst_at_once(Nodes nodes) throws IOException { // M1, M2
    nodes.reset(3);
    Instant at = START;
    try (Nodes.Client client = client(nodes)) {
      for (int phase = 0; phase < 1000; phase += STEP_MILLIS) {
        at = at.plus(REST);
        nodes.setClock(at.plusMillis(phase));
        assertAdmitted(client, 10);
        assertRefused(client);
        nodes.advance(Duration.ofSeconds(1));
        assertAdmitted(client, 1);
      }
    }
  }

  @Test
  void after_a_burst_spread_over_most_of_a_second(Nodes nodes) throws IOException { // M2
    nodes.reset(3);
    Instant at = START;
    try (Nodes.Client client = client(nodes)) {
      for (int phase = 0; phase < 1000; phase += STEP_MILLIS) {
        at = at.plus(REST);
        nodes.setClock(at.plusMillis(phase));
        assertAdmitted(client, 4);
        nodes.advance(Duration.ofMillis(450));
        assertAdmitted(client, 6);
        nodes.advance(Duration.ofMillis(549));
        assertRefused(client);
        // a millisecond later the first four are a second old
        nodes.advance(Duration.ofMillis(1));
        assertAdmitted(client, 4);
        assertRefused(client);
        nodes.advance(Duration.ofSeconds(1));
        assertAdmitted(client, 1);
      }
    }
  }

  private static Nodes.Client client(Nodes nodes) throws IOException {
    return nodes.client(new Node.Service("burst-sustained", false, Adapter.SERVLET));
  }

  private static void assertAdmitted(Nodes.Client client, int requests) throws IOException {
    for (int i = 0; i < requests; i++) {
      assertThat(client.send(MEETINGS).status()).isEqualTo(200);
    }
  }

  private static void assertRefused(Nodes.Client client) throws IOException {
    Http.Response refused = client.send(MEETINGS);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.header("Retry-After")).isEqualTo("1"); // R6
  }
}
