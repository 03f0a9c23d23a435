package dev.weir.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.demo.DemoOptions;
import dev.weir.demo.DemoServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Properties;
import java.util.function.LongSupplier;

/**
 * A demo node whose clock can be set: each line of its input is how many milliseconds it is to be
 * off the machine's. Ends with its input, so also when the one that started it ends.
 */
final class NodeMain {

  /** Counts by a clock that is set, and measures by one that is not, as any machine does. */
  private static final class ShiftedClock implements InstantSource, LongSupplier {

    private volatile long shift;

    @Override
    public Instant instant() {
      return Instant.now().plusMillis(shift);
    }

    @Override
    public long getAsLong() {
      return System.nanoTime();
    }
  }

  private NodeMain() {}

  /**
   * Runs the demo.
   *
   * @param arguments its options
   */
  public static void main(String[] arguments) throws IOException {
    System.setProperty("hazelcast.logging.type", "slf4j");
    ShiftedClock clock = new ShiftedClock();
    DemoServer server =
        DemoServer.start(DemoOptions.parse(List.of(arguments), new Properties()), clock);
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    System.out.println(server.port());
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    String line;
    while ((line = input.readLine()) != null) {
      clock.shift = Long.parseLong(line);
    }
    Runtime.getRuntime().halt(0);
  }
}
