package dev.weir.jaxrs;

import dev.weir.key.RequestView;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.PathSegment;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A request of Jakarta REST, as Weir reads it. Paths are relative to the application's own. */
record JaxrsRequest(ContainerRequestContext request, @Nullable String remoteAddress)
    implements RequestView {

  @Override
  public String method() {
    return request.getMethod();
  }

  @Override
  public String rawPath() {
    // with or without a slash at its start, depending on the implementation
    String path = request.getUriInfo().getPath(false);
    return path.startsWith("/") ? path : "/" + path;
  }

  /** Jakarta REST resolves no dot segments, and matches without path parameters (section 3.7). */
  @Override
  public String dispatchPath() {
    return request.getUriInfo().getPathSegments().stream()
        .map(PathSegment::getPath)
        .collect(Collectors.joining("/", "/", ""));
  }

  @Override
  public @Nullable String pathParameter(String name) {
    return request.getUriInfo().getPathParameters().getFirst(name);
  }

  @Override
  public @Nullable String query() {
    return request.getUriInfo().getRequestUri().getRawQuery();
  }

  @Override
  public List<String> headers(String name) {
    List<String> values = request.getHeaders().get(name);
    return values == null ? List.of() : values;
  }
}
