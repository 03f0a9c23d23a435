package dev.weir.config;

import dev.weir.plan.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value on its way from the file to the object it describes. What it is asked for and cannot give
 * becomes a problem with its place; the asker gets a default and goes on, so that one reading finds
 * all problems. A value that is absent, or was complained of before, gives the default in silence.
 */
final class Value {

  private static final int MOST_QUOTED = 60;

  /** What is shown of unknown names at the top of a file: keys get there when a line is lost. */
  private static final Pattern MEMBER_LIKE = Pattern.compile("[A-Za-z-]{1,20}");

  private final @Nullable Node node;
  private final Place namePlace;
  private final String path;
  private final boolean secret;
  private final Problems problems;

  /**
   * Creates a value.
   *
   * @param node what stands in the file, null for nothing
   * @param namePlace where its name stands; of an absent value, the mapping that lacks it
   * @param path how to call it in messages
   * @param secret whether it stands below {@code keys}, so that nothing of it may be printed
   */
  private Value(
      @Nullable Node node, Place namePlace, String path, boolean secret, Problems problems) {
    this.node = node;
    this.namePlace = namePlace;
    this.path = path;
    this.secret = secret;
    this.problems = problems;
  }

  /** Returns the value that is a whole file. */
  static Value file(Node.Mapping root, Problems problems) {
    return new Value(root, new Place(root.place().file(), 1, 1), "", false, problems);
  }

  boolean isPresent() {
    return node != null;
  }

  /** Returns whether its name and content must not be printed. */
  boolean isSecret() {
    return secret;
  }

  boolean isMapping() {
    return node instanceof Node.Mapping;
  }

  boolean isEmptyList() {
    return node instanceof Node.Items items && items.nodes().isEmpty();
  }

  /** Returns the scalar as it stands there, or null if it is none; complains of nothing. */
  @Nullable String raw() {
    return node instanceof Node.Text text ? text.text() : null;
  }

  /** Returns where to look for it: the scalar itself, or the name of something larger. */
  Place place() {
    return node instanceof Node.Text ? node.place() : namePlace;
  }

  /** Notes a problem, in words that follow the name of the value. */
  void problem(String words) {
    problems.add(place(), path.isEmpty() ? words : path + " " + words);
  }

  /** Notes a problem, in words that make sense on their own. */
  void complain(String sentence) {
    problems.add(place(), path.isEmpty() ? sentence : path + ": " + sentence);
  }

  /** Returns this value, noting a problem if it is absent. */
  Value required() {
    if (node == null) {
      problem("is missing");
    }
    return this;
  }

  /** Returns the scalar, or null. */
  @Nullable String text() {
    if (node instanceof Node.Text text) {
      return text.text();
    }
    wrongType("must be text");
    return null;
  }

  String text(String otherwise) {
    String text = text();
    return text == null ? otherwise : text;
  }

  /** Returns the whole number, which must be from {@code min} to {@code max}. */
  long number(long min, long max, long otherwise) {
    String wanted = "must be a whole number from %d to %d".formatted(min, max);
    if (!(node instanceof Node.Text text)) {
      wrongType(wanted);
      return otherwise;
    }
    if (text.text().matches("-?[0-9]{1,18}")) {
      long number = Long.parseLong(text.text());
      if (number >= min && number <= max) {
        return number;
      }
    }
    problem(wanted + butIs(text));
    return otherwise;
  }

  /** Returns the truth value. */
  boolean flag(boolean otherwise) {
    return choice(Map.of("true", true, "false", false), otherwise);
  }

  /** Returns what the scalar stands for. */
  <T> T choice(Map<String, T> choices, T otherwise) {
    List<String> names = choices.keySet().stream().sorted().toList();
    String wanted = "must be " + String.join(" or ", names);
    if (!(node instanceof Node.Text text)) {
      wrongType(wanted);
      return otherwise;
    }
    T chosen = choices.get(text.text());
    if (chosen == null) {
      problem(wanted + butIs(text));
      return otherwise;
    }
    return chosen;
  }

  /** Returns the time span, which must be at most {@code max}. */
  Duration duration(Duration max, Duration otherwise) {
    Duration duration = parsed(Limit::parsePeriod, "30s");
    if (duration == null) {
      return otherwise;
    }
    if (duration.isNegative() || duration.compareTo(max) > 0) {
      problem("must be 0s to %ds, but is %ds".formatted(max.toSeconds(), duration.toSeconds()));
      return otherwise;
    }
    return duration;
  }

  /**
   * Returns what a parser makes of the scalar, or null.
   *
   * @param parser throws an {@link IllegalArgumentException} whose message says what would be right
   * @param example what it reads
   */
  <T> @Nullable T parsed(Function<String, T> parser, String example) {
    if (!(node instanceof Node.Text text)) {
      wrongType("must be text such as '%s'".formatted(example));
      return null;
    }
    try {
      return parser.apply(text.text());
    } catch (IllegalArgumentException malformed) {
      if (secret) {
        problem("is malformed; it reads like '%s'".formatted(example));
      } else {
        complain(String.valueOf(malformed.getMessage()));
      }
      return null;
    }
  }

  /** Returns the elements of the list; none if it is not one. */
  List<Value> items(String example) {
    if (!(node instanceof Node.Items items)) {
      wrongType("must be a list such as " + example);
      return List.of();
    }
    List<Value> values = new ArrayList<>();
    for (Node item : items.nodes()) {
      String itemPath = "%s[%d]".formatted(path, values.size());
      values.add(
          new Value(item, item.place(), itemPath, secret || item.looksLikeAccount(), problems));
    }
    return values;
  }

  /** Returns the entries of a mapping whose names the user chooses; none if it is not one. */
  Map<String, Value> entries() {
    if (!(node instanceof Node.Mapping mapping)) {
      wrongType("must be a mapping of names to values");
      return Map.of();
    }
    Map<String, Value> entries = new LinkedHashMap<>();
    mapping
        .members()
        .forEach(
            (name, member) -> {
              boolean hide = secret || member.value().looksLikeAccount();
              String entryPath = path + "." + (hide ? "*" : shorten(name));
              entries.put(
                  name, new Value(member.value(), member.place(), entryPath, hide, problems));
            });
    return entries;
  }

  /**
   * Returns the members of a mapping whose names the format fixes; notes those it does not know.
   */
  Section section(Members known) {
    Map<String, Value> members = new LinkedHashMap<>();
    if (node instanceof Node.Mapping mapping) {
      mapping
          .members()
          .forEach(
              (name, member) -> {
                if (known.names.contains(name)) {
                  boolean hide = secret || (known == Members.FILE && name.equals("keys"));
                  members.put(
                      name,
                      new Value(member.value(), member.place(), pathOf(name), hide, problems));
                } else {
                  unknownMember(known, name, member);
                }
              });
    } else {
      wrongType("must be a mapping with " + String.join(", ", known.names));
    }
    return new Section(known, members, this);
  }

  private void unknownMember(Members known, String name, Node.Member member) {
    String here = path.isEmpty() ? "this file" : path;
    if (secret) {
      problems.add(
          member.place(),
          "unknown member of %s; the members are %s"
              .formatted(here, String.join(", ", known.names)));
    } else if (member.value().looksLikeAccount()
        || (known == Members.FILE && !MEMBER_LIKE.matcher(name).matches())) {
      problems.add(
          member.place(),
          "unknown member of %s; an API key belongs below 'keys', and the members are %s"
              .formatted(here, String.join(", ", known.names)));
    } else {
      problems.add(
          member.place(),
          "unknown member %s of %s%s"
              .formatted(quote(name), here, Spelling.hint(name, known.names, "members")));
    }
  }

  /** Returns an absent member of this mapping. */
  Value absent(String name) {
    return new Value(null, namePlace, pathOf(name), secret, problems);
  }

  private String pathOf(String name) {
    return path.isEmpty() ? shorten(name) : path + "." + shorten(name);
  }

  /**
   * Notes that something else was wanted here, unless there is nothing or that was noted before.
   */
  private void wrongType(String wanted) {
    if (node instanceof Node.Nothing) {
      problem(
          "has no value: it %s, or is left out (null only takes away what the profile has)"
              .formatted(wanted));
    } else if (node instanceof Node.Items) {
      problem(wanted + ", but is a list");
    } else if (node instanceof Node.Mapping) {
      problem(wanted + ", but is a mapping");
    } else if (node instanceof Node.Text text) {
      problem(wanted + butIs(text));
    }
  }

  private String butIs(Node.Text text) {
    return secret ? "" : ", but is " + quote(text.text());
  }

  /** Returns a text as messages show it: on one line, and not too long. */
  static String quote(String text) {
    return "'" + shorten(text) + "'";
  }

  private static String shorten(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() > MOST_QUOTED ? line.substring(0, MOST_QUOTED) + "..." : line;
  }
}
