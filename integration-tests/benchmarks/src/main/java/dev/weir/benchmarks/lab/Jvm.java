package dev.weir.benchmarks.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A child JVM of our own class path, which answers each line it is sent with one line and ends when
 * its input does, so also when we end. What it logs goes to a file.
 */
public final class Jvm implements AutoCloseable {

  /** Options of a JVM that lives too shortly to become fast. */
  public static final List<String> QUICK = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private static final String FAULT = "! ";

  /** The part of the time that a warm JVM compiles for at most. */
  private static final double COMPILING = 0.01;

  private final String name;
  private final Path log;
  private final Process process;
  private final PrintStream orders;
  private final BufferedReader answers;

  private Jvm(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
    this.orders = new PrintStream(process.getOutputStream(), true, UTF_8);
    this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /** What a child does with a line. */
  @FunctionalInterface
  public interface Obedience {
    /** Carries out an order and returns the answer, a single line. */
    String obey(String order) throws Exception;
  }

  /**
   * Starts a JVM. It need not be ready yet: what it says first is the answer to the first {@link
   * #await}.
   *
   * @param options of the JVM, such as {@code -Xmx512m}
   */
  public static Jvm start(String name, List<String> options, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of(
            "-Dhazelcast.logging.type=slf4j",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(List.of(arguments));
    try {
      Path log = Files.createTempFile("weir-" + name + "-", ".log");
      log.toFile().deleteOnExit();
      return new Jvm(
          name, log, new ProcessBuilder(command).redirectError(Redirect.to(log.toFile())).start());
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  /**
   * Is a child: says a first word, then obeys until the input ends; ends the JVM then. To be called
   * from {@code main} with what {@link #takeOutput} gave.
   */
  public static void serve(PrintStream answers, String first, Obedience obedience)
      throws IOException {
    answers.println(first);
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    String order;
    while ((order = input.readLine()) != null) {
      String answer;
      try {
        answer = obedience.obey(order);
      } catch (Exception | LinkageError fault) {
        fault.printStackTrace();
        answer = FAULT + fault.toString().replace('\n', ' ');
      }
      answers.println(answer);
    }
    Runtime.getRuntime().halt(0);
  }

  /** Returns standard output for answers alone; whatever libraries print there goes to the log. */
  public static PrintStream takeOutput() {
    PrintStream answers = System.out;
    System.setOut(System.err);
    return answers;
  }

  /** Gives an order and waits for the answer. */
  public String ask(String order) {
    orders.println(order);
    return await();
  }

  /** Waits for an answer. */
  public String await() {
    String answer;
    try {
      answer = answers.readLine();
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
    if (answer == null || answer.startsWith(FAULT)) {
      throw new IllegalStateException(
          "%s: %s%n%s".formatted(name, answer == null ? "ended" : answer, tail()));
    }
    return answer;
  }

  private String tail() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  /** Returns the processor time it has used, to about 10 ms. */
  public Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /**
   * Returns whether JVMs are warm. Those that still compile have that measured with their work.
   *
   * @param compiledMillis for how long they have compiled
   * @param ofMillis in how long a time
   */
  public static boolean isWarm(long compiledMillis, long ofMillis) {
    return compiledMillis <= COMPILING * ofMillis;
  }

  /** Returns for how long this JVM has compiled so far, in milliseconds. */
  public static long compiledMillis() {
    return ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
  }

  /** Ends it. */
  @Override
  public void close() {
    orders.close();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException stop) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
