package dev.weir.spring;

import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * The settings of a Spring application: those below {@code weir} in its properties if there are
 * any, else the file that {@code weir.config} names, else {@code weir.yaml}.
 *
 * <p>Spring flattens its files into names such as {@code weir.plans.starter.limits[0]}. Here the
 * names become a tree again, and the tree the text of a {@code weir.yaml} with one name or value a
 * line, so that the one reader of settings reads these too. What it finds wrong in a line is told
 * with the place that the line came from.
 *
 * <p>Environment variables and system properties override settings, but name none: a variable
 * {@code WEIR_PASSWORD} that a setting refers to is no setting {@code password}.
 */
final class SpringSettings {

  private static final Logger log = LoggerFactory.getLogger(SpringSettings.class);

  private static final String PREFIX = "weir";
  private static final String CONFIG = "weir.config";
  private static final String SOURCE = "Spring properties";

  /** What is asked of the properties elsewhere. */
  private static final Set<String> NO_SETTINGS = Set.of("enabled", "config", "order", "jaxrs");

  private static final Set<String> OVERRIDE_ONLY =
      Set.of(
          StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
          StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);

  /** A part of a property's name: {@code .name}, {@code [0]} or {@code [any.name]}. */
  private static final Pattern PART =
      Pattern.compile("\\.(?<name>[^.\\[]+)|\\[(?<bracketed>[^]]*)]");

  private static final Pattern INDEX = Pattern.compile("[0-9]{1,4}");

  private static final Pattern PROBLEM =
      Pattern.compile(Pattern.quote(SOURCE) + ":(?<line>[0-9]+):[0-9]+(?<rest>: .*)");

  /** A value, a mapping or a list, and the place of the property that brought it first. */
  private static final class Node {
    final String place;
    final PropertySource<?> source;
    final boolean list;
    final @Nullable String value;
    final Map<String, Node> members;

    Node(String place, PropertySource<?> source, boolean list, @Nullable String value) {
      this.place = place;
      this.source = source;
      this.list = list;
      this.value = value;
      this.members = list ? new TreeMap<>(SpringSettings::byIndex) : new LinkedHashMap<>();
    }
  }

  private final ConfigurableEnvironment environment;
  private final List<String> problems = new ArrayList<>();

  SpringSettings(ConfigurableEnvironment environment) {
    this.environment = environment;
  }

  /**
   * Reads the settings.
   *
   * @throws ConfigurationException if there are none, they are in two places, or they are not right
   */
  Configuration configuration() {
    String location = environment.getProperty(CONFIG);
    ClassLoader classPath = Thread.currentThread().getContextClassLoader();
    Node root = tree();
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    if (root == null) {
      return Configuration.load(location, classPath);
    }
    if (location != null && !location.isBlank()) {
      throw new ConfigurationException(
          List.of(
              "%s: settings stand here, and %s names the file '%s'; keep one of both"
                  .formatted(root.place, CONFIG, location)));
    }
    if (classPath.getResource("weir.yaml") != null) {
      log.warn(
          "weir.yaml is not read, since settings stand in Spring's properties: {}", root.place);
    }
    List<String> lines = new ArrayList<>();
    List<String> places = new ArrayList<>();
    write(root, "", lines, places);
    try {
      return Configuration.parse(SOURCE, String.join("\n", lines));
    } catch (ConfigurationException mistakes) {
      throw new ConfigurationException(
          mistakes.problems().stream().map(problem -> placed(problem, places)).toList());
    }
  }

  private static String placed(String problem, List<String> places) {
    Matcher matcher = PROBLEM.matcher(problem);
    if (!matcher.matches()) {
      return problem;
    }
    int line = Integer.parseInt(matcher.group("line"));
    return places.get(Math.min(line, places.size()) - 1) + matcher.group("rest");
  }

  /** Returns what stands below the prefix, or null for nothing. */
  private @Nullable Node tree() {
    Node root = null;
    for (PropertySource<?> source : environment.getPropertySources()) {
      if (!(source instanceof EnumerablePropertySource<?> named)
          || OVERRIDE_ONLY.contains(source.getName())) {
        continue;
      }
      for (String property : named.getPropertyNames()) {
        List<String> parts = parts(property);
        if (parts.isEmpty() || NO_SETTINGS.contains(parts.get(0))) {
          continue;
        }
        if (root == null) {
          root = new Node(place(source, property), source, false, null);
        }
        add(root, parts, source, property);
      }
    }
    return root;
  }

  /** Returns the parts of a name below the prefix; indexes keep their brackets. */
  private static List<String> parts(String property) {
    if (!property.startsWith(PREFIX)) {
      return List.of();
    }
    List<String> parts = new ArrayList<>();
    Matcher matcher = PART.matcher(property).region(PREFIX.length(), property.length());
    while (matcher.lookingAt()) {
      String bracketed = matcher.group("bracketed");
      parts.add(
          bracketed == null
              ? matcher.group("name")
              : INDEX.matcher(bracketed).matches() ? "[" + bracketed + "]" : bracketed);
      matcher.region(matcher.end(), property.length());
    }
    return matcher.regionStart() == property.length() ? parts : List.of();
  }

  /** Adds a value, unless a source that goes before this one has said something else there. */
  private void add(Node root, List<String> parts, PropertySource<?> source, String property) {
    String place = place(source, property);
    Node parent = root;
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      boolean last = i == parts.size() - 1;
      boolean overridden = parent.list && !parent.source.equals(source); // lists replace each other
      if (parent.value != null || parent.list != isIndex(part) || overridden) {
        return;
      }
      Node next = parent.members.get(part);
      if (next == null) {
        String value = last ? value(property, place) : null;
        next = new Node(place, source, !last && isIndex(parts.get(i + 1)), value);
        parent.members.put(part, next);
      }
      parent = next;
    }
  }

  private static boolean isIndex(String part) {
    return part.startsWith("[") && part.endsWith("]");
  }

  private static int byIndex(String one, String other) {
    return Integer.compare(
        Integer.parseInt(one.substring(1, one.length() - 1)),
        Integer.parseInt(other.substring(1, other.length() - 1)));
  }

  /** Returns the value in force, which an environment variable may have overridden. */
  private String value(String property, String place) {
    try {
      String value = environment.getProperty(property);
      return value == null ? "" : value;
    } catch (IllegalArgumentException unresolved) { // its message may quote the value, a secret
      problems.add("%s: a placeholder ${...} stands for nothing; set it".formatted(place));
      return "";
    }
  }

  /** Returns where a property stands: file, line and column, or else its name. */
  private static String place(PropertySource<?> source, String property) {
    if (source instanceof OriginLookup<?>) {
      var origin = OriginLookup.getOrigin(source, property);
      if (origin instanceof TextResourceOrigin text
          && text.getLocation() != null
          && text.getResource() != null) {
        return "%s:%d:%d"
            .formatted(
                text.getResource().getFilename(),
                text.getLocation().getLine() + 1,
                text.getLocation().getColumn() + 1);
      }
    }
    return property;
  }

  private static void write(Node node, String indent, List<String> lines, List<String> places) {
    node.members.forEach(
        (name, member) -> {
          String start = indent + (node.list ? "-" : quoted(name) + ":");
          String value = member.value;
          places.add(member.place);
          if (value == null) {
            lines.add(start);
            write(member, indent + "  ", lines, places);
          } else {
            lines.add(start + " " + (value.isEmpty() ? "null" : quoted(value)));
          }
        });
  }

  /** Returns a YAML scalar, with what would be a placeholder of Weir's taken as it stands. */
  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.replace("${", "$${").toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || (c > '~' && c < 0xA0) || c == 0xFEFF) {
        quoted.append("\\u%04X".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
