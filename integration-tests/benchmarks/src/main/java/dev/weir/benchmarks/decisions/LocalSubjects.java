package dev.weir.benchmarks.decisions;

import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Ways to count within one process, for reference. */
final class LocalSubjects {

  private LocalSubjects() {}

  /** A Resilience4j limiter for each key. It does not say what remains. */
  static Subject resilience4j(long permits, Duration period) {
    RateLimiterConfig config =
        RateLimiterConfig.custom()
            .limitForPeriod(Math.toIntExact(permits))
            .limitRefreshPeriod(period)
            .timeoutDuration(Duration.ZERO)
            .build();
    Map<Object, RateLimiter> limiters = new ConcurrentHashMap<>();
    return key -> {
      RateLimiter limiter = limiters.get(key.partition());
      if (limiter == null) {
        limiter =
            limiters.computeIfAbsent(key.partition(), absent -> RateLimiter.of("key", config));
      }
      return limiter.acquirePermission() ? 0 : Subject.REFUSED;
    };
  }

  /** A number for each key that only goes up: no limiter can be faster. */
  static Subject atomicLong(long permits) {
    Map<Object, AtomicLong> counters = new ConcurrentHashMap<>();
    return key -> {
      AtomicLong counter = counters.get(key.partition());
      if (counter == null) {
        counter = counters.computeIfAbsent(key.partition(), absent -> new AtomicLong());
      }
      long used = counter.incrementAndGet();
      return used <= permits ? permits - used : Subject.REFUSED;
    };
  }
}
