package dev.weir.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;

/**
 * The request the application gets: an asynchronous context that it starts without a response holds
 * the one that keeps Weir's headers, where most containers would put their own.
 */
final class RateLimitRequest extends HttpServletRequestWrapper {

  private final HttpServletRequest original;
  private final RateLimitResponse response;

  RateLimitRequest(HttpServletRequest original, RateLimitResponse response) {
    super(original);
    this.original = original;
    this.response = response;
  }

  /**
   * With the request as it was in front of the filter (in a forward, Tomcat puts another one into
   * this wrapper), since its path is where a dispatch without a path goes.
   */
  @Override
  public AsyncContext startAsync() {
    return startAsync(original, response);
  }
}
