package com.example;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.map.IMap;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.grid.hazelcast.Bucket4jHazelcast;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;

@WebFilter(urlPatterns = "/v1/*", asyncSupported = true)
public class BucketFilter implements Filter {

  private static final BucketConfiguration STARTER =
      BucketConfiguration.builder()
          .addLimit(limit -> limit.capacity(120).refillGreedy(120, Duration.ofMinutes(1)))
          .build();

  private ProxyManager<String> buckets;

  @Override
  public void init(FilterConfig config) {
    IMap<String, byte[]> map = Hazelcast.getHazelcastInstanceByName("api").getMap("buckets");
    buckets = Bucket4jHazelcast.entryProcessorBasedBuilder(map).build();
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse answer, FilterChain chain)
      throws IOException, ServletException {
    HttpServletResponse response = (HttpServletResponse) answer;
    String key = ((HttpServletRequest) request).getHeader("X-API-Key");
    if (key == null) {
      response.sendError(401);
      return;
    }
    ConsumptionProbe probe = buckets.getProxy(key, () -> STARTER).tryConsumeAndReturnRemaining(1);
    response.setHeader("X-RateLimit-Limit", "120");
    response.setHeader("X-RateLimit-Remaining", Long.toString(probe.getRemainingTokens()));
    if (probe.isConsumed()) {
      chain.doFilter(request, response);
    } else {
      long seconds = Duration.ofNanos(probe.getNanosToWaitForRefill()).toSeconds() + 1;
      response.setHeader("Retry-After", Long.toString(seconds));
      response.sendError(429);
    }
  }
}
