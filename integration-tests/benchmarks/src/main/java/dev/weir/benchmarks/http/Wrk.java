package dev.weir.benchmarks.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Drives by the program of this name, with one thread and 32 connections. */
final class Wrk implements Driver {

  private static final Pattern TOTAL = Pattern.compile("(\\d+) requests in ([\\d.]+)(us|ms|s|m),");
  private static final Pattern REFUSED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
  private static final Pattern ERRORS =
      Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

  private final Path script;

  private Wrk(Path script) {
    this.script = script;
  }

  /** Returns the driver, or null if the program is not installed. */
  static @Nullable Wrk find() {
    try {
      new ProcessBuilder("wrk", "--version").redirectErrorStream(true).start().destroy();
    } catch (IOException absent) {
      return null;
    }
    try (InputStream source = Wrk.class.getResourceAsStream("keys.lua")) {
      if (source == null) {
        throw new IllegalStateException("keys.lua is missing");
      }
      Path script = Files.createTempFile("weir-", ".lua");
      script.toFile().deleteOnExit();
      Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
      return new Wrk(script);
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  /** The program knows how long, but not how many: up to a number it runs a second at a time. */
  @Override
  public Drive drive(int port, String prefix, int keys, Duration length, long requests) {
    if (requests == 0) {
      return drive(port, prefix, keys, length);
    }
    Drive all = new Drive(0, 0, 0);
    while (all.requests() < requests && all.seconds() < length.toSeconds()) {
      all = all.plus(drive(port, prefix, keys, Duration.ofSeconds(1)));
    }
    return all;
  }

  private Drive drive(int port, String prefix, int keys, Duration length) {
    List<String> command =
        List.of(
            "wrk",
            "--threads=1",
            "--connections=32",
            "--duration=%ds".formatted(length.toSeconds()),
            "--script=" + script,
            "http://127.0.0.1:" + port,
            "--",
            prefix,
            Integer.toString(keys));
    try {
      Process wrk = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output;
      try {
        output = new String(wrk.getInputStream().readAllBytes(), UTF_8);
      } finally {
        wrk.destroy();
      }
      return read(output);
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  private static Drive read(String output) {
    Matcher total = TOTAL.matcher(output);
    Matcher errors = ERRORS.matcher(output);
    if (!total.find() || errors.find()) {
      throw new IllegalStateException("wrk says\n" + output);
    }
    Matcher refused = REFUSED.matcher(output);
    double unit =
        switch (total.group(3)) {
          case "us" -> 1e-6;
          case "ms" -> 1e-3;
          case "m" -> 60;
          default -> 1;
        };
    return new Drive(
        Long.parseLong(total.group(1)),
        refused.find() ? Long.parseLong(refused.group(1)) : 0,
        Double.parseDouble(total.group(2)) * unit);
  }
}
