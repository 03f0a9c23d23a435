package dev.weir.demo;

import dev.weir.plan.OnFailure;
import dev.weir.quota.ClusterSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How to run the demo.
 *
 * @param profile the contract to serve, or null for that of the configuration file, if there is
 *     one, or kallglot
 * @param port where to listen on 127.0.0.1, 0 for any free port
 * @param members {@code host:port} of all members of the cluster; empty for a cluster of one, or
 *     what the configuration file says
 * @param member which of them this one is; null for the first that can be
 * @param adapter what protects the application
 * @param config a configuration file, or a class path resource after {@code classpath:}; null for
 *     the one the demo brings
 * @param deadline how long a request waits for the cluster; null for what the file says
 * @param onFailure what becomes of requests without an answer, where neither plan nor group says
 *     it; null for what the file says
 * @param backups synchronous backups of every entry; null for what the file says
 */
public record DemoOptions(
    @Nullable String profile,
    int port,
    List<String> members,
    @Nullable String member,
    Adapter adapter,
    @Nullable String config,
    @Nullable Duration deadline,
    @Nullable OnFailure onFailure,
    @Nullable Integer backups) {

  /** What protects the application. */
  public enum Adapter {
    /** The servlet filter; the path decides the endpoint group. */
    SERVLET("servlet"),
    /** The JAX-RS feature; annotations decide the endpoint group. */
    JAXRS("jaxrs");

    private final String label;

    Adapter(String label) {
      this.label = label;
    }

    @Override
    public String toString() {
      return label;
    }
  }

  /** The defaults: kallglot behind the servlet filter on port 8080, alone. */
  public static final DemoOptions DEFAULT =
      new DemoOptions(null, 8080, List.of(), null, Adapter.SERVLET, null, null, null, null);

  static final String HELP =
      """
      --profile=NAME           the contract to serve: %s (default: kallglot)
      --port=NUMBER            where to listen on 127.0.0.1; 0 takes any free port (default: 8080)
      --members=HOST:PORT,...  the Hazelcast members of one cluster, this one marked as member=HOST:PORT \
      (default: a cluster of one)
      --member=HOST:PORT       another way to say which member this one is (default: the first that can be)
      --adapter=NAME           servlet: groups by path; jaxrs: @RateLimited on resources (default: servlet)
      --config=FILE            a weir.yaml of your own (default: the one the demo brings)
      --deadline=TIME          how long a request waits for the cluster, 10ms to 60s (default: 100ms)
      --on-failure=WHAT        local, allow or refuse: what becomes of a request without an answer (default: local)
      --backups=NUMBER         copies of every count on other members, 0 to 6 (default: 1)
      --help                   this list
      Each may also be a system property, such as -Dport=8081. Arguments come first."""
          .formatted(String.join(", ", Api.profiles()));

  private static final List<String> NAMES =
      List.of(
          "profile",
          "port",
          "members",
          "member",
          "adapter",
          "config",
          "deadline",
          "on-failure",
          "backups");

  private static final Pattern ARGUMENT = Pattern.compile("--([a-z-]+)=(.*)");
  private static final Pattern ADDRESS =
      Pattern.compile("(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):([0-9]{1,5})");
  private static final String OWN = "member=";

  /** Copies the list. */
  public DemoOptions {
    members = List.copyOf(members);
  }

  /**
   * Reads options from arguments like {@code --port=8081}, then from system properties.
   *
   * @throws IllegalArgumentException if there is something wrong; the message says what would be
   *     right
   */
  public static DemoOptions parse(List<String> arguments, Properties properties) {
    Map<String, String> values = new TreeMap<>();
    for (String name : NAMES) {
      String value = properties.getProperty(name);
      if (value != null) {
        values.put(name, value);
      }
    }
    for (String argument : arguments) {
      Matcher matcher = ARGUMENT.matcher(argument);
      if (!matcher.matches() || !NAMES.contains(matcher.group(1))) {
        throw new IllegalArgumentException("unknown option '%s'".formatted(argument));
      }
      values.put(matcher.group(1), matcher.group(2));
    }
    String config = values.get("config");
    if (config != null && config.isBlank()) {
      throw new IllegalArgumentException("config must be a file, but is empty");
    }
    List<String> members = new ArrayList<>();
    List<String> own = new ArrayList<>();
    readMembers(values.getOrDefault("members", ""), members, own);
    if (values.containsKey("member")) {
      own.add(address("member", values.get("member")));
    }
    if (own.stream().distinct().count() > 1) {
      throw new IllegalArgumentException("this can be only one member, but is " + own);
    }
    String member = own.isEmpty() ? null : own.get(0);
    if (member != null && !members.contains(member)) {
      members.add(member);
    }
    return new DemoOptions(
        oneOf("profile", values.get("profile"), Api.profiles()),
        port(values.getOrDefault("port", "8080")),
        members,
        member,
        adapter(values.getOrDefault("adapter", "servlet")),
        config,
        values.containsKey("deadline")
            ? ClusterSettings.parseDeadline(values.get("deadline"))
            : null,
        onFailure(values.get("on-failure")),
        backups(values.get("backups")));
  }

  private static @Nullable OnFailure onFailure(@Nullable String text) {
    List<OnFailure> known = List.of(OnFailure.values());
    String label = oneOf("on-failure", text, known.stream().map(OnFailure::label).toList());
    return known.stream().filter(one -> one.label().equals(label)).findFirst().orElse(null);
  }

  private static @Nullable Integer backups(@Nullable String text) {
    if (text == null) {
      return null;
    }
    if (!text.matches("[0-6]")) {
      throw new IllegalArgumentException("backups must be 0 to 6, but is '%s'".formatted(text));
    }
    return Integer.valueOf(text);
  }

  private static void readMembers(String text, List<String> members, List<String> own) {
    if (text.isBlank()) {
      return;
    }
    for (String item : text.split(",", -1)) {
      String stripped = item.strip();
      boolean marked = stripped.startsWith(OWN);
      String member = address("members", marked ? stripped.substring(OWN.length()) : stripped);
      if (marked) {
        own.add(member);
      }
      if (!members.contains(member)) {
        members.add(member);
      }
    }
  }

  private static String address(String option, String text) {
    Matcher matcher = ADDRESS.matcher(text);
    if (!matcher.matches() || !isPort(matcher.group(1), 1)) {
      throw new IllegalArgumentException(
          "%s must be host:port such as 127.0.0.1:5701, but is '%s'".formatted(option, text));
    }
    return text;
  }

  private static int port(String text) {
    if (!text.matches("[0-9]{1,5}") || !isPort(text, 0)) {
      throw new IllegalArgumentException("port must be 0 to 65535, but is '%s'".formatted(text));
    }
    return Integer.parseInt(text);
  }

  private static boolean isPort(String digits, int least) {
    int port = Integer.parseInt(digits);
    return port >= least && port <= 65_535;
  }

  private static Adapter adapter(String text) {
    String known = oneOf("adapter", text, List.of("servlet", "jaxrs"));
    return "jaxrs".equals(known) ? Adapter.JAXRS : Adapter.SERVLET;
  }

  private static @Nullable String oneOf(String option, @Nullable String text, List<String> known) {
    if (text != null && !known.contains(text)) {
      throw new IllegalArgumentException(
          "%s must be one of %s, but is '%s'".formatted(option, String.join(", ", known), text));
    }
    return text;
  }
}
