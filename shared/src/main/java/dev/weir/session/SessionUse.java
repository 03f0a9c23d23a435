package dev.weir.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.plan.SessionAction;
import dev.weir.plan.SessionId;
import dev.weir.quota.PartitionKey;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one request does to a session, from its decision to the end of its response. Whoever answers
 * the request calls {@link #answered} once it is known what the response says, and {@link #failed}
 * if it comes to no good end, also after the former; on whatever thread. Of several calls of one of
 * them the first counts, so that what was taken is given back once (design invariant I10). If
 * nobody calls, a slot that was taken is free after the grace time.
 *
 * <p>Who calls before the response is sent waits until a slot that becomes free is: whoever asks
 * for one next, on whatever node, finds it so.
 */
public final class SessionUse {

  /** As much of a response as is looked at for the id of a session. */
  public static final int MAX_BODY = 65_536;

  private static final Logger log = LoggerFactory.getLogger(SessionUse.class);

  private static final JsonFactory JSON = new JsonFactory();

  private static final int FIRST_ERROR = 400;
  private static final int NOT_FOUND = 404;
  private static final int GONE = 410;

  /** Said once, since every request would say the same. */
  private static final AtomicBoolean MISSED = new AtomicBoolean();

  private final Sessions sessions;
  private final PartitionKey key;
  private final SessionAction action;
  private final @Nullable String id;
  private final long token;
  private final long spentNanos;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicBoolean failed = new AtomicBoolean();

  /** The session that the application has created and named, so that nobody else knows of it. */
  private final AtomicReference<@Nullable String> created = new AtomicReference<>();

  /**
   * Creates the use of a session.
   *
   * @param key whose session it is
   * @param id the session, or null if only the response names it
   * @param token the reservation if {@code action} opens a session
   * @param spentNanos how long the request has waited for the cluster
   */
  public SessionUse(
      Sessions sessions,
      PartitionKey key,
      SessionAction action,
      @Nullable String id,
      long token,
      long spentNanos) {
    this.sessions = sessions;
    this.key = key;
    this.action = action;
    this.id = id;
    this.token = token;
    this.spentNanos = spentNanos;
  }

  /** Returns whether {@link #answered} needs the beginning of the body. */
  public boolean needsBody() {
    return id == null && action.id().place() == SessionId.Place.JSON;
  }

  /**
   * Does what the application's answer says: a session that was created keeps its slot, one that
   * was not frees it.
   *
   * @param status of the response
   * @param header the headers of the response, by name
   * @param body the first {@link #MAX_BODY} bytes of the body, or null if {@link #needsBody} says
   *     no
   * @param sent whether the response is sent already, so that nobody has to wait
   */
  public void answered(
      int status, Function<String, @Nullable String> header, byte @Nullable [] body, boolean sent) {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    boolean good = status < FIRST_ERROR;
    boolean gone = status == NOT_FOUND || status == GONE;
    switch (action.kind()) {
      case OPEN -> {
        if (good) {
          created(header, body);
        } else {
          giveUp(sent);
        }
      }
      case USE -> {
        if (id != null && !gone) {
          sessions.keep(key, id);
        }
      }
      case END -> {
        if (id != null && (good || gone)) {
          sessions.end(key, id, spent(sent));
        }
      }
    }
  }

  /**
   * Gives up what was taken: the application failed, or the client did not wait for its answer.
   *
   * @param sent as above
   */
  public void failed(boolean sent) {
    over.set(true);
    giveUp(sent);
  }

  private void giveUp(boolean sent) {
    if (action.kind() == SessionAction.Kind.OPEN && failed.compareAndSet(false, true)) {
      String ended = created.getAndSet(null);
      if (ended == null) {
        sessions.release(key, token, spent(sent)); // of no effect if it has become a session
      } else {
        sessions.end(key, ended, spent(sent));
      }
    }
  }

  private long spent(boolean sent) {
    return sent ? Long.MAX_VALUE : spentNanos;
  }

  private void created(Function<String, @Nullable String> header, byte @Nullable [] body) {
    String name =
        id == null
            ? switch (action.id().place()) {
              case LOCATION -> lastSegment(header.apply("Location"));
              case HEADER -> header.apply(action.id().name());
              case JSON -> body == null ? null : member(body, action.id().name());
              case PATH, QUERY -> null;
            }
            : id;
    if (name != null && !name.isBlank()) {
      created.set(id == null ? name.strip() : null); // one that the client names may be older
      sessions.bind(key, token, name.strip());
    } else if (MISSED.compareAndSet(false, true)) {
      log.warn(
          "A session was created, but its id was not where it was looked for ({} {}): it takes a slot for"
              + " the grace time, whatever happens to it. Told once",
          action.id().place(),
          action.id().name());
    }
  }

  private static @Nullable String lastSegment(@Nullable String location) {
    if (location == null) {
      return null;
    }
    String path;
    try {
      path = new URI(location.strip()).getPath();
    } catch (URISyntaxException malformed) {
      return null;
    }
    if (path == null) {
      return null;
    }
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    return path.substring(path.lastIndexOf('/', end - 1) + 1, end);
  }

  /** Returns a string or number of a JSON object, which may be cut off behind it, or null. */
  private static @Nullable String member(byte[] json, String path) {
    String[] names = path.split("\\.", -1);
    try (JsonParser parser = JSON.createParser(json)) {
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
    } catch (IOException malformed) {
      return null;
    }
  }
}
