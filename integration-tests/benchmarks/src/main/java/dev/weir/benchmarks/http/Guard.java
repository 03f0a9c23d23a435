package dev.weir.benchmarks.http;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.Weir;
import dev.weir.benchmarks.lab.OtherMember;
import dev.weir.config.Configuration;
import dev.weir.jaxrs.RateLimitFeature;
import dev.weir.quota.QuotaStore;
import dev.weir.servlet.RateLimitFilter;
import jakarta.servlet.Filter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What stands in front of the application, for either of its frameworks.
 *
 * @param filter for servlets
 * @param feature for Jakarta REST
 */
record Guard(@Nullable Filter filter, @Nullable Object feature) {

  /** What there is to choose from. */
  enum Kind {
    NONE,
    /** Headers of constant values, and no decision. */
    HEADERS,
    /** The least that a limiter can do, within the process. */
    COUNTER,
    WEIR,
    BUCKET4J;

    /** Returns whether it refuses anybody. */
    boolean isLimiting() {
      return this == WEIR || this == BUCKET4J;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Opens a guard on a cluster, which those can do without that count on none. */
  static Guard open(Kind kind, @Nullable HazelcastInstance cluster, int keys, int sets) {
    if (kind == Kind.HEADERS) {
      ConstantHeaders headers = new ConstantHeaders();
      return new Guard(headers, headers);
    }
    if (kind == Kind.COUNTER) {
      CountingHeaders counter = new CountingHeaders();
      return new Guard(counter, counter);
    }
    if (kind == Kind.NONE || cluster == null) {
      return new Guard(null, null);
    }
    if (kind == Kind.BUCKET4J) {
      Bucket4jLimiter limiter = new Bucket4jLimiter(cluster);
      return new Guard(new Bucket4jServletFilter(limiter), new Bucket4jContainerFilter(limiter));
    }
    Weir weir =
        Weir.builder()
            .configuration(Configuration.parse("benchmark.yaml", configuration(keys, sets)))
            .store(QuotaStore.hazelcast(cluster, OtherMember.SETTINGS))
            .build();
    return new Guard(new RateLimitFilter(weir), new RateLimitFeature(weir));
  }

  /** Lists the keys in the file, as an application without a directory of its own does. */
  private static String configuration(int keys, int sets) {
    StringBuilder yaml = new StringBuilder();
    yaml.append("plans:\n");
    yaml.append("  far: { limits: [%d/minute] }\n".formatted(Keys.FAR_PERMITS));
    yaml.append("  few: { limits: [%d/minute] }\n".formatted(Keys.FEW_PERMITS));
    yaml.append("keys:\n");
    for (int key = 0; key < keys; key++) {
      yaml.append("  %s%d: { plan: far }\n".formatted(Keys.FAR, key));
      for (int set = 1; set <= sets; set++) {
        yaml.append("  %s%d: { plan: few }\n".formatted(Keys.few(set), key));
      }
    }
    return yaml.toString();
  }
}
