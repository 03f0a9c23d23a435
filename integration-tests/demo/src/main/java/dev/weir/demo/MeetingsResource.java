package dev.weir.demo;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;

/** The endpoints of {@code burst-sustained} (contract M6). */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public class MeetingsResource {

  /** All meetings. */
  public record Meetings(List<String> meetings) {}

  /** What was said in a meeting. */
  public record Transcript(String id, String text) {}

  /** Lists meetings. */
  @GET
  @Path("meetings")
  public Meetings meetings() {
    return new Meetings(List.of("Monday", "Tuesday"));
  }

  /** Shows a transcript. */
  @GET
  @Path("transcripts/{id}")
  public Transcript transcript(@PathParam("id") String id) {
    return new Transcript(Checks.id(id), "Hello.");
  }
}
