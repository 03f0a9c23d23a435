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
    Response.ResponseBuilder response =
        fault instanceof WebApplicationException http
            ? Response.fromResponse(http.getResponse())
            : Response.serverError();
    String error = response.build().getStatusInfo().getReasonPhrase();
    return response
        .type(MediaType.APPLICATION_JSON)
        .entity(new Problem(error, fault.getMessage()))
        .build();
  }
}
