package dev.weir.matrix;

import dev.weir.RateLimited;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;

/** A description of a resource, to be implemented. */
public interface Described {

  /** Is limited more than others. */
  @GET
  @Path("described")
  @RateLimited(limits = "2/minute")
  String described();
}
