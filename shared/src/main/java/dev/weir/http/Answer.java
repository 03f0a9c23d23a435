package dev.weir.http;

import dev.weir.Decision;
import dev.weir.quota.Charge;
import dev.weir.session.SessionUse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
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
  private final @Nullable SessionUse session;
  private final @Nullable Charge charge;
  private final HeaderNames names;

  /** One for each of {@link #names}. */
  private final String[] values;

  private final boolean crossOrigin;
  private final int status;
  private final String contentType;
  private final byte[] body;

  Answer(
      Decision decision,
      Map<String, String> headers,
      boolean crossOrigin,
      int status,
      String contentType,
      byte[] body) {
    this(
        decision,
        null,
        null,
        new HeaderNames(headers.keySet()),
        headers.values().toArray(String[]::new),
        crossOrigin,
        status,
        contentType,
        body);
  }

  /** Takes values and body over; nobody changes them afterwards. */
  Answer(
      Decision decision,
      @Nullable SessionUse session,
      @Nullable Charge charge,
      HeaderNames names,
      String[] values,
      boolean crossOrigin,
      int status,
      String contentType,
      byte[] body) {
    this.decision = decision;
    this.session = session;
    this.charge = charge;
    this.names = names;
    this.values = values;
    this.crossOrigin = crossOrigin;
    this.status = status;
    this.contentType = contentType;
    this.body = body;
  }

  /** {@return the decision behind this answer} */
  public Decision decision() {
    return decision;
  }

  /**
   * {@return this answer to a request that has to do with a session, and has cost credits; with
   * none for null}
   *
   * @param newSession what the request does to a session, or null
   * @param newCharge what the request has paid, or null
   */
  public Answer with(@Nullable SessionUse newSession, @Nullable Charge newCharge) {
    return newSession == null && newCharge == null
        ? this
        : new Answer(
            decision, newSession, newCharge, names, values, crossOrigin, status, contentType, body);
  }

  /**
   * {@return the credits that the request has cost, which the application may give back while it
   * runs; null if none}
   */
  public @Nullable Charge charge() {
    return charge;
  }

  /**
   * {@return what the adapter that got this answer tells how the request ended, or null if nobody
   * wants to know}
   */
  public @Nullable SessionUse session() {
    return session;
  }

  /** {@return whether the application answers, with {@link #headers} added} */
  public boolean proceeds() {
    return status == PROCEED;
  }

  /** {@return the status of Weir's own answer} Only if it does not proceed. */
  public int status() {
    return status;
  }

  /** {@return the media type of Weir's own answer} */
  public String contentType() {
    return contentType;
  }

  /** {@return the body of Weir's own answer} */
  public byte[] body() {
    return body.clone();
  }

  /** {@return how many bytes {@link #writeBody} writes} */
  public int contentLength() {
    return body.length;
  }

  /**
   * Writes the body of Weir's own answer.
   *
   * @param out left open
   * @throws IOException if it cannot be written
   */
  public void writeBody(OutputStream out) throws IOException {
    out.write(body);
  }

  /** {@return the headers to set, by name, in order; without {@link #EXPOSE_HEADERS}} */
  public Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    forEachHeader(headers::put);
    return Collections.unmodifiableMap(headers);
  }

  /**
   * Calls this with name and value of each header to set, in order, as {@link #headers} does.
   *
   * @param header takes name and value
   */
  public void forEachHeader(BiConsumer<String, String> header) {
    for (int i = 0; i < values.length; i++) {
      header.accept(names.get(i), values[i]);
    }
  }

  /**
   * {@return the value this answer gives a header, by name in any case, or null if it gives none}
   *
   * @param name of the header, in any case
   */
  public @Nullable String header(String name) {
    int index = names.indexOf(name);
    return index < 0 ? null : values[index];
  }

  /**
   * {@return whether the request comes from a page of another origin, so that {@link
   * #EXPOSE_HEADERS} has to name Weir's headers} If not, it stays as the application sets it.
   */
  public boolean isCrossOrigin() {
    return crossOrigin;
  }

  /**
   * {@return the value of {@link #EXPOSE_HEADERS}: what the application exposes, then Weir's own
   * names that are missing from it, each once in whatever case} Null if the request has no {@code
   * Origin} and nothing is exposed.
   *
   * @param exposed the values the application has set, or none
   */
  public @Nullable String exposeHeaders(Stream<String> exposed) {
    return exposeHeaders(exposed.toList());
  }

  /**
   * As {@link #exposeHeaders(Stream)}; prepared if the application has set none.
   *
   * @param exposed the values the application has set, or none
   * @return the value, or null if nothing is exposed
   */
  public @Nullable String exposeHeaders(Collection<String> exposed) {
    if (exposed.isEmpty()) {
      return crossOrigin ? names.exposed() : null;
    }
    return names.exposedWith(exposed, crossOrigin);
  }
}
