package dev.weir.jaxrs;

import dev.weir.session.SessionUse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.Context;
import org.jspecify.annotations.Nullable;

/** The filter where the servlet API exists. Perhaps without a servlet container, though. */
final class ServletLimitFilter extends LimitFilter {

  @Context private @Nullable HttpServletRequest request;

  ServletLimitFilter(Protection protection) {
    super(protection);
  }

  @Override
  @Nullable String remoteAddress() {
    return remoteAddress(request);
  }

  @Override
  void share(SessionUse session) {
    try {
      if (request != null) {
        request.setAttribute(SessionEnd.SESSION, session);
      }
    } catch (RuntimeException noRequest) {
      // in place of a null reference, as Apache CXF does
    }
  }

  /** Returns the address a request came from, or null if there is no servlet container. */
  static @Nullable String remoteAddress(@Nullable HttpServletRequest request) {
    try {
      return request == null ? null : request.getRemoteAddr();
    } catch (RuntimeException noRequest) { // in place of a null reference, as Apache CXF does
      return null;
    }
  }
}
