package dev.weir.chaos;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A demo node in a JVM of its own, and what is done to it. Of one thread, but for its state. */
final class Node {

  private final String name;
  private final List<String> options;
  private final Path directory;
  private @Nullable Process process;
  private volatile int port;

  /** Changes whenever something is done to the node: what was under way then does not count. */
  private final AtomicInteger disturbances = new AtomicInteger();

  private volatile boolean up;

  /**
   * Names a node.
   *
   * @param options of the demo
   * @param directory for its files
   */
  Node(String name, List<String> options, Path directory) {
    this.name = name;
    this.options = options;
    this.directory = directory;
  }

  String name() {
    return name;
  }

  int port() {
    return port;
  }

  boolean isUp() {
    return up;
  }

  int disturbances() {
    return disturbances.get();
  }

  /** Starts it and waits until it serves. */
  void start() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(NodeMain.class.getName());
    command.addAll(options);
    ProcessBuilder builder = new ProcessBuilder(command);
    Path log = directory.resolve(name + ".log");
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process started = builder.start();
    process = started;
    String ready = started.inputReader().readLine();
    if (ready == null) {
      throw new IOException(name + " did not start; see " + log);
    }
    port = Integer.parseInt(ready);
    up = true;
  }

  /** Sets its clock that many milliseconds off the machine's, from now on. */
  void shiftClock(long millis) throws IOException {
    BufferedWriter orders = running().outputWriter();
    orders.write(Long.toString(millis));
    orders.newLine();
    orders.flush();
  }

  /** Ends it without a chance to say good-bye. */
  void kill() throws InterruptedException {
    disturb();
    Process running = running();
    running.destroyForcibly();
    running.waitFor();
  }

  /** Has it leave in good order. */
  void leave() throws InterruptedException {
    disturb();
    Process running = running();
    running.destroy();
    if (!running.waitFor(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(name + " does not stop");
    }
  }

  /** Stops its threads where they are. */
  void freeze() throws IOException, InterruptedException {
    disturb();
    signal("STOP");
  }

  void thaw() throws IOException, InterruptedException {
    signal("CONT");
    disturbances.incrementAndGet();
    up = true;
  }

  private void disturb() {
    up = false;
    disturbances.incrementAndGet();
  }

  private void signal(String signal) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, Long.toString(running().pid())).start().waitFor();
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException(name + " was never started");
    }
    return process;
  }

  /** Ends it, whatever state it is in. */
  void destroy() {
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
