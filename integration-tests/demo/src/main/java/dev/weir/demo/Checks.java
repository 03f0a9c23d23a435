package dev.weir.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.WebApplicationException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How closely the demo's resources look at what they are sent. */
final class Checks {

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._~-]{1,64}");

  /** Everything with this id fails, to show what Weir adds to an application's own errors. */
  private static final String BROKEN = "broken";

  /** What a client did wrong, in words of the application's own. */
  static final class Fault extends WebApplicationException {

    private static final long serialVersionUID = 1;

    Fault(int status, String message, @Nullable Throwable cause) {
      super(message, cause, status);
    }
  }

  private Checks() {}

  /**
   * Checks the body of a request, whatever media type it claims to have; none at all will do.
   *
   * @throws Fault if it is not JSON
   */
  static void json(String body) {
    if (body.isBlank()) {
      return;
    }
    try {
      MAPPER.readTree(body);
    } catch (JsonProcessingException malformed) {
      throw new Fault(
          400,
          "The body is no JSON from line %d, column %d on."
              .formatted(
                  malformed.getLocation().getLineNr(), malformed.getLocation().getColumnNr()),
          malformed);
    }
  }

  /**
   * Checks an id in a path.
   *
   * @return the id
   * @throws Fault if nothing can have this id
   * @throws IllegalStateException if the id is {@code broken}
   */
  static String id(String id) {
    if (!ID.matcher(id).matches()) {
      throw new Fault(404, "There is nothing with this id.", null);
    }
    if (id.equals(BROKEN)) {
      throw new IllegalStateException(
          "This one is broken, for you to see what an error looks like.");
    }
    return id;
  }
}
