package dev.weir.jaxrs;

import dev.weir.http.Answer;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes what was decided into every response, in this one place: of resource methods, refusals,
 * exceptions, streams, however early they are committed.
 *
 * <p>A response can come about although its request never reached {@link LimitFilter}. The request
 * is judged then, and a refusal takes the response's place:
 *
 * <ul>
 *   <li>where nothing matched (404, 405, 406, 415, automatic OPTIONS): always;
 *   <li>where a filter in front answered or failed: if the response is an error. If it is none,
 *       that filter has done something (answered a preflight, redirected, found it in a cache), and
 *       a refusal in its place would have the client ask for it again. It passes uncounted.
 * </ul>
 *
 * <p>No resource method can have run by then: all of them come after {@link LimitFilter}.
 */
class HeaderFilter extends Judge implements ContainerResponseFilter {

  private static final int FIRST_ERROR = 400;
  private static final int NOT_FOUND = 404;

  /** Headers about the response that a refusal takes the place of. */
  private static final Set<String> OF_REPLACED = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  static {
    OF_REPLACED.addAll(
        List.of(
            HttpHeaders.ALLOW,
            HttpHeaders.CONTENT_DISPOSITION,
            HttpHeaders.CONTENT_ENCODING,
            HttpHeaders.CONTENT_LANGUAGE,
            HttpHeaders.CONTENT_LENGTH,
            HttpHeaders.CONTENT_LOCATION,
            HttpHeaders.ETAG,
            HttpHeaders.EXPIRES,
            HttpHeaders.LAST_MODIFIED,
            HttpHeaders.LINK,
            HttpHeaders.LOCATION,
            HttpHeaders.WWW_AUTHENTICATE));
  }

  private final boolean handsOn404;

  /**
   * Creates a filter.
   *
   * @param handsOn404 whether a 404 is no answer, but hands the request on to the servlet container
   */
  HeaderFilter(Protection protection, boolean handsOn404) {
    super(protection);
    this.handsOn404 = handsOn404;
  }

  /**
   * Writes the headers past Jakarta REST, for a response that comes from the servlet container.
   *
   * @return whether there is a servlet container
   */
  boolean writeToServletResponse() {
    return false;
  }

  @Override
  public final void filter(ContainerRequestContext request, ContainerResponseContext response)
      throws IOException {
    Answer answer = answer(request);
    if (answer == null && isStillToBeJudged(request, response)) {
      answer = judgeLate(request);
      if (!answer.proceeds()) {
        replace(response, answer);
      }
    }
    if (answer != null) {
      write(answer, response);
    }
    SessionEnd.expect(request, response);
  }

  private boolean isStillToBeJudged(
      ContainerRequestContext request, ContainerResponseContext response) {
    if (hasJudged(request) || (handsOn404 && response.getStatus() == NOT_FOUND)) {
      return false;
    }
    return foundNoMethod(request) || response.getStatus() >= FIRST_ERROR;
  }

  private static void replace(ContainerResponseContext response, Answer answer) throws IOException {
    if (response.getEntity() instanceof InputStream replaced) {
      replaced.close();
    }
    // by name, since the key set of Apache CXF is a copy
    MultivaluedMap<String, Object> headers = response.getHeaders();
    List.copyOf(headers.keySet()).stream().filter(OF_REPLACED::contains).forEach(headers::remove);
    response.setStatus(answer.status());
    response.setEntity(answer.body(), new Annotation[0], MediaType.valueOf(answer.contentType()));
  }

  private static void write(Answer answer, ContainerResponseContext response) {
    MultivaluedMap<String, Object> headers = response.getHeaders();
    answer.forEachHeader(headers::putSingle);
    List<String> exposed = response.getStringHeaders().get(Answer.EXPOSE_HEADERS);
    String merged = answer.exposeHeaders(exposed == null ? List.of() : exposed);
    if (merged != null) {
      headers.putSingle(Answer.EXPOSE_HEADERS, merged);
    }
  }
}
