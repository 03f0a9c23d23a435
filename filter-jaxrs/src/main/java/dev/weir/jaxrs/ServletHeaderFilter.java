package dev.weir.jaxrs;

import dev.weir.http.Answer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.core.Context;
import org.jspecify.annotations.Nullable;

/** The filter where the servlet API exists. Perhaps without a servlet container, though. */
final class ServletHeaderFilter extends HeaderFilter {

  @Context private @Nullable HttpServletRequest request;
  @Context private @Nullable HttpServletResponse response;

  ServletHeaderFilter(Protection protection, boolean handsOn404) {
    super(protection, handsOn404);
  }

  @Override
  @Nullable String remoteAddress() {
    return ServletLimitFilter.remoteAddress(request);
  }

  @Override
  boolean writeToServletResponse() {
    if (request == null || response == null) {
      return false;
    }
    write(request, response);
    return true;
  }

  /** Writes the headers of a request's decision, if there is one, past Jakarta REST. */
  static void write(HttpServletRequest request, HttpServletResponse response) {
    if (request.getAttribute(Answer.ATTRIBUTE) instanceof Answer answer) {
      answer.forEachHeader(response::setHeader);
      String exposed = answer.exposeHeaders(response.getHeaders(Answer.EXPOSE_HEADERS));
      if (exposed != null) {
        response.setHeader(Answer.EXPOSE_HEADERS, exposed);
      }
    }
  }
}
