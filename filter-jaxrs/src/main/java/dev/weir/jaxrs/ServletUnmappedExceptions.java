package dev.weir.jaxrs;

import dev.weir.session.SessionUse;
import jakarta.annotation.Priority;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the headers on the answer to an exception that the application has no mapper for (contract
 * R5), and ends the session it would have made, on Apache CXF, which hands these to the servlet
 * container past all response filters. They still go there: a mapper that returns null has not
 * handled the exception.
 */
@Priority(Integer.MAX_VALUE) // every mapper of the application comes first
final class ServletUnmappedExceptions implements ExceptionMapper<Throwable> {

  @Context private @Nullable HttpServletRequest request;
  @Context private @Nullable HttpServletResponse response;

  @Override
  public @Nullable Response toResponse(Throwable exception) {
    if (exception instanceof WebApplicationException http) {
      return http.getResponse(); // as the default mapper does, which comes after this one
    }
    if (request != null && response != null) {
      ServletHeaderFilter.write(request, response);
      if (request.getAttribute(SessionEnd.SESSION) instanceof SessionUse session) {
        session.abandoned();
      }
    }
    return null;
  }
}
