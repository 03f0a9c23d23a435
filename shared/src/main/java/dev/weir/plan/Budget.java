package dev.weir.plan;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.weir.key.ApiKey;
import java.nio.ByteBuffer;

/**
 * One limit where it applies: the whole plan, or one endpoint group of it. This is what usage is
 * counted under.
 *
 * @param scope the name of the endpoint group, or {@link #PLAN_SCOPE}
 * @param limit the limit
 * @param id identifies the budget in stored usage: 64 bits of the SHA-256 of scope, limit name,
 *     period and algorithm. Permits and plan are left out, so that usage survives their change
 *     (contract R12)
 */
public record Budget(String scope, Limit limit, long id) {

  /** The scope of a plan's own limits. */
  public static final String PLAN_SCOPE = "";

  /** What the id is made from. */
  private record Identity(String scope, String name, long periodMillis, Algorithm algorithm) {
    long id() {
      String text = scope + '\0' + name + '\0' + periodMillis + '\0' + algorithm.label();
      return ByteBuffer.wrap(ApiKey.sha256(text)).getLong();
    }
  }

  /** Spares a digest per request. Bounded, since a directory may invent names. */
  private static final Cache<Identity, Long> IDS =
      Caffeine.newBuilder().maximumSize(10_000).build();

  /** Returns the budget of a limit within a scope. */
  public static Budget of(String scope, Limit limit) {
    Identity identity = new Identity(scope, limit.name(), limit.periodMillis(), limit.algorithm());
    return new Budget(scope, limit, IDS.get(identity, Identity::id));
  }

  /**
   * Returns the name clients see, unique within a policy: {@code minute}, {@code analysis-minute}.
   */
  public String displayName() {
    return scope.equals(PLAN_SCOPE) ? limit.name() : scope + "-" + limit.name();
  }
}
