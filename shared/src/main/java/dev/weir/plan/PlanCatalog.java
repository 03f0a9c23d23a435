package dev.weir.plan;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.weir.key.RequestView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All plans and endpoint groups of a configuration. Never changes; used by many threads. */
public final class PlanCatalog {

  private record Route(EndpointPattern pattern, Endpoint endpoint) {}

  private record Scoped(String scope, Limit limit) {}

  /**
   * What a policy is made of. That of a request is made once and found again by this.
   *
   * @param limits the account's own, or null
   * @param groups the account's own
   * @param credits the account's own, or null
   */
  private record Entitlement(
      Plan plan,
      @Nullable List<Limit> limits,
      Map<String, List<Limit>> groups,
      @Nullable Long credits,
      Endpoint endpoint) {

    /** Of the plan and the endpoint the name will do, since there are few; both are large. */
    @Override
    public int hashCode() {
      EndpointGroup group = endpoint.group();
      int hash = plan.name().hashCode();
      hash = 31 * hash + (group == null ? 0 : group.name().hashCode());
      hash = 31 * hash + endpoint.ownScope().hashCode();
      hash = 31 * hash + (limits == null ? 0 : limits.hashCode());
      return 31 * hash + groups.hashCode();
    }
  }

  private static final long MAX_POLICIES = 10_000;
  private static final long MAX_BUDGETS = 10_000;

  /** Of requests met a moment ago: the same instance for the same plan, account and endpoint. */
  private final Cache<Entitlement, Policy> knownPolicies =
      Caffeine.newBuilder().maximumSize(MAX_POLICIES).executor(Runnable::run).build();

  /** Of limits met a moment ago, overrides among them, so that a request hashes none again. */
  private final Cache<Scoped, Budget> knownBudgets =
      Caffeine.newBuilder().maximumSize(MAX_BUDGETS).build();

  private final Map<String, Plan> plans = new LinkedHashMap<>();
  private final Map<String, EndpointGroup> groups = new LinkedHashMap<>();
  private final List<Route> routes = new ArrayList<>();
  private final OnFailure onFailure;
  private final SessionRules sessions;
  private final CreditRules credits;

  /**
   * Builds a catalog whose plans fail {@link OnFailure#LOCAL}, unless they say otherwise.
   *
   * @param plans the plans
   * @param groups the endpoint groups
   */
  public PlanCatalog(Collection<Plan> plans, Collection<EndpointGroup> groups) {
    this(plans, groups, OnFailure.LOCAL, SessionRules.NONE, CreditRules.DEFAULT);
  }

  /**
   * Builds a catalog; of two entries with one name the later one counts.
   *
   * @param plans the plans
   * @param groups the endpoint groups
   * @param onFailure what becomes of requests that the cluster gives no answer to, where neither
   *     group nor plan says it
   * @param sessions which requests open, use and end sessions
   * @param credits how credits are charged
   */
  public PlanCatalog(
      Collection<Plan> plans,
      Collection<EndpointGroup> groups,
      OnFailure onFailure,
      SessionRules sessions,
      CreditRules credits) {
    this.onFailure = onFailure;
    this.sessions = sessions;
    this.credits = credits;
    plans.forEach(plan -> this.plans.put(plan.name(), plan));
    groups.forEach(group -> this.groups.put(group.name(), group));
    for (EndpointGroup group : this.groups.values()) {
      Endpoint endpoint = Endpoint.of(group);
      group.patterns().forEach(pattern -> routes.add(new Route(pattern, endpoint)));
    }
    routes.sort(Comparator.comparing(Route::pattern, EndpointPattern.MOST_SPECIFIC_FIRST));
  }

  /**
   * {@return this catalog with another answer to what becomes of requests without an answer}
   *
   * @param newOnFailure what becomes of them
   */
  public PlanCatalog withOnFailure(OnFailure newOnFailure) {
    return new PlanCatalog(plans(), groups(), newOnFailure, sessions, credits);
  }

  /** {@return how credits are charged} */
  public CreditRules credits() {
    return credits;
  }

  /**
   * {@return this catalog with other plans}
   *
   * @param newPlans in place of those of now
   */
  public PlanCatalog withPlans(Collection<Plan> newPlans) {
    return new PlanCatalog(newPlans, groups(), onFailure, sessions, credits);
  }

  /** {@return which requests open, use and end sessions} */
  public SessionRules sessions() {
    return sessions;
  }

  /**
   * {@return the plan of this name, or null if there is none}
   *
   * @param name of the plan
   */
  public @Nullable Plan plan(String name) {
    return plans.get(name);
  }

  /**
   * {@return the endpoint group of this name, or null if there is none}
   *
   * @param name of the group
   */
  public @Nullable EndpointGroup group(String name) {
    return groups.get(name);
  }

  /**
   * {@return an exempt group that takes such requests out of all counting, or null}
   *
   * @param pattern of the requests
   */
  public @Nullable EndpointGroup exempting(EndpointPattern pattern) {
    for (String method : pattern.methods().isEmpty() ? Set.of("GET") : pattern.methods()) {
      Endpoint endpoint = find(method, pattern.segments());
      if (endpoint.exempt()) {
        return endpoint.group();
      }
    }
    return null;
  }

  /** {@return every plan, in the order of the configuration} */
  public Collection<Plan> plans() {
    return plans.values();
  }

  /** {@return every endpoint group, in the order of the configuration} */
  public Collection<EndpointGroup> groups() {
    return groups.values();
  }

  /**
   * {@return the endpoint a request goes to: that of the most specific pattern, or {@link
   * Endpoint#UNGROUPED}}
   *
   * <p>Where a path can be read two ways, because of an encoded slash or because the container
   * resolves it in a way of its own, the request is judged by the groups of both; and a path that
   * containers may resolve differently, such as {@code /health/..%2Fv1}, is never exempt.
   *
   * @param request the request
   */
  public Endpoint endpoint(RequestView request) {
    if (routes.isEmpty()) {
      return Endpoint.UNGROUPED;
    }
    String method = request.method();
    String rawPath = request.rawPath();
    if (RequestPath.isPlain(rawPath)) {
      return findPlain(method, rawPath);
    }
    Endpoint found = find(method, RequestPath.segments(rawPath));
    Endpoint other = found;
    String dispatchPath = request.dispatchPath();
    if (dispatchPath != null) {
      other = find(method, RequestPath.resolvedSegments(dispatchPath));
    }
    if (other.equals(found) && RequestPath.hidesSeparator(rawPath)) {
      other = find(method, RequestPath.segmentsAtHiddenSeparators(rawPath));
    }
    if (!other.equals(found)) {
      return found.or(other).judged();
    }
    return RequestPath.isDisguised(rawPath) ? found.judged() : found;
  }

  private Endpoint find(String method, List<String> path) {
    for (Route route : routes) {
      if (route.pattern.matches(method, path)) {
        return route.endpoint;
      }
    }
    return Endpoint.UNGROUPED;
  }

  private Endpoint findPlain(String method, String path) {
    for (int i = 0; i < routes.size(); i++) {
      if (routes.get(i).pattern.matchesPlain(method, path)) {
        return routes.get(i).endpoint;
      }
    }
    return Endpoint.UNGROUPED;
  }

  /**
   * {@return what a request of this account to this endpoint is judged by} What was asked for a
   * moment ago is answered with the same instance, also for an account that is another but equal.
   *
   * @param plan the plan
   * @param account the account; names one of the plans
   * @param endpoint where the request goes
   * @throws IllegalArgumentException if more limits apply than a {@link Policy} may have
   */
  public Policy policy(Plan plan, Account account, Endpoint endpoint) {
    Entitlement asked =
        new Entitlement(plan, account.limits(), account.groups(), account.credits(), endpoint);
    Policy known = knownPolicies.getIfPresent(asked);
    return known == null
        ? knownPolicies.get(asked, same -> create(plan, account, endpoint))
        : known;
  }

  private Policy create(Plan plan, Account account, Endpoint endpoint) {
    List<Budget> budgets = new ArrayList<>();
    List<Limit> planLimits = account.limits() == null ? plan.limits() : account.limits();
    planLimits.forEach(limit -> budgets.add(budget(Budget.PLAN_SCOPE, limit)));
    addGroup(budgets, plan, account, endpoint.group());
    addGroup(budgets, plan, account, endpoint.otherGroup());
    endpoint.ownLimits().forEach(limit -> budgets.add(budget(endpoint.ownScope(), limit)));
    Long credits = account.credits() == null ? plan.credits() : account.credits();
    return new Policy(
        budgets,
        Math.max(1, endpoint.cost()),
        onFailure(plan, endpoint),
        credits == null ? Policy.FREE : Math.max(0, endpoint.price()),
        credits == null ? 0 : credits);
  }

  /**
   * {@return what the messages of this account's sockets are judged by}
   *
   * @param plan the plan
   * @param account the account; names one of the plans
   */
  public SocketPolicy sockets(Plan plan, Account account) {
    SocketLimits limits = account.sockets().over(plan.sockets());
    return new SocketPolicy(
        budgets(Budget.MESSAGES_SCOPE, limits.messages()),
        budgets(Budget.BYTES_SCOPE, limits.bytes()),
        onFailure(plan),
        plan.dryRun());
  }

  private List<Budget> budgets(String scope, @Nullable List<Limit> limits) {
    return limits == null ? List.of() : limits.stream().map(limit -> budget(scope, limit)).toList();
  }

  /** Of two groups, where a path reads as either, the one that lets fewer through. */
  private OnFailure onFailure(Plan plan, Endpoint endpoint) {
    OnFailure wanted = null;
    for (EndpointGroup group :
        new @Nullable EndpointGroup[] {endpoint.group(), endpoint.otherGroup()}) {
      OnFailure own = group == null ? null : group.onFailure();
      if (own != null && (wanted == null || isStricter(own, wanted))) {
        wanted = own;
      }
    }
    if (wanted != null) {
      return wanted;
    }
    return onFailure(plan);
  }

  /**
   * {@return what becomes of what a plan is asked for when the cluster gives no answer}
   *
   * @param plan the plan
   */
  public OnFailure onFailure(Plan plan) {
    OnFailure own = plan.onFailure();
    return own == null ? onFailure : own;
  }

  private static boolean isStricter(OnFailure one, OnFailure other) {
    return one == OnFailure.REFUSE || other == OnFailure.ALLOW;
  }

  private void addGroup(
      List<Budget> budgets, Plan plan, Account account, @Nullable EndpointGroup group) {
    if (group != null) {
      account
          .groups()
          .getOrDefault(group.name(), plan.groups().getOrDefault(group.name(), group.limits()))
          .forEach(limit -> budgets.add(budget(group.name(), limit)));
    }
  }

  private Budget budget(String scope, Limit limit) {
    return knownBudgets.get(new Scoped(scope, limit), asked -> Budget.of(asked.scope, asked.limit));
  }
}
