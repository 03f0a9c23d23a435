package dev.weir.config;

import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import dev.weir.plan.Budget;
import dev.weir.plan.CreditRules;
import dev.weir.plan.Endpoint;
import dev.weir.plan.EndpointGroup;
import dev.weir.plan.EndpointPattern;
import dev.weir.plan.Limit;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Plan;
import dev.weir.plan.PlanCatalog;
import dev.weir.plan.Policy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code plans}, {@code groups} and {@code keys}, which refer to each other, and checks every
 * combination of them that a request can meet.
 */
final class PlansReader {

  private static final String DIGEST_PREFIX = "sha256:";
  private static final Pattern DIGEST = Pattern.compile("[0-9a-fA-F]{64}");

  /** Names end up in header fields, JSON and metric tags, so they need no escaping anywhere. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private static final int TOO_MANY = -1;

  private record PlacedPattern(EndpointPattern pattern, String group, Place place) {}

  private final Map<String, Value> plans;
  private final Map<String, Value> groups;
  private final Map<String, Value> costs = new HashMap<>();
  private final Map<List<String>, List<PlacedPattern>> patterns = new HashMap<>();
  private final Map<String, String> unmatchedGroups = new LinkedHashMap<>();
  private final PlanCatalog catalog;

  /**
   * Reads the plans of a file.
   *
   * @param onFailure what becomes of requests that the cluster gives no answer to, where neither
   *     group nor plan says it
   */
  PlansReader(Section file, OnFailure onFailure) {
    plans = file.get("plans").entries();
    groups = file.get("groups").entries();
    if (!file.has("plans")) {
      file.value().problem("there are no plans; name at least one, with its limits, below 'plans'");
    } else if (plans.isEmpty() && file.get("plans").isMapping()) {
      file.get("plans").problem("must name at least one plan, with its limits");
    }
    List<EndpointGroup> allGroups = new ArrayList<>();
    groups.forEach((name, value) -> allGroups.add(group(name, value)));
    List<Plan> allPlans = new ArrayList<>();
    plans.forEach((name, value) -> allPlans.add(plan(name, value)));
    SessionsReader sessions = new SessionsReader(file.get("sessions"));
    CreditRules credits = AccountsReader.rules(file.get("credits"));
    catalog = new PlanCatalog(allPlans, allGroups, onFailure, sessions.rules(), credits);
    sessions.check(catalog);
    for (Plan plan : allPlans) {
      checkPolicies(plan, Account.of(plan.name()), plans.getOrDefault(plan.name(), file.value()));
    }
  }

  PlanCatalog catalog() {
    return catalog;
  }

  /** Returns the groups that no path belongs to, with their places. */
  Map<String, String> unmatchedGroups() {
    return unmatchedGroups;
  }

  private EndpointGroup group(String name, Value value) {
    checkName(name, value);
    Section group = value.section(Members.GROUP);
    boolean exempt = group.get("exempt").flag(false);
    List<String> counted = group.present("limits", "cost", "credits");
    if (exempt && !counted.isEmpty()) {
      value.problem(
          "is exempt, so its %s would never count; leave out one or the other"
              .formatted(String.join(" and ", counted)));
    }
    EndpointGroup read =
        new EndpointGroup(
            name,
            patterns(name, group.get("match")),
            LimitsReader.read(group.get("limits")),
            group.get("cost").number(1, Policy.MAX_COST, 1),
            exempt,
            onFailure(group),
            group.get("credits").number(0, Policy.MAX_COST, CreditRules.DEFAULT_PRICE));
    costs.put(name, group.get("cost"));
    if (!group.has("match")) {
      unmatchedGroups.put(name, value.place().toString());
    }
    return read;
  }

  private List<EndpointPattern> patterns(String group, Value match) {
    if (match.isEmptyList()) {
      match.problem("has no pattern in it; leave it out if only annotations name the group");
    }
    List<EndpointPattern> read = new ArrayList<>();
    for (Value item : match.items("[GET /v1/reports/**]")) {
      EndpointPattern pattern = item.parsed(EndpointPattern::parse, "GET /v1/reports/**");
      if (pattern == null) {
        continue;
      }
      List<PlacedPattern> alike =
          patterns.computeIfAbsent(pattern.segments(), path -> new ArrayList<>());
      for (PlacedPattern other : alike) {
        if (overlaps(pattern, other.pattern)) {
          item.complain(
              "'%s' belongs to group '%s' already, by '%s' in %s; name each request once"
                  .formatted(pattern, other.group, other.pattern, other.place));
          break;
        }
      }
      alike.add(new PlacedPattern(pattern, group, item.place()));
      read.add(pattern);
    }
    return read;
  }

  /**
   * Returns whether neither of two patterns of one path is the more specific one for some request.
   */
  static boolean overlaps(EndpointPattern a, EndpointPattern b) {
    return a.methods().isEmpty() == b.methods().isEmpty()
        && (a.methods().isEmpty() || !Collections.disjoint(a.methods(), b.methods()));
  }

  private Plan plan(String name, Value value) {
    checkName(name, value);
    Section plan = value.section(Members.PLAN);
    if (value.isMapping()
        && plan.present("limits", "groups", "sessions", "websocket", "credits").isEmpty()) {
      value.problem("limits nothing; give it limits, or write 'limits: unlimited'");
    }
    Map<String, List<Limit>> byGroup = LimitsReader.byGroup(plan.get("groups"), groups);
    return new Plan(
        name,
        LimitsReader.read(plan.get("limits")),
        byGroup,
        plan.get("dry-run").flag(false),
        SessionsReader.allowed(plan.get("sessions")),
        SocketsReader.limits(plan.get("websocket")),
        onFailure(plan),
        AccountsReader.initial(plan.get("credits")));
  }

  private static @Nullable OnFailure onFailure(Section section) {
    return section.has("on-failure") ? ClusterReader.onFailure(section) : null;
  }

  private static void checkName(String name, Value value) {
    if (!NAME.matcher(name).matches()) {
      value.problem("must have a name of 1 to 64 letters, digits, '.', '_' or '-'");
    }
  }

  /** Returns the accounts of {@code keys}, by the digest of their key. */
  Map<String, Account> accounts(Value keys) {
    Map<String, Account> accounts = new LinkedHashMap<>();
    Map<String, Place> places = new LinkedHashMap<>();
    keys.entries()
        .forEach(
            (key, value) -> {
              Account account = account(value);
              String digest = digest(key, value);
              if (digest == null) {
                return;
              }
              accounts.put(digest, account);
              Place earlier = places.putIfAbsent(digest, value.place());
              if (earlier != null) {
                value.problem(
                    "is the same key as the one in line %d, written another way; keep one"
                        .formatted(earlier.line()));
              }
            });
    return accounts;
  }

  private Account account(Value value) {
    Section section = value.section(Members.KEY);
    Value planName = section.get("plan");
    if (value.isMapping()) {
      planName.required();
    }
    String plan = planName.text("");
    Value limits = section.get("limits");
    Account account =
        new Account(
            plan,
            section.has("subject") ? subject(section.get("subject")) : null,
            limits.isPresent() ? LimitsReader.read(limits) : null,
            LimitsReader.byGroup(section.get("groups"), groups),
            section.has("sessions") ? SessionsReader.allowed(section.get("sessions")) : null,
            SocketsReader.limits(section.get("websocket")),
            AccountsReader.initial(section.get("credits")));
    if (planName.raw() != null && !plans.containsKey(plan)) {
      planName.problem("is unknown" + Spelling.hint(plan, plans.keySet(), "plans"));
    }
    Plan known = catalog.plan(plan);
    if (known != null && !section.present("limits", "groups").isEmpty()) {
      checkPolicies(known, account, value);
    }
    return account;
  }

  private static @Nullable String subject(Value value) {
    String subject = value.text();
    if (subject != null && subject.isBlank()) {
      value.problem("must not be empty; leave it out to give the key a budget of its own");
      return null;
    }
    return subject;
  }

  private static @Nullable String digest(String key, Value value) {
    if (key.regionMatches(true, 0, DIGEST_PREFIX, 0, DIGEST_PREFIX.length())) {
      String digest = key.substring(DIGEST_PREFIX.length());
      if (DIGEST.matcher(digest).matches()) {
        return digest.toLowerCase(Locale.ROOT);
      }
      value.problem("must have 64 hexadecimal digits after 'sha256:'");
      return null;
    }
    ApiKey parsed = ApiKey.parse(key);
    if (parsed == null || parsed.equals(ApiKey.MALFORMED)) {
      value.problem("is no key that a request could carry: 1 to 512 visible ASCII characters");
      return null;
    }
    return parsed.sha256();
  }

  /** Returns the plan of callers without a key, or null if they get none. */
  @Nullable Plan anonymousPlan(Value value, Section anonymous) {
    if (!value.isPresent()) {
      return null;
    }
    Value limits = anonymous.get("limits");
    if (value.isMapping()) {
      limits.required();
    }
    Plan plan = new Plan("anonymous", LimitsReader.read(limits), Map.of(), false);
    checkPolicies(plan, Account.of(plan.name()), value);
    return plan;
  }

  /** Checks what requests of one account are judged by, wherever they go. */
  private void checkPolicies(Plan plan, Account account, Value owner) {
    if (checkPolicy(plan, account, Endpoint.UNGROUPED, owner) == TOO_MANY) {
      return;
    }
    Map<EndpointGroup, Integer> sizes = new LinkedHashMap<>();
    for (EndpointGroup group : catalog.groups()) {
      if (!group.exempt()) {
        sizes.put(group, checkPolicy(plan, account, Endpoint.of(group), owner));
      } else if (plan.groups().containsKey(group.name())
          || account.groups().containsKey(group.name())) {
        owner.complain(
            "group '%s' is exempt, so limits for it would never count".formatted(group.name()));
      }
    }
    if (sizes.size() > 1 && !sizes.containsValue(TOO_MANY)) {
      // a path that can be read two ways is judged by the groups of both
      List<EndpointGroup> largest =
          sizes.entrySet().stream()
              .sorted(Map.Entry.<EndpointGroup, Integer>comparingByValue().reversed())
              .limit(2)
              .map(Map.Entry::getKey)
              .toList();
      checkPolicy(
          plan, account, Endpoint.of(largest.get(0)).or(Endpoint.of(largest.get(1))), owner);
    }
  }

  /** Returns how many limits a request is judged by. */
  private int checkPolicy(Plan plan, Account account, Endpoint endpoint, Value owner) {
    EndpointGroup group = endpoint.group();
    Policy policy;
    try {
      policy = catalog.policy(plan, account, endpoint);
    } catch (IllegalArgumentException tooMany) {
      owner.complain("requests%s: %s".formatted(to(endpoint), tooMany.getMessage()));
      return TOO_MANY;
    }
    Map<String, String> scopes = new HashMap<>();
    for (Budget budget : policy.budgets()) {
      String other = scopes.putIfAbsent(budget.displayName(), budget.scope());
      if (other != null && !other.equals(budget.scope())) {
        owner.complain(
            "requests%s have two limits that clients see as '%s'; rename one with 'as NAME'"
                .formatted(to(endpoint), budget.displayName()));
      }
    }
    Budget tooSmall = policy.tooSmall();
    if (tooSmall != null) {
      costs
          .getOrDefault(group == null ? "" : group.name(), owner)
          .problem(
              "is %d, but limit '%s' that %s sets for such requests never has room for more: none would be admitted"
                  .formatted(
                      policy.cost(),
                      tooSmall.limit(),
                      owner.isSecret()
                          ? "the key in line %d".formatted(owner.place().line())
                          : "plan '%s'".formatted(plan.name())));
    }
    return policy.budgets().size();
  }

  private static String to(Endpoint endpoint) {
    EndpointGroup group = endpoint.group();
    EndpointGroup other = endpoint.otherGroup();
    String one = group == null ? "" : " to group '%s'".formatted(group.name());
    return other == null
        ? one
        : one + " whose path also reads as one of group '%s'".formatted(other.name());
  }
}
