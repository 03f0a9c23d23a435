package dev.weir.plan;

import java.util.List;

/**
 * Endpoints that share limits or a cost.
 *
 * @param name as plans and annotations name it
 * @param patterns the requests that belong to it; empty if only annotations name it
 * @param limits limits under every plan that sets none of its own for this group
 * @param cost permits a request takes
 * @param exempt whether requests pass unjudged and uncounted, even without a key
 */
public record EndpointGroup(
    String name, List<EndpointPattern> patterns, List<Limit> limits, long cost, boolean exempt) {

  /** Copies the collections. */
  public EndpointGroup {
    patterns = List.copyOf(patterns);
    limits = List.copyOf(limits);
  }
}
