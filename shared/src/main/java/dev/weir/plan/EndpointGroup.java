package dev.weir.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints that share limits or a cost.
 *
 * @param name as plans and annotations name it
 * @param patterns the requests that belong to it; empty if only annotations name it
 * @param limits limits under every plan that sets none of its own for this group
 * @param cost permits a request takes
 * @param exempt whether requests pass unjudged and uncounted, even without a key
 * @param onFailure what becomes of its requests when the cluster gives no answer, whatever their
 *     plan says; or null to leave that to the plan
 * @param price how many credits a request costs, where credits are counted
 */
public record EndpointGroup(
    String name,
    List<EndpointPattern> patterns,
    List<Limit> limits,
    long cost,
    boolean exempt,
    @Nullable OnFailure onFailure,
    long price) {

  /**
   * Copies the collections.
   *
   * @param name as plans and annotations name it
   * @param patterns the requests that belong to it; empty if only annotations name it
   * @param limits limits under every plan that sets none of its own for this group
   * @param cost permits a request takes
   * @param exempt whether requests pass unjudged and uncounted, even without a key
   * @param onFailure what becomes of its requests when the cluster gives no answer, whatever their
   *     plan says; or null to leave that to the plan
   * @param price how many credits a request costs, where credits are counted
   */
  public EndpointGroup {
    patterns = List.copyOf(patterns);
    limits = List.copyOf(limits);
  }

  /**
   * Creates a group that fails as the plan says.
   *
   * @param name as plans and annotations name it
   * @param patterns the requests that belong to it; empty if only annotations name it
   * @param limits limits under every plan that sets none of its own for this group
   * @param cost permits a request takes
   * @param exempt whether requests pass unjudged and uncounted, even without a key
   */
  public EndpointGroup(
      String name, List<EndpointPattern> patterns, List<Limit> limits, long cost, boolean exempt) {
    this(name, patterns, limits, cost, exempt, null, CreditRules.DEFAULT_PRICE);
  }
}
