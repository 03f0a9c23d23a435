package dev.weir.jaxrs;

import dev.weir.http.Answer;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.Response;

/**
 * Judges each request before its resource method runs. What the response then says of it is up to
 * {@link HeaderFilter}, also if it is a refusal.
 */
class LimitFilter extends Judge implements ContainerRequestFilter {

  /** Comes last of the filters before matching. */
  @PreMatching
  static final class Mark implements ContainerRequestFilter {

    @Override
    public void filter(ContainerRequestContext request) {
      noteMatching(request);
    }
  }

  LimitFilter(Protection protection) {
    super(protection);
  }

  @Override
  public final void filter(ContainerRequestContext request) {
    Answer answer = judgeMatched(request);
    if (!answer.proceeds()) {
      request.abortWith(
          Response.status(answer.status())
              .type(answer.contentType())
              .entity(answer.body())
              .build());
    }
  }
}
