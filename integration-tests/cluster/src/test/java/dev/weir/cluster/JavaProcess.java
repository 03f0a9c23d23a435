package dev.weir.cluster;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Starts small JVMs, each of which logs to a file. */
final class JavaProcess {

  /** Where the logs are. */
  static final Path LOGS = Path.of("target", "nodes");

  private JavaProcess() {}

  /** Starts a JVM; what it logs goes to a file of this name, its standard output to the caller. */
  static Process start(
      String name, String classPath, List<String> options, String main, List<String> arguments)
      throws IOException {
    Files.createDirectories(LOGS);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // small and quick to start: several share the machine with the test
    command.addAll(List.of("-Xmx200m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main));
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectError(Redirect.to(LOGS.resolve(name + ".log").toFile()))
        .start();
  }

  /**
   * Returns a port of 127.0.0.1 that was free a moment ago, and below those that systems give to
   * outgoing connections: some members are started long after their address is chosen.
   */
  static int freePort() throws IOException {
    for (int i = 0; i < 100; i++) {
      int port = ThreadLocalRandom.current().nextInt(10_000, 30_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        // the next one
      }
    }
    throw new IOException("no port between 10000 and 30000 is free");
  }
}
