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
 * @param otherGroup a second group whose limits apply too: that of a path with an encoded slash,
 *     read the other way; null for every other endpoint
 * @param session what an annotation says that requests do to a session, or null
 * @param price how many credits a request costs, where credits are counted; {@link #BY_GROUP} if
 *     the annotation leaves it to a group that the path decides
 */
public record Endpoint(
    @Nullable EndpointGroup group,
    String ownScope,
    List<Limit> ownLimits,
    long cost,
    boolean exempt,
    @Nullable EndpointGroup otherGroup,
    @Nullable SessionAction session,
    long price) {

  /** In place of a price. */
  public static final long BY_GROUP = -1;

  /** An endpoint in no group: the plan's limits, cost 1. */
  public static final Endpoint UNGROUPED = new Endpoint(null, "", List.of(), 1, false);

  /**
   * Copies the collections.
   *
   * @param group the group it belongs to, or null
   * @param ownScope the scope its own limits are counted under, unused if there are none
   * @param ownLimits limits of this endpoint alone, on top of plan and group
   * @param cost permits a request takes; 0 if the annotation leaves it to a group that the path
   *     decides
   * @param exempt whether requests pass unjudged and uncounted
   * @param otherGroup a second group whose limits apply too: that of a path with an encoded slash,
   *     read the other way; null for every other endpoint
   * @param session what an annotation says that requests do to a session, or null
   * @param price how many credits a request costs, where credits are counted; {@link #BY_GROUP} if
   *     the annotation leaves it to a group that the path decides
   */
  public Endpoint {
    ownLimits = List.copyOf(ownLimits);
  }

  /**
   * Creates an endpoint in one group or none.
   *
   * @param group the group it belongs to, or null
   * @param ownScope the scope its own limits are counted under, unused if there are none
   * @param ownLimits limits of this endpoint alone, on top of plan and group
   * @param cost permits a request takes; 0 if the annotation leaves it to a group that the path
   *     decides
   * @param exempt whether requests pass unjudged and uncounted
   */
  public Endpoint(
      @Nullable EndpointGroup group,
      String ownScope,
      List<Limit> ownLimits,
      long cost,
      boolean exempt) {
    this(
        group,
        ownScope,
        ownLimits,
        cost,
        exempt,
        null,
        null,
        group == null ? CreditRules.DEFAULT_PRICE : group.price());
  }

  /**
   * {@return this annotated endpoint, which names no group, as a member of those of its path}
   *
   * @param path the endpoint of the path
   */
  public Endpoint within(Endpoint path) {
    return new Endpoint(
        path.group,
        ownScope,
        ownLimits,
        cost == 0 ? path.cost : cost,
        path.exempt,
        path.otherGroup,
        session,
        price == BY_GROUP ? path.price : price);
  }

  /**
   * {@return this endpoint with what its requests do to a session}
   *
   * @param newSession what that is, or null for nothing
   */
  public Endpoint with(@Nullable SessionAction newSession) {
    return new Endpoint(group, ownScope, ownLimits, cost, exempt, otherGroup, newSession, price);
  }

  /**
   * {@return this endpoint with requests at a price in credits of their own}
   *
   * @param newPrice 0 or more
   */
  public Endpoint at(long newPrice) {
    return new Endpoint(group, ownScope, ownLimits, cost, exempt, otherGroup, session, newPrice);
  }

  /**
   * {@return an endpoint as its group describes it}
   *
   * @param group the group
   */
  public static Endpoint of(EndpointGroup group) {
    return new Endpoint(group, "", List.of(), group.cost(), group.exempt());
  }

  /**
   * {@return the endpoint of a path that may lead here or there: judged as both}
   *
   * @param other what it may be as well
   */
  public Endpoint or(Endpoint other) {
    if (group == null || group.equals(other.group)) {
      return other;
    }
    return new Endpoint(
        group,
        ownScope,
        ownLimits,
        Math.max(cost, other.cost),
        false,
        other.group,
        session,
        Math.max(price, other.price));
  }

  /** Returns this endpoint with its requests judged in any case. */
  Endpoint judged() {
    return exempt
        ? new Endpoint(group, ownScope, ownLimits, cost, false, otherGroup, session, price)
        : this;
  }
}
