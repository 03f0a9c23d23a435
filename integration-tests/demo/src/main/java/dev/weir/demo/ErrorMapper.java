package dev.weir.demo;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import org.jspecify.annotations.Nullable;

/** Errors of the application itself, which look unlike those of Weir. */
public final class ErrorMapper implements ExceptionMapper<Throwable> {

  /** The body of such a response. */
  public record Problem(String error, @Nullable String message) {}

  @Override
  public Response toResponse(Throwable fault) {
    Response given =
        fault instanceof WebApplicationException http
            ? http.getResponse()
            : Response.serverError().build();
    Response.StatusType status = given.getStatusInfo();
    // what an exception says that is not the application's own differs with the implementation
    String message =
        fault instanceof WebApplicationException && !(fault instanceof Checks.Fault)
            ? "HTTP %d %s".formatted(status.getStatusCode(), status.getReasonPhrase())
            : fault.getMessage();
    return Response.fromResponse(given)
        .type(MediaType.APPLICATION_JSON)
        .entity(new Problem(status.getReasonPhrase(), message))
        .build();
  }
}
