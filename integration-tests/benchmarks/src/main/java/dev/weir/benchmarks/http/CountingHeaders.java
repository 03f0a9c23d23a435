package dev.weir.benchmarks.http;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts each key within the process and writes the headers of an answer: the least that a limiter
 * can do, which refuses nobody and forgets nothing.
 */
final class CountingHeaders implements Filter, ContainerResponseFilter {

  private static final long MINUTE = 60;

  private final Map<String, AtomicLong> used = new ConcurrentHashMap<>();

  private void count(@Nullable String key, BiConsumer<String, String> headers) {
    String counted = key == null ? "" : key;
    AtomicLong counter = used.get(counted);
    if (counter == null) {
      counter = used.computeIfAbsent(counted, absent -> new AtomicLong());
    }
    long seconds = System.currentTimeMillis() / 1000;
    long remaining = Keys.FAR_PERMITS - counter.incrementAndGet();
    headers.accept("X-RateLimit-Limit", Long.toString(Keys.FAR_PERMITS));
    headers.accept("X-RateLimit-Remaining", Long.toString(remaining));
    headers.accept("X-RateLimit-Reset", Long.toString(seconds - seconds % MINUTE + MINUTE));
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    String key = ((HttpServletRequest) request).getHeader(Bucket4jLimiter.KEY_HEADER);
    count(key, ((HttpServletResponse) response)::setHeader);
    chain.doFilter(request, response);
  }

  @Override
  public void filter(ContainerRequestContext request, ContainerResponseContext response) {
    count(request.getHeaderString(Bucket4jLimiter.KEY_HEADER), response.getHeaders()::putSingle);
  }
}
