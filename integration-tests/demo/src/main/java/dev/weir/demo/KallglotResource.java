package dev.weir.demo;

import dev.weir.RateLimited;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** The endpoints of {@code kallglot} and {@code kallglot-credits} (contract K12). */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public class KallglotResource {

  /** A call in progress, or over. */
  public record Session(String id, String status) {}

  /** What was found out about a session. */
  public record Analysis(String session, String status) {}

  /** A place to report to. */
  public record Webhook(String id, String status) {}

  /** Begins a session. */
  @POST
  @Path("sessions")
  @RateLimited(group = "sessions-write")
  public Response create(String body) {
    Checks.json(body);
    Session session = new Session("sess_" + random(), "active");
    return Response.created(URI.create("v1/sessions/" + session.id())).entity(session).build();
  }

  /** Shows a session. */
  @GET
  @Path("sessions/{id}")
  @RateLimited(group = "sessions-read")
  public Session session(@PathParam("id") String id) {
    return new Session(Checks.id(id), "active");
  }

  /** Ends a session. */
  @DELETE
  @Path("sessions/{id}")
  @RateLimited(group = "sessions-write")
  public Session end(@PathParam("id") String id) {
    return new Session(Checks.id(id), "ended");
  }

  /** Sends a recording as a stream, piece by piece. */
  @GET
  @Path("recordings/{id}")
  @RateLimited(group = "recordings")
  public StreamingOutput recording(@PathParam("id") String id) {
    String first = "{\"id\":\"%s\",".formatted(Checks.id(id));
    return out -> {
      out.write(first.getBytes(StandardCharsets.UTF_8));
      out.flush();
      out.write("\"seconds\":42}".getBytes(StandardCharsets.UTF_8));
    };
  }

  /** Analyses a session. */
  @POST
  @Path("sessions/{id}/analysis")
  @RateLimited(group = "analysis")
  public Analysis analyse(@PathParam("id") String id, String body) {
    Checks.json(body);
    return new Analysis(Checks.id(id), "done");
  }

  /** Registers a webhook. */
  @POST
  @Path("webhooks")
  @RateLimited(group = "webhooks")
  public Response register(String body) {
    Checks.json(body);
    return Response.status(Response.Status.CREATED)
        .entity(new Webhook("wh_" + random(), "active"))
        .build();
  }

  private static String random() {
    return UUID.randomUUID().toString().replace("-", "").substring(0, 16);
  }
}
