package dev.weir.containers.war;

import dev.weir.servlet.RateLimitFilter;
import jakarta.servlet.annotation.WebFilter;

/** A filter that is declared by annotation. */
@WebFilter(urlPatterns = "/api/*", asyncSupported = true)
public final class ApiLimits extends RateLimitFilter {

  /** Creates a filter; for the server. */
  public ApiLimits() {}
}
