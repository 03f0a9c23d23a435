package dev.weir.matrix;

import dev.weir.RateLimited;
import jakarta.annotation.Priority;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NameBinding;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** A resource that answers in all the ways that JAX-RS knows. */
@Path("things")
@Produces("text/plain")
public class Things implements Described {

  /** Creates a resource; for the container. */
  public Things() {}

  /** Returns the application's classes. */
  static Set<Class<?>> classes() {
    return Set.of(
        Things.class, OutOfStock.Mapper.class, Forbidding.class, BeforeMatching.class, Early.class);
  }

  /** Returns whether a path leads to a method that suspends its request. */
  static boolean suspends(String path) {
    return path.matches(".*/(suspended|suspended-mapped|timeout|stage)");
  }

  /** A thing. */
  @GET
  public String get() {
    return "thing";
  }

  @Override
  public String described() {
    return "described";
  }

  /** Answers from another thread. */
  @GET
  @Path("suspended")
  public void suspended(@Suspended AsyncResponse response) {
    new Thread(() -> response.resume("resumed")).start();
  }

  /** Fails on another thread. */
  @GET
  @Path("suspended-mapped")
  public void suspendedMapped(@Suspended AsyncResponse response) {
    new Thread(() -> response.resume(new OutOfStock())).start();
  }

  /**
   * Never answers. Not in less time: of timeouts of a millisecond Jetty 12.1 loses one in some ten
   * thousands, also those of a servlet with nothing in front, and the request stays suspended.
   */
  @GET
  @Path("timeout")
  public void timeout(@Suspended AsyncResponse response) {
    response.setTimeout(100, TimeUnit.MILLISECONDS);
  }

  /** Answers later. */
  @GET
  @Path("stage")
  public CompletionStage<String> stage() {
    return CompletableFuture.supplyAsync(() -> "later");
  }

  /** Commits the response early. */
  @GET
  @Path("stream")
  public StreamingOutput stream() {
    return out -> {
      out.write("first,".getBytes(StandardCharsets.UTF_8));
      out.flush();
      out.write("second".getBytes(StandardCharsets.UTF_8));
    };
  }

  /** Fails with a response. */
  @GET
  @Path("invalid")
  public String invalid() {
    throw new BadRequestException();
  }

  /** Fails with what the application has a mapper for. */
  @GET
  @Path("mapped")
  public String mapped() {
    throw new OutOfStock();
  }

  /** Fails with what the application has no mapper for. */
  @GET
  @Path("unmapped")
  public String unmapped() {
    throw new IllegalStateException("a fault of the application");
  }

  /** Is for nobody. */
  @GET
  @Path("forbidden")
  @Forbidden
  public String forbidden() {
    throw new AssertionError("the filter forbids it");
  }

  /** Is for nobody either. */
  @GET
  @Path("early")
  @Forbidden.Early
  public String early() {
    throw new AssertionError("the filter forbids it");
  }

  /** The same, each creating a session. */
  @Path("sessions")
  public Things sessions() {
    return new Things();
  }

  /** Has annotations of its own. */
  @Path("parts")
  public Parts parts() {
    return new Parts();
  }

  /** A sub-resource. */
  @Produces("text/plain")
  public static class Parts {

    /** Creates a resource. */
    public Parts() {}

    /** A part. */
    @GET
    @Path("{id}")
    @RateLimited(group = "analysis")
    public String get() {
      return "part";
    }
  }

  /** What the application has a mapper for. */
  static final class OutOfStock extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** The mapper. */
    public static final class Mapper implements ExceptionMapper<OutOfStock> {

      /** Creates a mapper; for the container. */
      public Mapper() {}

      @Override
      public Response toResponse(OutOfStock exception) {
        return Response.status(409).entity("out of stock").type("text/plain").build();
      }
    }
  }

  /** Binds the filter that comes after Weir. */
  @NameBinding
  @Retention(RetentionPolicy.RUNTIME)
  @interface Forbidden {

    /** Binds the filter that comes before Weir. */
    @NameBinding
    @Retention(RetentionPolicy.RUNTIME)
    @interface Early {}
  }

  /** Refuses as an application does that knows who asks. */
  @Forbidden
  @Priority(Priorities.AUTHORIZATION)
  public static final class Forbidding implements ContainerRequestFilter {

    /** Creates a filter; for the container. */
    public Forbidding() {}

    @Override
    public void filter(ContainerRequestContext request) {
      abort(request, 403);
    }
  }

  /** Refuses before Weir has judged. */
  @Forbidden.Early
  @Priority(Priorities.AUTHENTICATION - 200)
  public static final class Early implements ContainerRequestFilter {

    /** Creates a filter; for the container. */
    public Early() {}

    @Override
    public void filter(ContainerRequestContext request) {
      abort(request, 403);
    }
  }

  /** Answers before it is known what a request is for, as {@code X-Answer} says. */
  @PreMatching
  public static final class BeforeMatching implements ContainerRequestFilter {

    /** Creates a filter; for the container. */
    public BeforeMatching() {}

    @Override
    public void filter(ContainerRequestContext request) {
      String answer = request.getHeaderString("X-Answer");
      if (answer != null) {
        abort(request, Integer.parseInt(answer));
      }
    }
  }

  private static void abort(ContainerRequestContext request, int status) {
    request.abortWith(Response.status(status).entity("by a filter").type("text/plain").build());
  }
}
