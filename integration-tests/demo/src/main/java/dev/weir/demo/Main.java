package dev.weir.demo;

import dev.weir.config.ConfigurationException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Runs the demo until it is told to stop, by SIGTERM or Ctrl-C. */
public final class Main {

  /** The exit status where the demo cannot start. */
  private static final int FAILED = 1;

  /** The exit status where the options make no sense. */
  private static final int MISUSED = 2;

  private Main() {}

  /**
   * Runs the demo.
   *
   * @param arguments as {@code --help} lists them
   */
  public static void main(String[] arguments) throws InterruptedException {
    if (List.of(arguments).contains("--help")) {
      System.out.println(DemoOptions.HELP);
      return;
    }
    DemoOptions options;
    try {
      options = DemoOptions.parse(List.of(arguments), System.getProperties());
    } catch (IllegalArgumentException misused) {
      System.err.printf("%s%n%nThe options are%n%s%n", misused.getMessage(), DemoOptions.HELP);
      System.exit(MISUSED);
      return;
    }
    System.setProperty("hazelcast.logging.type", "slf4j"); // from its first line on
    Logger.getLogger("").setLevel(Level.WARNING); // Jersey's
    DemoServer server;
    try {
      server = DemoServer.start(options);
    } catch (ConfigurationException | IOException wrong) {
      System.err.println(wrong.getMessage());
      System.exit(FAILED);
      return;
    }
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.close();
                  stopped.countDown();
                },
                "demo-stop"));
    System.out.print(server.greeting());
    System.out.flush();
    // Maven, which may have started this, would take the classes away when this method returns
    stopped.await();
  }
}
