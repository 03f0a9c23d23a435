package dev.weir.jaxrs;

import dev.weir.http.Answer;
import dev.weir.session.SessionUse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * What the two filters have in common: they judge requests. Each has what is injected for itself,
 * since some implementations set it only for the filter they are about to call.
 */
abstract class Judge {

  /** How far a request got on its way to its resource method: the property of this name. */
  private static final String PROGRESS = "dev.weir.jaxrs.progress";

  private enum Progress {
    MATCHING,
    JUDGED
  }

  private final Protection protection;

  /** Of the request at hand. */
  @Context
  @SuppressWarnings("NullAway.Init") // injected
  private ResourceInfo resource;

  Judge(Protection protection) {
    this.protection = protection;
  }

  /** Returns the address the connection came from, or null if it is not known. */
  @Nullable String remoteAddress() {
    return null;
  }

  /** Notes that all filters before matching have let a request pass. */
  static void noteMatching(ContainerRequestContext request) {
    request.setProperty(PROGRESS, Progress.MATCHING);
  }

  /** Judges a request that has found its resource method. */
  final Answer judgeMatched(ContainerRequestContext request) {
    return judge(request, resource.getResourceClass(), resource.getResourceMethod());
  }

  /** Judges a request that never got as far as {@link LimitFilter}. */
  final Answer judgeLate(ContainerRequestContext request) {
    Method method = methodIfAny();
    return judge(request, method == null ? null : resource.getResourceClass(), method);
  }

  private Answer judge(
      ContainerRequestContext request, @Nullable Class<?> type, @Nullable Method method) {
    // first of all: what fails here is not tried again for the response to the failure
    request.setProperty(PROGRESS, Progress.JUDGED);
    Answer earlier = answer(request);
    Answer answer =
        protection.judge(new JaxrsRequest(request, remoteAddress()), type, method, earlier);
    request.setProperty(Answer.ATTRIBUTE, answer);
    SessionUse session = answer.session();
    if (session != null && (earlier == null || earlier.session() != session)) {
      request.setProperty(SessionEnd.SESSION, session);
      share(session);
    }
    return answer;
  }

  /** Lets the servlet container know of a session, if there is one. */
  void share(SessionUse session) {}

  /** Returns the answer given to a request, here or by a servlet filter, or null. */
  static @Nullable Answer answer(ContainerRequestContext request) {
    return request.getProperty(Answer.ATTRIBUTE) instanceof Answer given ? given : null;
  }

  /** Returns whether a request has been judged here, or whether that failed. */
  static boolean hasJudged(ContainerRequestContext request) {
    return request.getProperty(PROGRESS) == Progress.JUDGED;
  }

  /** Returns whether nothing but the lack of a resource method ended the way of a request. */
  final boolean foundNoMethod(ContainerRequestContext request) {
    return request.getProperty(PROGRESS) == Progress.MATCHING && methodIfAny() == null;
  }

  private @Nullable Method methodIfAny() {
    try {
      return resource.getResourceMethod();
    } catch (RuntimeException nothingMatched) { // in place of null, as Apache CXF does
      return null;
    }
  }
}
