package dev.weir.conversations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A file of requests and the exact responses to them.
 *
 * <pre>{@code
 * # What follows a hash at the start of a line is for the reader.
 * profile kallglot                the demo's configuration, or: config FILE, one beside this file
 * clock 2024-03-26T12:00:30Z      what time it is, on all nodes
 * advance 500ms                   some time later: ms, s, m or h
 *
 * repeat 2 every 1s               how often the next exchange takes place, and the time in between
 * > POST /v1/sessions             the request line, without the version
 * > X-API-Key: demo-free-1        headers; Host and Content-Length are understood
 * >
 * > {"a":1}                       the body
 * < 201                           the status
 * < X-RateLimit-Remaining: 59..58 all headers, in any order; a range moves by one each time
 * < Location: http://<<host>>/v1/sessions/<<id=sess_[a-z0-9]+>>
 * <
 * < {"id":"<<id>>"}               the body, if there is one
 * }</pre>
 *
 * <p>{@code <<name=regex>>} in a response stands for any text of that form and names it, {@code
 * <<=regex>>} does not; {@code <<name>>} stands for that text. {@code <<host>>} is the server
 * asked. Not compared are the headers that say nothing of a decision: {@link #UNTOLD}.
 *
 * @param file the name of the file
 * @param configuration a profile of the demo, or a configuration file
 * @param ownFile whether it is a file
 * @param steps what happens, in order
 */
public record Conversation(String file, String configuration, boolean ownFile, List<Step> steps) {

  private static final String DIRECTORY = "conversations";

  /** Headers that the web server adds to whatever is answered; in lower case. */
  static final List<String> UNTOLD =
      List.of("date", "server", "content-length", "transfer-encoding", "connection");

  /** Something that happens in a conversation. */
  public sealed interface Step permits Clock, Advance, Exchange {}

  /** It is now this time. */
  public record Clock(Instant now) implements Step {}

  /** Time goes by. */
  public record Advance(Duration by) implements Step {}

  /**
   * Requests, all alike, and their responses.
   *
   * @param line where it stands in the file
   * @param times how often it takes place
   * @param every the time between two of them
   * @param request the request
   * @param response what has to come back
   */
  public record Exchange(
      int line, int times, Duration every, Http.Request request, List<String> response)
      implements Step {}

  /** Reads a file, line by line. */
  private static final class Reader {

    private final String file;
    private final List<String> lines;
    private final List<Step> steps = new ArrayList<>();
    private @Nullable String configuration;
    private boolean ownFile;
    private int times = 1;
    private Duration every = Duration.ZERO;
    private int at;

    Reader(String file, String text) {
      this.file = file;
      this.lines = text.lines().toList();
    }

    Conversation read() {
      while (at < lines.size()) {
        String line = lines.get(at).strip();
        if (line.startsWith(">")) {
          steps.add(exchange());
          times = 1;
          every = Duration.ZERO;
        } else {
          if (!line.isEmpty() && !line.startsWith("#")) {
            directive(line.split("\\s+"));
          }
          at++;
        }
      }
      if (configuration == null || steps.isEmpty()) {
        throw wrong("a conversation has a profile and exchanges");
      }
      return new Conversation(file, configuration, ownFile, steps);
    }

    private void directive(String[] words) {
      String form = words[0] + " " + words.length;
      switch (form) {
        case "profile 2", "config 2" -> {
          configuration = words[1];
          ownFile = words[0].equals("config");
        }
        case "clock 2" -> steps.add(new Clock(Instant.parse(words[1])));
        case "advance 2" -> steps.add(new Advance(duration(words[1])));
        case "repeat 2" -> times = Integer.parseInt(words[1]);
        case "repeat 4" -> {
          times = Integer.parseInt(words[1]);
          every = duration(words[3]);
        }
        default -> throw wrong("no such line");
      }
    }

    private Exchange exchange() {
      int line = at + 1;
      List<String> request = said('>');
      List<String> response = said('<');
      if (response.isEmpty()) {
        throw wrong("a request needs a response");
      }
      return new Exchange(line, times, every, Http.Request.of(request), response);
    }

    private List<String> said(char by) {
      List<String> said = new ArrayList<>();
      while (at < lines.size() && !lines.get(at).isEmpty() && lines.get(at).charAt(0) == by) {
        String line = lines.get(at);
        said.add(line.length() > 1 ? line.substring(2) : "");
        at++;
      }
      return said;
    }

    private Duration duration(String text) {
      try {
        return text.endsWith("ms")
            ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
            : Duration.parse("PT" + text);
      } catch (NumberFormatException | DateTimeParseException malformed) {
        throw wrong("a duration reads like 500ms, 1s, 1m or 1h");
      }
    }

    private IllegalArgumentException wrong(String what) {
      return new IllegalArgumentException("%s:%d: %s".formatted(file, at + 1, what));
    }
  }

  /**
   * Reads a conversation.
   *
   * @throws IllegalArgumentException if the text is not of the form above
   */
  public static Conversation parse(String file, String text) {
    return new Reader(file, text).read();
  }

  /** Returns every conversation there is, by name. */
  public static List<Conversation> all() throws IOException {
    try {
      Path origin =
          Path.of(Conversation.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(origin)) {
        return in(origin.resolve(DIRECTORY));
      }
      try (FileSystem jar = FileSystems.newFileSystem(origin)) {
        return in(jar.getPath(DIRECTORY));
      }
    } catch (URISyntaxException impossible) {
      throw new IOException(impossible);
    }
  }

  private static List<Conversation> in(Path directory) throws IOException {
    List<Conversation> conversations = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        if (file.toString().endsWith(".txt")) {
          conversations.add(parse(file.getFileName().toString(), Files.readString(file)));
        }
      }
    }
    assertThat(conversations).hasSizeGreaterThan(20);
    return conversations;
  }

  /** Returns the class path resource that the configuration is read from. */
  public String resource() {
    return ownFile ? DIRECTORY + "/" + configuration : "dev/weir/demo/" + configuration + ".yaml";
  }

  /** Has every step take place, and compares every response. */
  public void hold(Partner partner) throws IOException {
    Map<String, String> names = new HashMap<>();
    for (Step step : steps) {
      if (step instanceof Clock clock) {
        partner.setClock(clock.now());
      } else if (step instanceof Advance advance) {
        partner.advance(advance.by());
      } else if (step instanceof Exchange exchange) {
        take(exchange, partner, names);
      }
    }
  }

  private void take(Exchange exchange, Partner partner, Map<String, String> names)
      throws IOException {
    for (int time = 0; time < exchange.times(); time++) {
      if (time > 0 && !exchange.every().isZero()) {
        partner.advance(exchange.every());
      }
      names.put("host", partner.host());
      Http.Request said = exchange.request();
      Http.Response response =
          partner.send(
              new Http.Request(
                  Expectation.filled(said.line(), names), said.headers(), said.body()));
      assertThat(Expectation.text(response))
          .as(
              "%s:%d, exchange %d of %d%s",
              file, exchange.line(), time + 1, exchange.times(), partner.circumstances())
          .isEqualTo(
              new Expectation(exchange.response(), time, exchange.times())
                  .against(response, names));
      partner.check(response);
    }
  }
}
