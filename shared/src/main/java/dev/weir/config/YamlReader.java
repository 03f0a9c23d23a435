package dev.weir.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * From the text of a file to its nodes, with {@code ${NAME}} filled in.
 *
 * <p>It works on the parser's events rather than on its node tree, because the tree would be built
 * before anything could be bounded: here an alias is a reference to a node that is finished (so no
 * node contains itself), and the depth and the size that a reader would walk are counted while
 * nodes are made. Messages never quote the input of the parser, which may be an API key.
 */
final class YamlReader {

  private static final int MAX_CHARACTERS = 3 * 1024 * 1024;
  private static final int MAX_DEPTH = 32;

  /**
   * With everything aliases stand for. It bounds what readers walk, and how deep: a chain of
   * aliases that is n deep repeats n * n / 2 nodes.
   */
  private static final int MAX_NODES = 500_000;

  private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");

  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\$\\$\\{|\\$\\{(?<name>[^}:]*)(?<default>:[^}]*)?(?<end>})?");

  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

  /** What the parser says up to where it begins to quote. */
  private static final Pattern WITHOUT_QUOTES =
      Pattern.compile("(.*?)(?:,? but .*| handle .*| escape character .*| number .*|: .*)?");

  /** A node, and how many nodes it is with all it holds. */
  private record Sized(Node node, int nodes) {}

  private final String source;
  private final String text;
  private final Function<String, @Nullable String> environment;
  private final Problems problems;
  private final Map<Anchor, Sized> anchors = new HashMap<>();

  YamlReader(
      String source,
      String text,
      Function<String, @Nullable String> environment,
      Problems problems) {
    this.source = source;
    this.text = text.startsWith("\uFEFF") ? text.substring(1) : text;
    this.environment = environment;
    this.problems = problems;
  }

  /**
   * Reads the file.
   *
   * @throws ConfigurationException if it is no YAML, or not one mapping
   */
  Node.Mapping read() {
    if (text.length() > MAX_CHARACTERS) {
      throw refuse(start(), "the file has more than %d characters".formatted(MAX_CHARACTERS));
    }
    try {
      return document();
    } catch (MarkedYamlEngineException malformed) {
      throw refuse(placeOf(malformed), describe(malformed));
    } catch (ReaderException malformed) {
      throw refuse(
          placeAt(malformed.getPosition()),
          "a YAML file holds printable characters only, but this one is U+%04X"
              .formatted(malformed.getCodePoint()));
    } catch (ConfigurationException told) {
      throw told;
    } catch (RuntimeException malformed) {
      // the parser has a few more that know no place; all mean that the text is malformed
      throw refuse(start(), "the file is not valid YAML");
    }
  }

  private Node.Mapping document() {
    LoadSettings settings = LoadSettings.builder().setCodePointLimit(MAX_CHARACTERS).build();
    Iterator<Event> events = new ParserImpl(settings, new StreamReader(settings, text));
    events.next(); // the start of the stream
    Event first = events.next();
    if (first.getEventId() == Event.ID.StreamEnd) {
      throw refuse(start(), "the file is empty; it needs at least a profile or plans");
    }
    Node root = node(events.next(), events, 0, false).node;
    events.next(); // the end of the document
    Event next = events.next();
    if (next.getEventId() != Event.ID.StreamEnd) {
      throw refuse(placeOf(next), "a second document begins here, but a configuration is one");
    }
    if (root instanceof Node.Mapping mapping) {
      return mapping;
    }
    throw refuse(
        root.place(), "a configuration is a mapping such as 'plans: ...', but this is not");
  }

  /**
   * Reads the node that an event begins.
   *
   * @param level how many collections it stands in
   * @param secret whether it stands below {@code keys}
   */
  private Sized node(Event event, Iterator<Event> events, int level, boolean secret) {
    if (level > MAX_DEPTH) {
      throw refuse(placeOf(event), "more than %d levels of nesting".formatted(MAX_DEPTH));
    }
    if (event instanceof AliasEvent alias) {
      Sized known = anchors.get(alias.getAlias());
      if (known == null) {
        throw refuse(placeOf(event), "this alias has no anchor before it");
      }
      return known;
    }
    Sized read;
    if (event instanceof ScalarEvent scalar) {
      read = new Sized(scalar(scalar, secret), 1);
    } else if (event.getEventId() == Event.ID.SequenceStart) {
      read = items(event, events, level, secret);
    } else {
      read = mapping(event, events, level, secret);
    }
    if (read.nodes > MAX_NODES) {
      throw refuse(
          placeOf(event), "more than %d values, counting what aliases repeat".formatted(MAX_NODES));
    }
    refuseTag(event);
    ((NodeEvent) event).getAnchor().ifPresent(anchor -> anchors.put(anchor, read));
    return read;
  }

  private Sized items(Event start, Iterator<Event> events, int level, boolean secret) {
    List<Node> nodes = new ArrayList<>();
    int size = 1;
    for (Event event = events.next();
        event.getEventId() != Event.ID.SequenceEnd;
        event = events.next()) {
      Sized item = node(event, events, level + 1, secret);
      nodes.add(item.node);
      size = Math.min(size + item.nodes, MAX_NODES + 1);
    }
    return new Sized(new Node.Items(placeOf(start), nodes), size);
  }

  private Sized mapping(Event start, Iterator<Event> events, int level, boolean secret) {
    Map<String, Node.Member> members = new LinkedHashMap<>();
    int size = 1;
    for (Event event = events.next();
        event.getEventId() != Event.ID.MappingEnd;
        event = events.next()) {
      Node key = node(event, events, level + 1, secret).node;
      Place place = placeOf(event);
      boolean keys = level == 0 && key instanceof Node.Text name && name.text().equals("keys");
      Sized value = node(events.next(), events, level + 1, secret || keys);
      size = Math.min(size + value.nodes, MAX_NODES + 1);
      if (key instanceof Node.Text name) {
        add(members, name.text(), new Node.Member(place, value.node), secret);
      } else if (!(key instanceof Node.Broken)) {
        problems.add(place, "a name is needed here; a list, a mapping or null cannot be one");
      }
    }
    return new Sized(new Node.Mapping(placeOf(start), members), size);
  }

  private void add(
      Map<String, Node.Member> members, String name, Node.Member member, boolean secret) {
    Node.Member earlier = members.putIfAbsent(name, member);
    if (earlier != null) {
      boolean hide =
          secret || member.value().looksLikeAccount() || earlier.value().looksLikeAccount();
      problems.add(
          member.place(),
          "%s is written twice, in lines %d and %d; keep one"
              .formatted(
                  hide ? "this key" : Value.quote(name),
                  earlier.place().line(),
                  member.place().line()));
    }
  }

  private Node scalar(ScalarEvent event, boolean secret) {
    Place place = placeOf(event);
    if (event.isPlain() && NULLS.contains(event.getValue())) {
      return new Node.Nothing(place);
    }
    String filled = fill(event.getValue(), place, secret);
    return filled == null ? new Node.Broken(place) : new Node.Text(place, filled);
  }

  /** Fills placeholders in; returns null, and notes why, if one of them cannot be. */
  private @Nullable String fill(String value, Place place, boolean secret) {
    if (!value.contains("${")) {
      return value;
    }
    StringBuilder filled = new StringBuilder();
    Matcher matcher = PLACEHOLDER.matcher(value);
    int copied = 0;
    boolean complete = true;
    while (matcher.find()) {
      filled.append(value, copied, matcher.start());
      copied = matcher.end();
      String name = matcher.group("name");
      if (name == null) {
        filled.append("${");
        continue;
      }
      String otherwise = matcher.group("default");
      if (matcher.group("end") == null || !VARIABLE.matcher(name).matches()) {
        problems.add(
            place,
            "a placeholder reads ${NAME} or ${NAME:default}; a '${' that is meant so is written"
                + " '$${'");
        complete = false;
        continue;
      }
      String set = environment.apply(name);
      if (set == null && otherwise == null) {
        problems.add(
            place,
            (secret
                    ? "the environment variable named here is not set"
                    : "environment variable '%s' is not set".formatted(name))
                + "; set it, or give a default: ${NAME:default}");
        complete = false;
      } else {
        filled.append(set != null ? set : otherwise == null ? "" : otherwise.substring(1));
      }
    }
    return complete ? filled.append(value, copied, value.length()).toString() : null;
  }

  /** The types are fixed by the format; a tag would promise that they can be chosen. */
  private void refuseTag(Event event) {
    Optional<String> tag =
        event instanceof ScalarEvent scalar
            ? scalar.getTag()
            : ((CollectionStartEvent) event).getTag();
    if (tag.isPresent() && !tag.get().equals("!")) {
      problems.add(placeOf(event), "YAML tags (!...) are not supported; leave it out");
    }
  }

  /** Notes the problem that ends the reading, and returns all there were. */
  private ConfigurationException refuse(Place place, String problem) {
    problems.add(place, problem);
    return problems.toException();
  }

  private static String describe(MarkedYamlEngineException malformed) {
    StringBuilder text = new StringBuilder("the file is not valid YAML");
    String context = malformed.getContext();
    if (context != null) {
      text.append(": ").append(withoutQuotes(context));
      malformed
          .getContextMark()
          .ifPresent(mark -> text.append(" that begins in line ").append(mark.getLine() + 1));
    }
    String problem = malformed.getProblem();
    if (problem != null) {
      text.append(context == null ? ": " : ", ").append(withoutQuotes(problem));
    }
    if (context != null && context.contains("flow")) {
      text.append("; inside of [...] and {...}, text with any of {}[], such as ${NAME}, is quoted");
    }
    return text.toString();
  }

  private static String withoutQuotes(String text) {
    Matcher matcher = WITHOUT_QUOTES.matcher(text);
    return matcher.matches() ? matcher.group(1) : "it is malformed";
  }

  private Place start() {
    return new Place(source, 1, 1);
  }

  private Place placeOf(Event event) {
    return placeOf(event.getStartMark());
  }

  private Place placeOf(MarkedYamlEngineException malformed) {
    return placeOf(malformed.getProblemMark().or(malformed::getContextMark));
  }

  private Place placeOf(Optional<Mark> mark) {
    return mark.map(at -> new Place(source, at.getLine() + 1, at.getColumn() + 1)).orElse(start());
  }

  /** Returns the place of a code point. */
  private Place placeAt(int index) {
    int end = 0;
    for (int i = 0; i < index && end < text.length(); i++) {
      end = text.offsetByCodePoints(end, 1);
    }
    return Place.after(source, text.substring(0, end));
  }
}
