package dev.weir.benchmarks.http;

import io.github.bucket4j.ConsumptionProbe;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** {@link Bucket4jLimiter} before resources. */
final class Bucket4jContainerFilter implements ContainerRequestFilter, ContainerResponseFilter {

  private static final String PROBE = Bucket4jContainerFilter.class.getName();

  private final Bucket4jLimiter limiter;

  Bucket4jContainerFilter(Bucket4jLimiter limiter) {
    this.limiter = limiter;
  }

  @Override
  public void filter(ContainerRequestContext request) {
    String key = request.getHeaderString(Bucket4jLimiter.KEY_HEADER);
    if (key == null) {
      request.abortWith(Response.status(401).build());
      return;
    }
    ConsumptionProbe probe = limiter.take(key);
    request.setProperty(PROBE, probe);
    if (!probe.isConsumed()) {
      request.abortWith(
          Response.status(429)
              .type(MediaType.APPLICATION_JSON_TYPE)
              .entity(Bucket4jLimiter.REFUSAL)
              .build());
    }
  }

  @Override
  public void filter(ContainerRequestContext request, ContainerResponseContext response) {
    String key = request.getHeaderString(Bucket4jLimiter.KEY_HEADER);
    if (key != null && request.getProperty(PROBE) instanceof ConsumptionProbe probe) {
      limiter
          .headers(key, probe)
          .forEach((name, value) -> response.getHeaders().putSingle(name, value));
    }
  }
}
