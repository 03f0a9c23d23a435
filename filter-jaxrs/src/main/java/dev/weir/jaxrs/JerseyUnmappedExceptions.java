package dev.weir.jaxrs;

import jakarta.annotation.Priority;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import org.glassfish.jersey.spi.ExtendedExceptionMapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the headers on the answer to an exception that the application has no mapper for (contract
 * R5). Jersey hands these to the container past all response filters, although since Jakarta REST
 * 3.1 (section 4.4) a default mapper ought to answer them.
 *
 * <p>A servlet container shall go on handling them, as its error pages and outer filters may need:
 * the headers are set on its response, and the exception takes its way. Other containers have no
 * use for an exception; there this is the default mapper.
 */
@Priority(Integer.MAX_VALUE) // every mapper of the application comes first
final class JerseyUnmappedExceptions implements ExtendedExceptionMapper<Throwable> {

  private static final Logger log = LoggerFactory.getLogger(RateLimitFeature.class);

  private final HeaderFilter headers;

  JerseyUnmappedExceptions(HeaderFilter headers) {
    this.headers = headers;
  }

  /** Asked for every exception, before it is known whether the application has a mapper. */
  @Override
  public boolean isMappable(Throwable exception) {
    return !(exception instanceof WebApplicationException) && !headers.writeToServletResponse();
  }

  @Override
  public Response toResponse(Throwable exception) {
    log.error("The application failed and has no mapper for this; answered with 500", exception);
    return Response.serverError().build();
  }
}
