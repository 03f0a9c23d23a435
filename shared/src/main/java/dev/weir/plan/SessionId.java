package dev.weir.plan;

import dev.weir.key.RequestView;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the id of a session stands, in a request or in the response that creates the session.
 *
 * @param place in what
 * @param name of the header, the query parameter or the placeholder in the path; for {@link
 *     Place#JSON} the members to go down, joined by dots; empty for {@link Place#LOCATION}
 * @param segment for {@link Place#PATH}, which segment of the path it is, from 0; {@link #BY_NAME}
 *     if the framework tells placeholders by their name
 */
public record SessionId(Place place, String name, int segment) {

  /** Where it can stand. */
  public enum Place {
    /** In the path of the request. */
    PATH,
    /** In the query of the request. */
    QUERY,
    /** In a header: of the response if the request opens a session, else of the request. */
    HEADER,
    /** The last segment of the {@code Location} of the response. */
    LOCATION,
    /** In the JSON body of the response. */
    JSON
  }

  static final int BY_NAME = -1;

  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");

  /**
   * Reads where an id stands: {@code location}, {@code json $.id}, {@code header NAME}, {@code
   * query NAME} or {@code path NAME}.
   *
   * @param text what to read
   * @return the place
   * @throws IllegalArgumentException if it is none of these; the message says what would be right
   */
  public static SessionId parse(String text) {
    String[] words = text.strip().split("\\s+", -1);
    String name = words[words.length - 1];
    switch (words.length == 2 ? words[0] : "") {
      case "json" -> {
        if (JsonMember.isPath(name)) {
          return new SessionId(Place.JSON, name.substring(2), BY_NAME);
        }
      }
      case "header", "query", "path" -> {
        if (NAME.matcher(name).matches()) {
          return new SessionId(Place.valueOf(words[0].toUpperCase(Locale.ROOT)), name, BY_NAME);
        }
      }
      default -> {
        if (words.length == 1 && name.equals("location")) {
          return new SessionId(Place.LOCATION, "", BY_NAME);
        }
      }
    }
    throw new IllegalArgumentException(
        "an id is found by 'location', 'json $.id', 'header NAME', 'query NAME' or 'path NAME', but this says '%s'"
            .formatted(text));
  }

  /** Returns whether it stands in the response, so that the session is created by the request. */
  boolean isAnswered(SessionAction.Kind kind) {
    return place == Place.LOCATION
        || place == Place.JSON
        || (place == Place.HEADER && kind == SessionAction.Kind.OPEN);
  }

  /**
   * Returns the id that a request names, or null if it names none.
   *
   * @param path the segments of its path, as it was matched
   */
  @Nullable String in(RequestView request, List<String> path) {
    String id =
        switch (place) {
          case PATH ->
              segment == BY_NAME
                  ? request.pathParameter(name)
                  : segment < path.size() ? path.get(segment) : null;
          case QUERY -> parameter(request.query());
          case HEADER -> request.header(name);
          case LOCATION, JSON -> null;
        };
    return id == null || id.isBlank() ? null : id;
  }

  private @Nullable String parameter(@Nullable String query) {
    if (query == null) {
      return null;
    }
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0 && decode(pair.substring(0, equals)).equals(name)) {
        return decode(pair.substring(equals + 1));
      }
    }
    return null;
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformedEscape) {
      return text;
    }
  }
}
