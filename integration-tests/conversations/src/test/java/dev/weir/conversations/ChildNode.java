package dev.weir.conversations;

import dev.weir.demo.DemoOptions.Adapter;
import dev.weir.plan.Limit;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A node in a JVM of its own, told what to do by lines of text on its standard input. It ends when
 * that ends, so also when this JVM does.
 */
final class ChildNode implements Node {

  /** Marks an answer, as libraries might print something too. */
  private static final String ANSWER = "= ";

  private static final String NO_LIMITS_OF_ITS_OWN = "-";

  private final Process process;
  private final Path log;
  private final Writer commands;
  private final BufferedReader answers;

  /** Starts a JVM with a member in it; {@link #awaitStart} waits until it has joined. */
  ChildNode(List<String> members, String member) throws IOException {
    log = Path.of("target", "node-" + member.substring(member.indexOf(':') + 1) + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // these live for seconds: what they have to do must be done soon, not fast
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ChildNode.class.getName(), String.join(",", members), member));
    File file = log.toFile();
    process = new ProcessBuilder(command).redirectError(file).start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  void awaitStart() throws IOException {
    answer();
  }

  @Override
  public void setClock(Instant now) throws IOException {
    ask("clock", Long.toString(now.toEpochMilli()));
  }

  @Override
  public void forget(long conversation) throws IOException {
    ask("forget", Long.toString(conversation));
  }

  @Override
  public int portOf(Service service) throws IOException {
    return Integer.parseInt(
        ask(
            "serve",
            service.configuration(),
            Boolean.toString(service.ownFile()),
            service.adapter().name()));
  }

  @Override
  public void setAccount(String key, String plan, @Nullable List<Limit> limits) throws IOException {
    ask(
        "account",
        key,
        plan,
        limits == null
            ? NO_LIMITS_OF_ITS_OWN
            : String.join(",", limits.stream().map(Limit::toString).toList()));
  }

  private String ask(String... words) throws IOException {
    commands.write(String.join("\t", words) + "\n");
    commands.flush();
    return answer();
  }

  private String answer() throws IOException {
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith(ANSWER)) {
        return line.substring(ANSWER.length());
      }
    }
    throw new IOException("the node ended; it says why in " + log.toAbsolutePath());
  }

  /** Has the node leave the cluster, and waits until its process has ended. */
  @Override
  public void close() throws IOException {
    commands.close();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("the node did not end in time; see " + log.toAbsolutePath());
      }
    } catch (InterruptedException stop) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Runs in the new JVM. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = System.out;
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (LocalNode node = new LocalNode(List.of(arguments[0].split(",")), arguments[1])) {
      out.println(ANSWER + "joined");
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(ANSWER + obey(node, line.split("\t")));
      }
    }
  }

  private static String obey(LocalNode node, String[] words) throws IOException {
    switch (words[0]) {
      case "clock" -> node.setClock(Instant.ofEpochMilli(Long.parseLong(words[1])));
      case "forget" -> node.forget(Long.parseLong(words[1]));
      case "serve" -> {
        Service service =
            new Service(words[1], Boolean.parseBoolean(words[2]), Adapter.valueOf(words[3]));
        return Integer.toString(node.portOf(service));
      }
      case "account" ->
          node.setAccount(
              words[1],
              words[2],
              words[3].equals(NO_LIMITS_OF_ITS_OWN)
                  ? null
                  : Arrays.stream(words[3].split(",")).map(Limit::parse).toList());
      default -> throw new IllegalArgumentException("no such command: " + words[0]);
    }
    return "done";
  }
}
