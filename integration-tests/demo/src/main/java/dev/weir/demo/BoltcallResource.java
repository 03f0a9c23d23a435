package dev.weir.demo;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;

/** The endpoints of {@code boltcall} (contract B4). */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public class BoltcallResource {

  /** All agents. */
  public record Agents(List<String> agents) {}

  /** All leads. */
  public record Leads(List<String> leads) {}

  /** Lists agents. */
  @GET
  @Path("agents")
  public Agents agents() {
    return new Agents(List.of("Ada", "Ben"));
  }

  /** Lists leads. */
  @GET
  @Path("leads")
  public Leads leads() {
    return new Leads(List.of("Cleo"));
  }
}
