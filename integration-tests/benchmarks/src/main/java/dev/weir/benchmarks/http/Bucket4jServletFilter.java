package dev.weir.benchmarks.http;

import io.github.bucket4j.ConsumptionProbe;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** {@link Bucket4jLimiter} before servlets. */
final class Bucket4jServletFilter implements Filter {

  private final Bucket4jLimiter limiter;

  Bucket4jServletFilter(Bucket4jLimiter limiter) {
    this.limiter = limiter;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    HttpServletResponse answer = (HttpServletResponse) response;
    String key = ((HttpServletRequest) request).getHeader(Bucket4jLimiter.KEY_HEADER);
    if (key == null) {
      answer.setStatus(401);
      return;
    }
    ConsumptionProbe probe = limiter.take(key);
    limiter.headers(key, probe).forEach(answer::setHeader);
    if (probe.isConsumed()) {
      chain.doFilter(request, response);
    } else {
      answer.setStatus(429);
      answer.setContentType("application/json");
      answer.getWriter().write(Bucket4jLimiter.REFUSAL);
    }
  }
}
