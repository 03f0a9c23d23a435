package dev.weir.plan;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A member of a JSON object, such as {@code $.data.id}.
 *
 * @param path the names that lead there, with dots between them, without the {@code $.}
 */
public record JsonMember(String path) {

  private static final JsonFactory JSON = new JsonFactory();

  private static final Pattern PATH = Pattern.compile("\\$(\\.[A-Za-z0-9_-]{1,100}){1,10}");

  /** Returns whether this is how such a path is written. */
  static boolean isPath(String text) {
    return PATH.matcher(text).matches();
  }

  /**
   * Reads a path.
   *
   * @param text such as {@code $.id}
   * @return the path
   * @throws IllegalArgumentException if it is none
   */
  public static JsonMember parse(String text) {
    if (!isPath(text)) {
      throw new IllegalArgumentException(
          "a member of a JSON object reads like '$.data', but is '%s'".formatted(text));
    }
    return new JsonMember(text.substring(2));
  }

  /**
   * {@return the string or number that stands there, or null if there is none or the text is no
   * JSON} What follows it is not read and may be cut off.
   *
   * @param json the text
   */
  public @Nullable String in(byte[] json) {
    try (JsonParser parser = JSON.createParser(json)) {
      return in(parser);
    } catch (IOException malformed) {
      return null;
    }
  }

  /**
   * {@return what stands there in such a text, likewise}
   *
   * @param json the text
   */
  public @Nullable String in(String json) {
    try (JsonParser parser = JSON.createParser(json)) {
      return in(parser);
    } catch (IOException malformed) {
      return null;
    }
  }

  private @Nullable String in(JsonParser parser) throws IOException {
    String[] names = path.split("\\.", -1);
    int depth = 0;
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      return null;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean wanted = parser.currentName().equals(names[depth]);
      JsonToken value = parser.nextToken();
      if (!wanted) {
        parser.skipChildren();
      } else if (depth == names.length - 1) {
        return value.isScalarValue() && value != JsonToken.VALUE_NULL ? parser.getText() : null;
      } else if (value == JsonToken.START_OBJECT) {
        depth++;
      } else {
        return null;
      }
    }
    return null;
  }
}
