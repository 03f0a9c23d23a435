package dev.weir;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.weir.Decision.SessionStatus;
import dev.weir.key.ApiKey;
import dev.weir.key.ApiKeyResolver;
import dev.weir.key.ClientAddressResolver;
import dev.weir.key.RequestView;
import dev.weir.plan.Account;
import dev.weir.plan.AccountDirectory;
import dev.weir.plan.Budget;
import dev.weir.plan.Endpoint;
import dev.weir.plan.Limit;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Plan;
import dev.weir.plan.PlanCatalog;
import dev.weir.plan.Policy;
import dev.weir.plan.SessionAction;
import dev.weir.plan.SessionAction.SessionRequest;
import dev.weir.plan.SessionRules;
import dev.weir.plan.SocketPolicy;
import dev.weir.quota.Balance;
import dev.weir.quota.BudgetStatus;
import dev.weir.quota.Charge;
import dev.weir.quota.Consumption;
import dev.weir.quota.PartitionKey;
import dev.weir.quota.Quota;
import dev.weir.quota.QuotaStore;
import dev.weir.session.SessionUse;
import dev.weir.session.SessionUse.Refund;
import dev.weir.session.Sessions;
import dev.weir.socket.Sockets.Sender;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides whether a request may proceed: key, then plan, then quota. Used by many threads. */
public final class RateLimiter {

  private static final Logger log = LoggerFactory.getLogger(RateLimiter.class);

  private static final long MAX_CALLERS = 20_000;

  /**
   * What callers without a key get.
   *
   * @param plan their plan
   * @param addresses finds the address that is their identity
   */
  record Anonymous(Plan plan, ClientAddressResolver addresses) {}

  /** Looks at the own usage are counted under this; no group has such a name. */
  private static final String USAGE_SCOPE = "usage report";

  private final ApiKeyResolver keys;
  private volatile Terms terms;
  private final QuotaStore quotas;
  private final @Nullable Anonymous anonymous;
  private final List<RateLimitListener> listeners;
  private final Sessions sessions;

  /** What was reported a moment ago, so that a broken directory does not flood the log. */
  private final Cache<String, Boolean> reported;

  RateLimiter(
      ApiKeyResolver keys,
      AccountDirectory directory,
      PlanCatalog catalog,
      QuotaStore quotas,
      @Nullable Anonymous anonymous,
      List<RateLimitListener> listeners,
      InstantSource clock) {
    this.keys = keys;
    this.terms = new Terms(catalog, directory);
    this.quotas = quotas;
    this.anonymous = anonymous;
    this.listeners = List.copyOf(listeners);
    this.sessions = new Sessions(quotas, catalog.sessions(), clock);
    this.reported =
        Caffeine.newBuilder()
            .ticker(() -> clock.millis() * 1_000_000)
            .expireAfterWrite(Duration.ofMinutes(1))
            .build();
  }

  /**
   * What a reload replaces as a whole: each request is identified and judged by one of them from
   * beginning to end. The callers belong to it, so that none is remembered for longer, not even one
   * that was being identified meanwhile.
   */
  private static final class Terms {

    final PlanCatalog catalog;
    final AccountDirectory directory;

    /**
     * The callers of a moment ago, by the text of their key: a request of theirs hashes nothing.
     * The directory is asked all the same, so that a changed account counts at once; only the
     * accounts of the file never change.
     *
     * <p>Only keys that are somebody's come in, so that a flood of invented ones neither takes room
     * nor pushes anybody out. As strings they have an order, which keeps finding one cheap even
     * among keys made up to have the same hash code.
     */
    final Cache<String, Caller> callers = cache();

    /** The callers without a key of a moment ago, by address; a flood of them makes room. */
    final Cache<String, Caller> addresses = cache();

    Terms(PlanCatalog catalog, AccountDirectory directory) {
      this.catalog = catalog;
      this.directory = directory;
    }

    private static Cache<String, Caller> cache() {
      return Caffeine.newBuilder().maximumSize(MAX_CALLERS).executor(Runnable::run).build();
    }
  }

  /**
   * Lets other plans and other accounts of the file count, from the next request on. Usage stays.
   *
   * @param catalog with the same groups and session rules
   * @param listed the accounts of the file, by the SHA-256 of the key
   */
  void reload(PlanCatalog catalog, Map<String, Account> listed) {
    AccountDirectory before = terms.directory;
    terms =
        new Terms(
            catalog,
            before instanceof ListedAccounts file
                ? file.with(listed)
                : new ListedAccounts(listed, before));
  }

  /** Returns the plans and groups that count now. */
  PlanCatalog catalog() {
    return terms.catalog;
  }

  /**
   * A decision, and what is to be told how the request ended.
   *
   * @param decision what was decided
   * @param session what is to be told, or null if nobody wants to know
   * @param charge the credits that the request has cost, or null if none
   */
  public record Judgement(
      Decision decision, @Nullable SessionUse session, @Nullable Charge charge) {

    private static Judgement of(Decision decision) {
      return new Judgement(decision, null, null);
    }
  }

  /**
   * Decides a request, and charges it if it is allowed. What it does to a session is left out.
   *
   * @param request the request
   * @param annotated what the endpoint's annotation says, or null if it has none
   * @param earlier the decision an outer filter has made for the same original request, or null.
   *     What it charged is not charged again (contract R13)
   * @return the decision
   */
  public Decision decide(
      RequestView request, @Nullable Endpoint annotated, @Nullable Decision earlier) {
    Terms now = terms;
    return judge(now, request, endpoint(now, request, annotated), null, earlier, null).decision();
  }

  /**
   * Decides a request as {@link #decide}, and takes a session slot if it opens a session: permit
   * and slot, or neither (contract R3).
   *
   * @param request the request
   * @param annotated what the endpoint's annotation says, or null if it has none
   * @param earlier what was decided of the same original request before, or null
   * @param sessionKnown whether an outer filter has the session of this request in its hands
   * @param paid what an outer filter has charged for this request, or null: the rest is charged, if
   *     it costs more
   * @return the decision, and what it holds on to
   */
  public Judgement judge(
      RequestView request,
      @Nullable Endpoint annotated,
      @Nullable Decision earlier,
      boolean sessionKnown,
      @Nullable Charge paid) {
    Terms now = terms;
    Endpoint endpoint = endpoint(now, request, annotated);
    SessionAction own = endpoint.session();
    SessionRequest session =
        sessionKnown ? null : own == null ? now.catalog.sessions().of(request) : own.of(request);
    return judge(now, request, endpoint, session, earlier, paid);
  }

  private Judgement judge(
      Terms now,
      RequestView request,
      Endpoint endpoint,
      @Nullable SessionRequest session,
      @Nullable Decision earlier,
      @Nullable Charge paid) {
    String group = endpoint.group() == null ? null : endpoint.group().name();
    if (endpoint.exempt() || isPreflight(request)) {
      return Judgement.of(
          earlier == null ? announce(Decision.of(Outcome.EXEMPT, null, group)) : earlier);
    }
    Caller caller = identify(now, request);
    return caller.refusal == null
        ? charge(caller, endpoint, group, session, earlier, paid)
        : Judgement.of(announce(Decision.of(caller.refusal, null, group)));
  }

  /**
   * Reports how the caller stands under every limit of its plan and of every endpoint group,
   * without charging anything. Not announced to listeners.
   *
   * @param request the request
   * @return {@link Outcome#ALLOWED} with all budgets, or why there is no answer
   */
  public Decision usage(RequestView request) {
    return usage(request, List.of());
  }

  /**
   * Reports as above.
   *
   * @param limits how often a caller may ask that, which is counted apart from all else
   * @return {@link Outcome#QUOTA_EXCEEDED} if it has asked too often
   */
  Decision usage(RequestView request, List<Limit> limits) {
    Caller caller = identify(terms, request);
    if (caller.refusal != null) {
      return Decision.of(caller.refusal, null, null);
    }
    List<Budget> own = limits.stream().map(limit -> Budget.of(USAGE_SCOPE, limit)).toList();
    Consumption looked =
        quotas.consume(caller.partition, new Policy(own, 1, caller.catalog.onFailure(caller.plan)));
    if (looked.verdict() == Consumption.Verdict.REFUSED) {
      return new Decision(
          Outcome.QUOTA_EXCEEDED,
          caller.plan.name(),
          null,
          looked.budgets(),
          looked.nowMillis(),
          false);
    }
    Map<Long, Budget> budgets = new LinkedHashMap<>();
    Policy first = null;
    List<Endpoint> endpoints = new ArrayList<>(List.of(Endpoint.UNGROUPED));
    caller.catalog.groups().forEach(group -> endpoints.add(Endpoint.of(group)));
    for (Endpoint endpoint : endpoints) {
      Judged judged = judged(caller, endpoint);
      if (judged == null) {
        return Decision.of(Outcome.UNDECIDED, caller.plan.name(), null);
      }
      Policy policy = judged.policy;
      policy.budgets().forEach(budget -> budgets.put(budget.id(), budget));
      first = first == null ? policy : first;
    }
    boolean paid = first != null && first.hasPrice();
    long initialCredits = first == null ? 0 : first.initialCredits();
    List<Budget> all = List.copyOf(budgets.values());
    List<BudgetStatus> found = new ArrayList<>();
    long slots = caller.sessions();
    SessionStatus status = null;
    Balance credits = null;
    long now = 0;
    for (int from = 0;
        from < all.size()
            || (slots != SessionRules.UNLIMITED && status == null)
            || (paid && credits == null && from == 0);
        from += Policy.MAX_BUDGETS) {
      int to = Math.min(from + Policy.MAX_BUDGETS, all.size());
      Policy asked =
          new Policy(
              all.subList(from, to), 1, OnFailure.REFUSE, paid ? 0 : Policy.FREE, initialCredits);
      Consumption consumption = quotas.peek(caller.partition, asked);
      if (consumption.verdict() == Consumption.Verdict.UNDECIDED) {
        return Decision.of(Outcome.UNDECIDED, caller.plan.name(), null);
      }
      now = consumption.nowMillis();
      found.addAll(consumption.budgets());
      credits = consumption.credits();
      status =
          slots == SessionRules.UNLIMITED ? null : new SessionStatus(consumption.active(), slots);
    }
    return new Decision(
        Outcome.ALLOWED,
        caller.plan.name(),
        null,
        found,
        now,
        caller.plan.dryRun(),
        status,
        false,
        credits);
  }

  /**
   * {@return whose messages come over a WebSocket that such a request opens, or null if the caller
   * is nobody known}
   *
   * @param request the handshake
   */
  public @Nullable Sender sender(RequestView request) {
    Caller caller = identify(terms, request);
    if (caller.refusal != null) {
      return null;
    }
    ApiKey key = caller.key;
    return new Sender(
        caller.partition,
        key == null ? "" : key,
        sockets(caller),
        () -> {
          Caller current = key == null ? caller : identify(terms, key);
          if (current.refusal == Outcome.KEY_UNKNOWN) {
            return Sender.NOTHING;
          }
          return current.refusal == null ? sockets(current) : null;
        });
  }

  private static SocketPolicy sockets(Caller caller) {
    return caller.catalog.sockets(caller.plan, caller.account);
  }

  /** Who asks: a plan, what replaces parts of it, and whose usage is charged. */
  private static final class Caller {

    static final Caller NO_KEY = refused(Outcome.KEY_MISSING);
    static final Caller UNKNOWN = refused(Outcome.KEY_UNKNOWN);
    static final Caller CONFLICTING = refused(Outcome.KEY_CONFLICT);
    static final Caller UNDECIDED = refused(Outcome.UNDECIDED);

    /** Why the caller gets no further, or null. */
    final @Nullable Outcome refusal;

    /** Once hashed it stays so; null if the caller has none. */
    final @Nullable ApiKey key;

    /** What the plan is one of. */
    final PlanCatalog catalog;

    final Plan plan;
    final Account account;
    final PartitionKey partition;

    /** Whether the account stays for as long as the terms, so that nobody needs to be asked. */
    final boolean stays;

    /** Of the last request. Without a lock: who reads an older one looks the policy up again. */
    @Nullable Judged last;

    Caller(
        @Nullable Outcome refusal,
        @Nullable ApiKey key,
        PlanCatalog catalog,
        Plan plan,
        Account account,
        PartitionKey partition,
        boolean stays) {
      this.refusal = refusal;
      this.key = key;
      this.catalog = catalog;
      this.plan = plan;
      this.account = account;
      this.partition = partition;
      this.stays = stays;
    }

    /** Returns how many sessions may be active at once. */
    long sessions() {
      Long own = account.sessions();
      return own == null ? plan.sessions() : own;
    }

    private static Caller refused(Outcome refusal) {
      return new Caller(
          refusal,
          null,
          new PlanCatalog(List.of(), List.of()),
          new Plan("", List.of(), Map.of(), false),
          Account.of(""),
          new PartitionKey(0, 0),
          false);
    }
  }

  /** What requests of one caller to an endpoint are judged by. */
  private record Judged(Endpoint endpoint, Policy policy, Quota quota) {}

  private Caller identify(Terms now, RequestView request) {
    ApiKey key = keys.resolve(request);
    return key == null ? anonymousCaller(now, request) : identify(now, key);
  }

  private Caller identify(Terms now, ApiKey key) {
    if (key.equals(ApiKey.CONFLICTING)) {
      return Caller.CONFLICTING;
    }
    if (key.equals(ApiKey.MALFORMED)) {
      return Caller.UNKNOWN;
    }
    Caller earlier = now.callers.getIfPresent(key.value());
    if (earlier != null && earlier.stays) {
      return earlier;
    }
    ApiKey hashed = earlier == null || earlier.key == null ? key : earlier.key;
    Account account;
    try {
      account = now.directory.find(hashed);
    } catch (RuntimeException fault) {
      report(
          "directory", "The account directory failed; such requests are answered with 503", fault);
      return Caller.UNDECIDED;
    }
    if (account == null) {
      return Caller.UNKNOWN;
    }
    if (earlier != null && earlier.account.equals(account)) {
      return earlier;
    }
    Plan plan = now.catalog.plan(account.plan());
    if (plan == null) {
      report(
          "plan",
          "The account directory names plan '%s', but the plans are %s; such requests are answered with 503"
              .formatted(account.plan(), now.catalog.plans().stream().map(Plan::name).toList()),
          null);
      return Caller.UNDECIDED;
    }
    String subject = account.subject();
    Caller caller =
        new Caller(
            null,
            hashed,
            now.catalog,
            plan,
            account,
            subject == null ? PartitionKey.of(hashed) : PartitionKey.ofSubject(subject),
            now.directory instanceof ListedAccounts accounts && accounts.lists(hashed));
    now.callers.put(hashed.value(), caller);
    return caller;
  }

  private Caller anonymousCaller(Terms now, RequestView request) {
    String address = anonymous == null ? null : anonymous.addresses().resolve(request);
    if (anonymous == null || address == null) {
      return Caller.NO_KEY;
    }
    Plan plan = anonymous.plan();
    return now.addresses.get(
        address,
        same ->
            new Caller(
                null,
                null,
                now.catalog,
                plan,
                Account.of(plan.name()),
                PartitionKey.ofAddress(same),
                true));
  }

  private Judgement charge(
      Caller caller,
      Endpoint endpoint,
      @Nullable String group,
      @Nullable SessionRequest session,
      @Nullable Decision earlier,
      @Nullable Charge paid) {
    Judged judged = judged(caller, endpoint);
    if (judged == null) {
      return Judgement.of(announce(Decision.of(Outcome.UNDECIDED, caller.plan.name(), group)));
    }
    Policy policy = judged.policy;
    boolean opens = session != null && session.action().kind() == SessionAction.Kind.OPEN;
    long slots = opens ? caller.sessions() : SessionRules.UNLIMITED;
    boolean limited = slots != SessionRules.UNLIMITED;
    if (earlier != null) {
      policy = without(policy, earlier, paid == null ? 0 : paid.credits());
    }
    if (earlier != null && policy.budgets().isEmpty() && !policy.hasPrice() && !limited) {
      return new Judgement(earlier, use(caller, session, 0, 0, null), null);
    }
    long token = limited ? sessions.token() : 0;
    long asked = session == null ? 0 : System.nanoTime();
    Consumption consumption =
        limited && session != null
            ? quotas.consume(
                caller.partition, policy, sessions.reservation(token, session.id(), slots))
            : earlier == null ? judged.quota.consume() : quotas.consume(caller.partition, policy);
    boolean dryRun = caller.plan.dryRun();
    Outcome outcome =
        switch (consumption.verdict()) {
          case GRANTED -> Outcome.ALLOWED;
          case REFUSED -> dryRun ? Outcome.ALLOWED : Outcome.QUOTA_EXCEEDED;
          case NO_SLOT -> dryRun ? Outcome.ALLOWED : Outcome.SESSIONS_EXCEEDED;
          case NO_CREDITS -> dryRun ? Outcome.ALLOWED : Outcome.CREDITS_EXHAUSTED;
          case UNDECIDED -> Outcome.UNDECIDED;
        };
    if (consumption.lacksCredits() && caller.catalog.credits().first() && !outcome.isAllowed()) {
      outcome = Outcome.CREDITS_EXHAUSTED;
    }
    List<BudgetStatus> budgets = consumption.budgets();
    if (earlier != null) {
      budgets = new ArrayList<>(earlier.budgets());
      budgets.addAll(consumption.budgets());
    }
    Decision decision =
        announce(
            new Decision(
                outcome,
                caller.plan.name(),
                group,
                budgets,
                consumption.nowMillis(),
                dryRun,
                limited ? new SessionStatus(consumption.active(), slots) : null,
                consumption.degraded(),
                consumption.credits() == null && earlier != null
                    ? earlier.credits()
                    : consumption.credits()));
    boolean granted = consumption.verdict() == Consumption.Verdict.GRANTED;
    Charge charge =
        granted && consumption.credits() != null && policy.price() > 0
            ? new Charge(quotas, caller.partition, policy.price(), paid)
            : null;
    boolean follows = decision.isAllowed() && (granted || !opens);
    return new Judgement(
        decision,
        follows ? use(caller, session, token, System.nanoTime() - asked, charge) : null,
        charge);
  }

  /**
   * Returns what follows a session, and what was paid, to the end of the request; or null if there
   * is no slot in it, and nothing to be given back.
   */
  private @Nullable SessionUse use(
      Caller caller,
      @Nullable SessionRequest session,
      long reservation,
      long spentNanos,
      @Nullable Charge charge) {
    Charge refundable = caller.catalog.credits().refunds() ? charge : null;
    boolean opens = session != null && session.action().kind() == SessionAction.Kind.OPEN;
    boolean follows =
        session != null
            && caller.sessions() != SessionRules.UNLIMITED
            && (opens || session.id() != null);
    if (!follows && refundable == null) {
      return null;
    }
    return new SessionUse(
        sessions,
        caller.partition,
        session == null || !follows ? null : session.action(),
        session == null || !follows ? null : session.id(),
        reservation,
        spentNanos,
        refundable == null ? null : new Refund(refundable, caller.catalog.credits()));
  }

  /** Takes a slot for a session that no request opens. */
  Outcome openSession(ApiKey key, String id) {
    Caller caller = identify(terms, key);
    if (caller.refusal != null) {
      return caller.refusal;
    }
    long slots = caller.sessions();
    if (slots == SessionRules.UNLIMITED) {
      return Outcome.ALLOWED;
    }
    Policy nothing = new Policy(List.of(), 1, caller.catalog.onFailure(caller.plan));
    return switch (quotas
        .consume(caller.partition, nothing, sessions.opening(id, slots))
        .verdict()) {
      case GRANTED -> Outcome.ALLOWED;
      case REFUSED, NO_SLOT, NO_CREDITS ->
          caller.plan.dryRun() ? Outcome.ALLOWED : Outcome.SESSIONS_EXCEEDED;
      case UNDECIDED -> Outcome.UNDECIDED;
    };
  }

  /** Keeps or ends a session, if the key is somebody's. */
  void orderSession(ApiKey key, SessionAction.Kind kind, String id) {
    Caller caller = identify(terms, key);
    if (caller.refusal == null && caller.sessions() != SessionRules.UNLIMITED) {
      switch (kind) {
        case OPEN -> throw new IllegalArgumentException("a session is opened in another way");
        case USE -> sessions.keep(caller.partition, id);
        case END -> sessions.end(caller.partition, id, 0);
      }
    }
  }

  /** Returns what such a request is judged by, or null if that cannot be. */
  @SuppressWarnings("ReferenceEquality") // an endpoint is nearly always the very same one
  private @Nullable Judged judged(Caller caller, Endpoint endpoint) {
    Judged last = caller.last;
    if (last != null && last.endpoint == endpoint) {
      return last;
    }
    try {
      Policy policy = caller.catalog.policy(caller.plan, caller.account, endpoint);
      Judged judged = new Judged(endpoint, policy, quotas.quota(caller.partition, policy));
      caller.last = judged;
      return judged;
    } catch (IllegalArgumentException fault) {
      report(
          "limits",
          "The account directory gave limits that cannot be; such requests are answered with 503",
          fault);
      return null;
    }
  }

  private static Policy without(Policy policy, Decision earlier, long paid) {
    boolean settled = earlier.credits() != null && policy.price() <= paid;
    List<BudgetStatus> charged = earlier.budgets();
    List<Budget> rest = new ArrayList<>();
    for (Budget budget : policy.budgets()) {
      if (charged.stream().noneMatch(status -> status.budget().id() == budget.id())) {
        rest.add(budget);
      }
    }
    return new Policy(
        rest,
        policy.cost(),
        policy.onFailure(),
        settled || !policy.hasPrice() ? Policy.FREE : policy.price() - paid,
        policy.initialCredits());
  }

  /** An annotation that names no group leaves that to the path patterns. */
  private static Endpoint endpoint(Terms now, RequestView request, @Nullable Endpoint annotated) {
    if (annotated != null && (annotated.group() != null || annotated.exempt())) {
      return annotated;
    }
    Endpoint byPath = now.catalog.endpoint(request);
    return annotated == null ? byPath : annotated.within(byPath);
  }

  /** A CORS preflight carries no credentials and must not be counted (Fetch standard; R13). */
  private static boolean isPreflight(RequestView request) {
    return request.method().equals("OPTIONS")
        && request.header("Origin") != null
        && request.header("Access-Control-Request-Method") != null;
  }

  private Decision announce(Decision decision) {
    for (int i = 0; i < listeners.size(); i++) { // for every request: no iterator
      RateLimitListener listener = listeners.get(i);
      try {
        listener.onDecision(decision);
      } catch (RuntimeException fault) {
        String name = listener.getClass().getName();
        report(name, "Listener %s failed".formatted(name), fault);
      }
    }
    return decision;
  }

  /**
   * Logs a fault.
   *
   * @param kind what it is logged once a minute as; of these there are few, whatever a directory
   *     answers
   */
  private void report(String kind, String what, @Nullable RuntimeException fault) {
    if (reported.asMap().putIfAbsent(kind, true) == null) {
      log.error("{} (told at most once a minute)", what, fault);
    }
  }
}
