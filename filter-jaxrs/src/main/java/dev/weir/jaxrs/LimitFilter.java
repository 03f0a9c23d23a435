package dev.weir.jaxrs;

import dev.weir.http.Answer;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Judges each request before the resource method runs, and writes what the response says of it.
 *
 * <pre>
 *   pre-matching filters ─ Mark ─ matching ─ (filters) ─ LimitFilter ─ filters ─ resource method
 *            │                      │            │            │           │            │
 *            └──────────────────────┴────────────┴─── response filters ───┴── last: LimitFilter
 * </pre>
 *
 * <p>A response can come about before a request was judged. It is judged then, before it goes out:
 *
 * <ul>
 *   <li>where nothing matched (404, 405, 406, 415, automatic OPTIONS): always;
 *   <li>where a filter before this one answered or failed: if the answer is an error. An answer
 *       below 400 passes unjudged and uncounted, as a preflight, a redirect or a hit in a cache
 *       should; whatever that filter did is done, and a refusal in its place would have clients do
 *       it again.
 * </ul>
 *
 * No resource method can have run by then, since all of them come after this filter.
 */
class LimitFilter implements ContainerRequestFilter, ContainerResponseFilter {

  /** How far a request got on its way here, as a request property. */
  private static final String PROGRESS = "dev.weir.jaxrs.progress";

  private static final String MATCHING = "matching";
  private static final String JUDGED = "judged";

  private static final int FIRST_ERROR = 400;

  /** Headers about a response that a refusal takes the place of. */
  private static final Set<String> OF_REPLACED =
      caseInsensitive(
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
          HttpHeaders.WWW_AUTHENTICATE);

  /** Comes after all other pre-matching filters. */
  @PreMatching
  static final class Mark implements ContainerRequestFilter {

    @Override
    public void filter(ContainerRequestContext request) {
      request.setProperty(PROGRESS, MATCHING);
    }
  }

  private final Protection protection;
  private final boolean passesOn404;

  /** Of the request at hand; knows no method if nothing matched. */
  @Context
  @SuppressWarnings("NullAway.Init") // injected
  private ResourceInfo resource;

  /**
   * Creates a filter.
   *
   * @param passesOn404 whether a 404 is no answer, but hands the request on to the servlet
   *     container
   */
  LimitFilter(Protection protection, boolean passesOn404) {
    this.protection = protection;
    this.passesOn404 = passesOn404;
  }

  /** Returns the address the connection came from, or null if it is not known. */
  @Nullable String remoteAddress() {
    return null;
  }

  /**
   * Writes the headers past Jakarta REST, for a response that comes from the servlet container.
   *
   * @return whether there is one
   */
  boolean writeToServletResponse() {
    return false;
  }

  @Override
  public void filter(ContainerRequestContext request) {
    Answer answer = judge(request);
    if (!answer.proceeds()) {
      request.abortWith(
          Response.status(answer.status())
              .type(answer.contentType())
              .entity(answer.body())
              .build());
    }
  }

  @Override
  public void filter(ContainerRequestContext request, ContainerResponseContext response)
      throws IOException {
    Answer answer = (Answer) request.getProperty(Answer.ATTRIBUTE);
    if (answer == null && isStillToBeJudged(request, response)) {
      answer = judge(request);
      if (!answer.proceeds()) {
        replace(response, answer);
      }
    }
    if (answer != null) {
      write(answer, response);
    }
  }

  private Answer judge(ContainerRequestContext request) {
    // first of all: what fails here is not tried again for the response to the failure
    request.setProperty(PROGRESS, JUDGED);
    Answer answer =
        protection.judge(
            new JaxrsRequest(request, remoteAddress()),
            resource.getResourceClass(),
            resource.getResourceMethod(),
            (Answer) request.getProperty(Answer.ATTRIBUTE));
    request.setProperty(Answer.ATTRIBUTE, answer);
    return answer;
  }

  private boolean isStillToBeJudged(
      ContainerRequestContext request, ContainerResponseContext response) {
    Object progress = request.getProperty(PROGRESS);
    if (JUDGED.equals(progress) || (passesOn404 && response.getStatus() == 404)) {
      return false;
    }
    boolean nothingMatched = MATCHING.equals(progress) && resource.getResourceMethod() == null;
    return nothingMatched || response.getStatus() >= FIRST_ERROR;
  }

  private static void replace(ContainerResponseContext response, Answer answer) throws IOException {
    if (response.getEntity() instanceof InputStream replaced) {
      replaced.close();
    }
    response.getHeaders().keySet().removeIf(OF_REPLACED::contains);
    response.setStatus(answer.status());
    response.setEntity(answer.body(), new Annotation[0], MediaType.valueOf(answer.contentType()));
  }

  private static void write(Answer answer, ContainerResponseContext response) {
    MultivaluedMap<String, Object> headers = response.getHeaders();
    answer.headers().forEach(headers::putSingle);
    List<String> exposed = response.getStringHeaders().get(Answer.EXPOSE_HEADERS);
    String merged = answer.exposeHeaders(exposed == null ? Stream.empty() : exposed.stream());
    if (merged != null) {
      headers.putSingle(Answer.EXPOSE_HEADERS, merged);
    }
  }

  private static Set<String> caseInsensitive(String... names) {
    Set<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    set.addAll(List.of(names));
    return set;
  }
}
