package dev.weir.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * On a PostgreSQL of its own, for which the machine has to have one installed: {@code -Ppostgres}.
 */
class CreditsOnPostgresCampaign extends CreditsScenario {

  private static Path data;
  private static int port;

  @BeforeAll
  static void startDatabase() throws Exception {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    data = Files.createTempDirectory("weir-postgres");
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxrwxrwx"));
    run("initdb", "--auth=trust", "--username=weir", "--pgdata=" + data.resolve("db"));
    String options = "-p %d -k %s -c listen_addresses=127.0.0.1".formatted(port, data);
    run(
        "pg_ctl",
        "--pgdata=" + data.resolve("db"),
        "--log=" + data.resolve("log"),
        "--options=" + options,
        "--wait",
        "start");
  }

  @AfterAll
  static void stopDatabase() throws Exception {
    run("pg_ctl", "--pgdata=" + data.resolve("db"), "--mode=immediate", "--wait", "stop");
  }

  @Override
  String url() {
    return "jdbc:postgresql://127.0.0.1:%d/postgres?user=weir".formatted(port);
  }

  /** Runs a command of the newest PostgreSQL, which does not let itself be run by root. */
  private static void run(String command, String... arguments) throws Exception {
    List<String> words = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      words.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    words.add(binaries().resolve(command).toString());
    words.addAll(Arrays.asList(arguments));
    Path said = Files.createTempFile("weir-postgres", ".log");
    Process process =
        new ProcessBuilder(words)
            .directory(data.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    if (!process.waitFor(60, SECONDS) || process.exitValue() != 0) {
      throw new IOException("%s: %s".formatted(words, Files.readString(said, UTF_8)));
    }
  }

  private static Path binaries() throws IOException {
    Path versions = Path.of("/usr/lib/postgresql");
    if (!Files.isDirectory(versions)) {
      throw new IOException("no PostgreSQL is installed: apt-get install postgresql");
    }
    try (Stream<Path> all = Files.list(versions)) {
      return all.max(Comparator.naturalOrder()).orElseThrow().resolve("bin");
    }
  }
}
