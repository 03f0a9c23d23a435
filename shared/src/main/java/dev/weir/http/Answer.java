package dev.weir.http;

import dev.weir.Decision;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A decision as it goes over the wire. Adapters copy it into their framework's response; while the
 * application runs they keep what stands here out of its reach.
 */
public final class Answer {

  /** The request attribute (servlet) or property (JAX-RS) that holds the answer of a request. */
  public static final String ATTRIBUTE = "dev.weir.answer";

  /** The header that lets scripts of other origins read the ones Weir adds (contract R14). */
  public static final String EXPOSE_HEADERS = "Access-Control-Expose-Headers";

  /** The status where the application is the one to answer. */
  static final int PROCEED = 0;

  private final Decision decision;
  private final Map<String, String> headers;
  private final boolean crossOrigin;
  private final int status;
  private final String contentType;
  private final byte[] body;

  /** Takes the headers over; nobody changes them afterwards. */
  Answer(
      Decision decision,
      Map<String, String> headers,
      boolean crossOrigin,
      int status,
      String contentType,
      byte[] body) {
    this.decision = decision;
    this.headers = Collections.unmodifiableMap(headers);
    this.crossOrigin = crossOrigin;
    this.status = status;
    this.contentType = contentType;
    this.body = body;
  }

  /** Returns the decision behind this answer. */
  public Decision decision() {
    return decision;
  }

  /** Returns whether the application answers, with {@link #headers} added. */
  public boolean proceeds() {
    return status == PROCEED;
  }

  /** Returns the status of Weir's own answer. Only if it does not proceed. */
  public int status() {
    return status;
  }

  /** Returns the media type of Weir's own answer. */
  public String contentType() {
    return contentType;
  }

  /** Returns the body of Weir's own answer. */
  public byte[] body() {
    return body.clone();
  }

  /** Returns the headers to set, by name, in order; without {@link #EXPOSE_HEADERS}. */
  public Map<String, String> headers() {
    return headers;
  }

  /**
   * Returns the value this answer gives a header, by name in any case, or null if it gives none.
   */
  public @Nullable String header(String name) {
    for (Map.Entry<String, String> header : headers.entrySet()) {
      if (header.getKey().equalsIgnoreCase(name)) {
        return header.getValue();
      }
    }
    return null;
  }

  /**
   * Returns the value of {@link #EXPOSE_HEADERS}: what the application exposes, then Weir's own
   * names that are missing from it, each once in whatever case. Null if the request has no {@code
   * Origin} and nothing is exposed.
   *
   * @param exposed the values the application has set, or none
   */
  public @Nullable String exposeHeaders(Stream<String> exposed) {
    Stream<String> own =
        crossOrigin
            // scripts may read this one anyhow (Fetch, CORS-safelisted response-header name)
            ? headers.keySet().stream().filter(name -> !name.equals("Cache-Control"))
            : Stream.empty();
    Stream<String> applications =
        exposed
            .flatMap(value -> Stream.of(value.split(",")))
            .map(String::strip)
            .filter(name -> !name.isEmpty());
    Set<String> known = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    String names =
        Stream.concat(applications, own).filter(known::add).collect(Collectors.joining(", "));
    return names.isEmpty() ? null : names;
  }
}
