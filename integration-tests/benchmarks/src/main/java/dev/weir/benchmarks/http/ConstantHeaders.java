package dev.weir.benchmarks.http;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import java.io.IOException;
import java.util.Map;

/** Decides nothing and writes the headers of an answer: what these cost by themselves. */
final class ConstantHeaders implements Filter, ContainerResponseFilter {

  private static final Map<String, String> HEADERS =
      Map.of(
          "X-RateLimit-Limit", "1000000",
          "X-RateLimit-Remaining", "999999",
          "X-RateLimit-Reset", "1790000000");

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    HttpServletResponse answer = (HttpServletResponse) response;
    HEADERS.forEach(answer::setHeader);
    chain.doFilter(request, response);
  }

  @Override
  public void filter(ContainerRequestContext request, ContainerResponseContext response) {
    HEADERS.forEach((name, value) -> response.getHeaders().putSingle(name, value));
  }
}
