package dev.weir.demo;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;

/** The endpoints of {@code talkpilot} (contract T5). */
@Path("/")
@Produces(MediaType.APPLICATION_JSON)
public class TalkpilotResource {

  /** Somebody who answers calls. */
  public record Agent(String id, String name) {}

  /** What an agent is doing. */
  public record Status(String id, String status) {}

  /** When calls are forwarded. */
  public record Slots(List<String> slots) {}

  /** Shows an agent. */
  @GET
  @Path("agents/{id}")
  public Agent agent(@PathParam("id") String id) {
    return new Agent(Checks.id(id), "Ada");
  }

  /** Shows what an agent is doing. */
  @GET
  @Path("agents/{id}/status")
  public Status status(@PathParam("id") String id) {
    return new Status(Checks.id(id), "available");
  }

  /** Replaces the times of forwarding. */
  @PUT
  @Path("forwarding-slots")
  public Slots forward(String body) {
    Checks.json(body);
    return new Slots(List.of());
  }
}
