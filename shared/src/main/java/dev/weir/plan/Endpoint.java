package dev.weir.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the endpoint a request goes to, from the path patterns of the configuration or
 * from an annotation. Made once, at start.
 *
 * @param group the group it belongs to, or null
 * @param ownScope the scope its own limits are counted under, unused if there are none
 * @param ownLimits limits of this endpoint alone, on top of plan and group
 * @param cost permits a request takes; 0 if the annotation leaves it to a group that the path
 *     decides
 * @param exempt whether requests pass unjudged and uncounted
 */
public record Endpoint(
    @Nullable EndpointGroup group,
    String ownScope,
    List<Limit> ownLimits,
    long cost,
    boolean exempt) {

  /** An endpoint in no group: the plan's limits, cost 1. */
  public static final Endpoint UNGROUPED = new Endpoint(null, "", List.of(), 1, false);

  /** Copies the collections. */
  public Endpoint {
    ownLimits = List.copyOf(ownLimits);
  }

  /** Returns this annotated endpoint as a member of the group that its path belongs to. */
  public Endpoint within(EndpointGroup pathGroup) {
    return new Endpoint(
        pathGroup, ownScope, ownLimits, cost == 0 ? pathGroup.cost() : cost, pathGroup.exempt());
  }

  /** Returns an endpoint as its group describes it. */
  public static Endpoint of(EndpointGroup group) {
    return new Endpoint(group, "", List.of(), group.cost(), group.exempt());
  }
}
