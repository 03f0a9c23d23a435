package dev.weir.plan;

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

  /** The scope of messages that come in over WebSockets; no endpoint group can have this name. */
  static final String MESSAGES_SCOPE = "websocket messages";

  /** The scope of payload bytes that come in over WebSockets. */
  static final String BYTES_SCOPE = "websocket bytes";

  /**
   * {@return the budget of a limit within a scope} Hashes: {@link PlanCatalog} does so once.
   *
   * @param scope what the limit counts within
   * @param limit the limit
   */
  public static Budget of(String scope, Limit limit) {
    String text =
        scope
            + '\0'
            + limit.name()
            + '\0'
            + limit.periodMillis()
            + '\0'
            + limit.algorithm().label();
    return new Budget(scope, limit, ByteBuffer.wrap(ApiKey.sha256(text)).getLong());
  }

  /**
   * {@return the name clients see, unique within a policy: {@code minute}, {@code analysis-minute}}
   */
  public String displayName() {
    return scope.equals(PLAN_SCOPE) ? limit.name() : scope + "-" + limit.name();
  }
}
