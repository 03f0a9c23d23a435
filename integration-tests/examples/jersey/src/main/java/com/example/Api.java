package com.example;

import dev.weir.RateLimited;
import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Application;
import java.util.Set;

@ApplicationPath("v1")
public class Api extends Application {

  @Override
  public Set<Class<?>> getClasses() {
    return Set.of(Reports.class); // Jersey finds Weir by itself
  }

  @Path("reports")
  public static class Reports {

    @GET
    @Produces("application/json")
    @RateLimited(group = "reports")
    public String list() {
      return "{\"reports\":[]}";
    }
  }
}
