package dev.weir.demo;

import dev.weir.RateLimited;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.List;

/** An API for the profiles that document none: {@code default} and {@code problem-json}. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public class OrdersResource {

  /** All orders. */
  public record Orders(List<String> orders) {}

  /** One order. */
  public record Order(String id, String status) {}

  /** Much work for one answer. */
  public record Report(String id, int orders) {}

  /** Lists orders. */
  @GET
  @Path("orders")
  public Orders orders() {
    return new Orders(List.of("1", "2"));
  }

  /** Places an order. */
  @POST
  @Path("orders")
  public Response place(String body) {
    Checks.json(body);
    return Response.created(URI.create("v1/orders/3")).entity(new Order("3", "placed")).build();
  }

  /** Shows an order. */
  @GET
  @Path("orders/{id}")
  public Order order(@PathParam("id") String id) {
    return new Order(Checks.id(id), "placed");
  }

  /** Writes a report, which costs more than a request usually does. */
  @GET
  @Path("reports/{id}")
  @RateLimited(group = "reports")
  public Report report(@PathParam("id") String id) {
    return new Report(Checks.id(id), 2);
  }
}
