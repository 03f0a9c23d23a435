package dev.weir.cluster;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
}
