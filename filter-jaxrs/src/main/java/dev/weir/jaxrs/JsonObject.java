package dev.weir.jaxrs;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object that somebody sent. Whoever asks for a member says what it must be, and a {@link
 * Refusal} tells the sender. No text of it has control characters or half characters, so that each
 * can be answered, stored and logged.
 */
final class JsonObject {

  /** The longest text of a member, but for keys themselves. */
  static final int MAX_TEXT = 256;

  private static final int MAX_SHOWN = 64;

  /** Longer numbers are whatever they are, but too long. */
  private static final int MAX_NUMBER = 64;

  /** Names are the sender's: none are kept, in a table that all would share. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(8)
                  .maxNumberLength(MAX_NUMBER)
                  .build())
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /** A number as it was written; reading it is left to who knows what it must be. */
  private record Numeral(String text) {}

  /** What stands in front of the names of members in messages, such as {@code groups.}. */
  private final String path;

  /** A value is a text, a {@link Numeral}, a boolean, a list, such an object, or null. */
  private final Map<String, @Nullable Object> members = new LinkedHashMap<>();

  private JsonObject(String path) {
    this.path = path;
  }

  /** Reads an object that is all of a body. */
  static JsonObject parse(byte[] body) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException malformed) {
      throw Refusal.badRequest("the body must be JSON in UTF-8, but is not UTF-8");
    }
    JsonObject object = new JsonObject("");
    Place place = new Place();
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw Refusal.badRequest("the body must be a JSON object, such as {\"plan\": \"starter\"}");
      }
      object.fill(parser, place);
      if (parser.nextToken() != null) {
        throw Refusal.badRequest("the body must be one JSON object, but something follows it");
      }
    } catch (JsonProcessingException malformed) {
      throw Refusal.badRequest(place.message(malformed.getLocation()));
    } catch (IOException impossible) {
      throw new IllegalArgumentException("a text could not be read", impossible);
    }
    return object;
  }

  /** Where reading has come to. */
  private static final class Place {

    private @Nullable String member;

    /** Says where it ends; not what stands there, which may be a secret. */
    String message(@Nullable JsonLocation location) {
      return "the body must be JSON, but is malformed, too deep or cut off%s%s"
          .formatted(
              location == null
                  ? ""
                  : " at line %d, column %d"
                      .formatted(location.getLineNr(), location.getColumnNr()),
              member == null ? "" : ", at member '%s'".formatted(member));
    }
  }

  private void fill(JsonParser parser, Place place) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (!isClean(name)) {
        throw Refusal.badRequest("the name of a member has characters that none can have");
      }
      String shown = path + shown(name);
      place.member = shown;
      if (members.containsKey(name)) {
        throw Refusal.badRequest(
            "member '%s' must stand there once, but does twice".formatted(shown));
      }
      parser.nextToken();
      members.put(name, value(parser, shown, place));
    }
  }

  private static @Nullable Object value(JsonParser parser, String name, Place place)
      throws IOException {
    switch (parser.currentToken()) {
      case START_OBJECT -> {
        JsonObject object = new JsonObject(name + ".");
        object.fill(parser, place);
        return object;
      }
      case START_ARRAY -> {
        List<@Nullable Object> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(value(parser, name, place));
        }
        return items;
      }
      case VALUE_STRING -> {
        String text = parser.getText();
        if (!isClean(text)) {
          throw Refusal.badRequest(
              "member '%s' has characters that no text here can have".formatted(name));
        }
        return text;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        return new Numeral(parser.getText());
      }
      case VALUE_TRUE -> {
        return true;
      }
      case VALUE_FALSE -> {
        return false;
      }
      default -> {
        return null;
      }
    }
  }

  private static boolean isClean(String text) {
    return text.codePoints()
        .noneMatch(
            c ->
                Character.isISOControl(c)
                    || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
  }

  private static String shown(String text) {
    return text.codePointCount(0, text.length()) <= MAX_SHOWN
        ? text
        : text.substring(0, text.offsetByCodePoints(0, MAX_SHOWN)) + "…";
  }

  /** Refuses members of other names. */
  JsonObject onlyWith(String... known) {
    List<String> unknown =
        members.keySet().stream().filter(name -> !List.of(known).contains(name)).toList();
    if (!unknown.isEmpty()) {
      throw Refusal.badRequest(
          "there is no member '%s'; there are %s"
              .formatted(
                  unknown.stream()
                      .limit(5)
                      .map(name -> path + shown(name))
                      .collect(Collectors.joining("', '")),
                  String.join(", ", known)));
    }
    return this;
  }

  Collection<String> names() {
    return members.keySet();
  }

  boolean has(String name) {
    return members.containsKey(name);
  }

  /** Returns whether a member is missing or null. */
  boolean lacks(String name) {
    return members.get(name) == null;
  }

  /** Returns a text of 1 to {@link #MAX_TEXT} characters. */
  String text(String name, String example) {
    return text(name, example, MAX_TEXT);
  }

  String text(String name, String example, int longest) {
    if (members.get(name) instanceof String text && !text.isBlank() && text.length() <= longest) {
      return text;
    }
    throw wrong(name, "a string of 1 to %d characters, such as \"%s\"".formatted(longest, example));
  }

  boolean truth(String name) {
    if (members.get(name) instanceof Boolean truth) {
      return truth;
    }
    throw wrong(name, "true or false");
  }

  /** Returns a whole number; {@code 1e3} and {@code 2.0} are some too. */
  long number(String name, long least, long most, String orElse) {
    if (members.get(name) instanceof Numeral numeral) {
      try {
        long number = new BigDecimal(numeral.text).longValueExact();
        if (number >= least && number <= most) {
          return number;
        }
      } catch (ArithmeticException | NumberFormatException tooMuch) {
        // as any other number that is out of range
      }
    }
    throw wrong(name, "a whole number from %d to %d%s".formatted(least, most, orElse));
  }

  boolean isText(String name, String text) {
    return text.equals(members.get(name));
  }

  /** Returns a list of one or more texts. */
  List<String> texts(String name, int most, String form) {
    if (members.get(name) instanceof List<?> items && !items.isEmpty() && items.size() <= most) {
      List<String> texts = new ArrayList<>();
      for (Object item : items) {
        if (item instanceof String text && text.length() <= MAX_TEXT) {
          texts.add(text);
        }
      }
      if (texts.size() == items.size()) {
        return texts;
      }
    }
    throw wrong(name, form);
  }

  JsonObject object(String name, String example) {
    if (members.get(name) instanceof JsonObject object) {
      return object;
    }
    throw wrong(name, "an object, such as " + example);
  }

  /** Returns the refusal of a member that must be something else. */
  Refusal wrong(String name, String right) {
    return Refusal.badRequest(
        "member '%s' must be %s, but is %s".formatted(path + shown(name), right, kind(name)));
  }

  /** Returns the refusal of a member, with what is wrong. */
  Refusal wrong(String name, IllegalArgumentException why) {
    return Refusal.badRequest("member '%s': %s".formatted(path + shown(name), why.getMessage()));
  }

  private String kind(String name) {
    Object value = members.get(name);
    if (value instanceof Numeral numeral) {
      return numeral.text;
    }
    if (value instanceof Boolean truth) {
      return truth.toString();
    }
    if (value instanceof String text) {
      return text.isBlank() ? "empty" : text.length() > MAX_TEXT ? "longer" : "another string";
    }
    if (value instanceof List<?> items) {
      return "a list of %d".formatted(items.size());
    }
    if (value instanceof JsonObject) {
      return "an object";
    }
    return members.containsKey(name) ? "null" : "missing";
  }
}
