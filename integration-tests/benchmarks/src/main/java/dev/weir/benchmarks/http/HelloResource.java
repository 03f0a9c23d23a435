package dev.weir.benchmarks.http;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/** The smallest application. */
@Path("/hello")
public final class HelloResource {

  /** Says hello. */
  @GET
  @Produces(MediaType.TEXT_PLAIN)
  public String hello() {
    return HelloServlet.TEXT;
  }
}
