package dev.weir.jaxrs;

import dev.weir.http.Answer;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/**
 * Judges each request before its resource method runs. What the response then says of it is up to
 * {@link HeaderFilter}, also if it is a refusal.
 */
class LimitFilter implements ContainerRequestFilter {

  /** How far a request got on its way here: the request property of this name. */
  private static final String PROGRESS = "dev.weir.jaxrs.progress";

  private enum Progress {
    MATCHING,
    JUDGED
  }

  /** Comes last of the pre-matching filters, and notes that none of them answered. */
  @PreMatching
  static final class Mark implements ContainerRequestFilter {

    @Override
    public void filter(ContainerRequestContext request) {
      request.setProperty(PROGRESS, Progress.MATCHING);
    }
  }

  private final Protection protection;

  /** Of the request at hand; has no method if nothing matched. */
  @Context
  @SuppressWarnings("NullAway.Init") // injected
  private ResourceInfo resource;

  LimitFilter(Protection protection) {
    this.protection = protection;
  }

  /** Returns the address the connection came from, or null if it is not known. */
  @Nullable String remoteAddress() {
    return null;
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

  /** Judges a request, and keeps the answer as a property of it. */
  final Answer judge(ContainerRequestContext request) {
    // first of all: what fails here is not tried again for the response to the failure
    request.setProperty(PROGRESS, Progress.JUDGED);
    Answer answer =
        protection.judge(
            new JaxrsRequest(request, remoteAddress()),
            resource.getResourceClass(),
            resource.getResourceMethod(),
            answer(request));
    request.setProperty(Answer.ATTRIBUTE, answer);
    return answer;
  }

  /** Returns the answer given to a request, here or by a servlet filter, or null. */
  static @Nullable Answer answer(ContainerRequestContext request) {
    return (Answer) request.getProperty(Answer.ATTRIBUTE);
  }

  /** Returns whether this filter has judged a request, or has failed to. */
  static boolean hasJudged(ContainerRequestContext request) {
    return request.getProperty(PROGRESS) == Progress.JUDGED;
  }

  /** Returns whether nothing but the lack of a resource method kept a request from coming here. */
  final boolean foundNoMethod(ContainerRequestContext request) {
    return request.getProperty(PROGRESS) == Progress.MATCHING
        && resource.getResourceMethod() == null;
  }
}
