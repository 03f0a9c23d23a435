package dev.weir;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.RateLimiter.Judgement;
import dev.weir.account.Accounts;
import dev.weir.account.LiveAccounts;
import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
import dev.weir.credit.CreditLedger;
import dev.weir.credit.Credits;
import dev.weir.http.Answer;
import dev.weir.key.ApiKey;
import dev.weir.key.ApiKeyResolver;
import dev.weir.key.RequestView;
import dev.weir.plan.Account;
import dev.weir.plan.AccountDirectory;
import dev.weir.plan.Budget;
import dev.weir.plan.Endpoint;
import dev.weir.plan.EndpointGroup;
import dev.weir.plan.EndpointPattern;
import dev.weir.plan.Limit;
import dev.weir.plan.Plan;
import dev.weir.plan.PlanCatalog;
import dev.weir.plan.Policy;
import dev.weir.plan.SessionAction;
import dev.weir.plan.SessionId;
import dev.weir.plan.SessionRules;
import dev.weir.quota.Balances;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.QuotaStore;
import dev.weir.quota.Statistics;
import dev.weir.socket.Sockets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything one application needs: made once at start, used by its adapters from many threads,
 * closed at its end.
 */
public final class Weir implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Weir.class);

  /** What {@link #shared} opened, by application; also the lock over it. */
  private static final Map<ClassLoader, Share> SHARED = new HashMap<>();

  /** An instance with several holders. Guarded by {@link #SHARED}. */
  private static final class Share {
    final Weir weir;
    final @Nullable String location;
    final ClassLoader application;
    int holders;

    Share(Weir weir, @Nullable String location, ClassLoader application) {
      this.weir = weir;
      this.location = location;
      this.application = application;
    }
  }

  /**
   * What an instance is made of.
   *
   * @param configuration that of the start, which annotations are checked against. Only plans and
   *     keys may change
   * @param watch what looks at the file, or null if nothing does
   * @param accounts what the administration changes, or null if nothing
   * @param ledger where credits are kept, or null if nowhere
   * @param database where both are kept, or null if nowhere
   */
  private record Parts(
      Configuration configuration,
      RateLimiter limiter,
      QuotaStore store,
      Sockets sockets,
      @Nullable FileWatch watch,
      @Nullable LiveAccounts accounts,
      @Nullable CreditLedger ledger,
      @Nullable Database database) {

    /** Closes them, who needs another one first. */
    void close() {
      RuntimeException first = null;
      // the store tells the ledger the last news
      for (AutoCloseable each :
          new @Nullable AutoCloseable[] {watch, accounts, sockets, store, ledger, database}) {
        try {
          if (each != null) {
            each.close();
          }
        } catch (Exception fault) {
          if (first == null) {
            first = new IllegalStateException("not all could be closed", fault);
          } else {
            first.addSuppressed(fault);
          }
        }
      }
      if (first != null) {
        throw first;
      }
    }
  }

  private final Parts parts;
  private final Configuration configuration;
  private final RateLimiter limiter;
  private final @Nullable EndpointPattern usage;
  private final @Nullable Share share;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Weir(Parts parts, @Nullable Share share) {
    this.parts = parts;
    this.configuration = parts.configuration;
    this.limiter = parts.limiter;
    String path = configuration.usagePath();
    this.usage = path == null ? null : EndpointPattern.parse("GET " + path);
    this.share = share;
  }

  /** {@return a builder for an instance of the application's own} */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * {@return the instance that all adapters of one application share, opened by the first caller}
   * Each caller closes what it was given; the last one closes the instance.
   *
   * <p>An application is told by the thread's context class loader.
   *
   * @param location as in {@link Configuration#load}; only the first caller's counts, and a later
   *     one that differs is refused
   * @throws ConfigurationException if the configuration is missing or not right
   */
  public static Weir shared(@Nullable String location) {
    ClassLoader application = Thread.currentThread().getContextClassLoader();
    synchronized (SHARED) {
      Share share = SHARED.get(application);
      if (share == null) {
        Configuration configuration = Configuration.load(location, application);
        Weir weir = builder().configuration(configuration).build();
        share = new Share(weir, location, application);
        SHARED.put(application, share);
      } else if (location != null && !location.equals(share.location)) {
        throw new ConfigurationException(
            List.of(
                "this application is configured by %s already, so that %s cannot be used too"
                    .formatted(share.weir.configuration.source(), location)));
      }
      share.holders++;
      return new Weir(share.weir.parts, share);
    }
  }

  /**
   * Decides a request and says what goes over the wire. A request for the caller's own usage is
   * answered here, uncounted.
   *
   * @param request the request
   * @param annotated what {@link #endpoint} made of the endpoint's annotation, or null if it has
   *     none
   * @param earlier the answer already given for the same original request, or null
   * @return what to send, and whether the application goes on
   */
  public Answer judge(RequestView request, @Nullable Endpoint annotated, @Nullable Answer earlier) {
    if (usage != null && usage.matches(request)) {
      return configuration
          .profile()
          .usage(limiter.usage(request, configuration.usageLimits()), request);
    }
    Judgement judgement =
        limiter.judge(
            request,
            annotated,
            earlier == null ? null : earlier.decision(),
            earlier != null && earlier.session() != null,
            earlier == null ? null : earlier.charge());
    Decision decision = judgement.decision();
    if (!decision.isAllowed() && earlier != null && earlier.charge() != null) {
      earlier.charge().refund(); // a refusal costs nothing, whoever has charged it before
    }
    return earlier != null
            && judgement.session() == null
            && judgement.charge() == null
            && earlier.decision().equals(decision)
        ? earlier
        : configuration
            .profile()
            .answer(decision, request)
            .with(
                judgement.session() == null && earlier != null
                    ? earlier.session()
                    : judgement.session(),
                judgement.charge() == null && earlier != null
                    ? earlier.charge()
                    : judgement.charge());
  }

  /**
   * {@return what an annotation says of an endpoint}
   *
   * @param annotation what stands on the endpoint
   * @param where the class, and the method if it is on one; names the scope of the annotation's own
   *     limits and the place in error messages
   * @throws ConfigurationException if the annotation names an unknown group, is malformed, or under
   *     some plan admits no request
   */
  public Endpoint endpoint(RateLimited annotation, String where) {
    List<String> problems = new ArrayList<>();
    EndpointGroup group = null;
    if (!annotation.group().isEmpty()) {
      group = configuration.catalog().group(annotation.group());
      if (group == null) {
        problems.add(
            "@RateLimited on %s names group '%s', but the groups in %s are %s"
                .formatted(
                    where,
                    annotation.group(),
                    configuration.source(),
                    configuration.catalog().groups().stream().map(EndpointGroup::name).toList()));
      }
    }
    List<Limit> limits = limits(annotation, where, problems);
    if (annotation.cost() < 0 || annotation.cost() > Policy.MAX_COST) {
      problems.add(
          "@RateLimited on %s: cost must be 1 to %d, but is %d"
              .formatted(where, Policy.MAX_COST, annotation.cost()));
    }
    if (annotation.credits() < Endpoint.BY_GROUP || annotation.credits() > Policy.MAX_COST) {
      problems.add(
          "@RateLimited on %s: credits must be 0 to %d, but are %d"
              .formatted(where, Policy.MAX_COST, annotation.credits()));
    }
    boolean exempt = annotation.exempt() || (group != null && group.exempt());
    if (exempt
        && (annotation.limits().length > 0 || annotation.cost() != 0 || annotation.credits() > 0)) {
      problems.add(
          "@RateLimited on %s: the endpoint is exempt, so limits, cost and credits never count; leave"
                  .formatted(where)
              + " out one or the other");
    }
    if (problems.isEmpty()) {
      long cost = annotation.cost() > 0 || group == null ? annotation.cost() : group.cost();
      long price =
          annotation.credits() >= 0 || group == null ? annotation.credits() : group.price();
      Endpoint endpoint = new Endpoint(group, where, limits, cost, exempt).at(price);
      if (!exempt) {
        configuration
            .catalog()
            .plans()
            .forEach(plan -> checkPolicy(plan, endpoint, "@RateLimited on " + where, problems));
      }
      if (problems.isEmpty()) {
        return endpoint;
      }
    }
    throw new ConfigurationException(problems);
  }

  private static List<Limit> limits(RateLimited annotation, String where, List<String> problems) {
    Map<String, Limit> limits = new LinkedHashMap<>();
    for (String text : annotation.limits()) {
      try {
        Limit limit = Limit.parse(text);
        Limit earlier = limits.putIfAbsent(limit.name(), limit);
        if (earlier != null) { // with the same period and algorithm, even one counter
          problems.add(
              "@RateLimited on %s: '%s' has the same name as '%s'; tell them apart with 'as NAME', or keep one"
                  .formatted(where, limit, earlier));
        }
      } catch (IllegalArgumentException malformed) {
        problems.add("@RateLimited on %s: %s".formatted(where, malformed.getMessage()));
      }
    }
    return List.copyOf(limits.values());
  }

  private void checkPolicy(Plan plan, Endpoint endpoint, String what, List<String> problems) {
    Policy policy;
    try {
      policy = configuration.catalog().policy(plan, Account.of(plan.name()), endpoint);
    } catch (IllegalArgumentException tooMany) {
      problems.add("%s, under plan '%s': %s".formatted(what, plan.name(), tooMany.getMessage()));
      return;
    }
    Budget tooSmall = policy.tooSmall();
    if (tooSmall != null) {
      String scope = tooSmall.scope();
      problems.add(
          "%s: its requests cost %d, but limit '%s' of %s never has room for more than %d: none would be admitted"
              .formatted(
                  what,
                  policy.cost(),
                  tooSmall.limit(),
                  scope.equals(Budget.PLAN_SCOPE)
                      ? "plan '%s'".formatted(plan.name())
                      : scope.equals(endpoint.ownScope())
                          ? "the annotation"
                          : "group '%s'".formatted(scope),
                  tooSmall.limit().capacity()));
    }
  }

  /**
   * {@return what requests to an endpoint do to a session}
   *
   * @param kind what becomes of the session
   * @param id as the annotation says where the id of the session stands
   * @param where the method; names the place in error messages
   * @throws ConfigurationException if that is malformed
   */
  public SessionAction session(SessionAction.Kind kind, String id, String where) {
    try {
      return new SessionAction(kind, SessionId.parse(id));
    } catch (IllegalArgumentException malformed) {
      throw new ConfigurationException(
          List.of("the session annotation on %s: %s".formatted(where, malformed.getMessage())));
    }
  }

  /** {@return the session slots, for sessions that begin and end elsewhere than in requests} */
  public SessionSlots sessionSlots() {
    return new SessionSlots() {
      @Override
      public Outcome open(ApiKey key, String id) {
        return limiter.openSession(key, id);
      }

      @Override
      public void keep(ApiKey key, String id) {
        limiter.orderSession(key, SessionAction.Kind.USE, id);
      }

      @Override
      public void end(ApiKey key, String id) {
        limiter.orderSession(key, SessionAction.Kind.END, id);
      }
    };
  }

  /** {@return the WebSockets of the application on this node} */
  public Sockets sockets() {
    return parts.sockets;
  }

  /**
   * {@return the administration of accounts}
   *
   * @throws IllegalStateException if the configuration has no section {@code accounts}
   */
  public Accounts accounts() {
    return live();
  }

  private LiveAccounts live() {
    if (parts.accounts == null) {
      throw new IllegalStateException(
          configuration.source()
              + ": accounts are not administered; add a section 'accounts', such as 'accounts: {"
              + " store: cluster }'");
    }
    return parts.accounts;
  }

  /**
   * {@return the prepaid credits of accounts, or null if none are kept in a database: no plan
   * counts them, or they live in the memory of a single process}
   *
   * @throws IllegalStateException if the configuration has no section {@code accounts}
   */
  public @Nullable Credits credits() {
    LiveAccounts accounts = live();
    return parts.ledger == null
        ? null
        : parts.ledger.credits(parts.store, accounts::partition, this::initialCredits);
  }

  /** Returns how many credits a key is given when it is first met, -1 if none are counted. */
  private long initialCredits(String id) {
    Account account = live().get(id).account();
    Plan plan = limiter.catalog().plan(account.plan());
    Long credits = account.credits();
    if (credits == null && plan != null) {
      credits = plan.credits();
    }
    return credits == null ? -1 : credits;
  }

  /**
   * {@return what this node has decided and asked of its cluster so far} It goes on growing as long
   * as this instance is open; {@link RateLimitMetrics} makes meters of it.
   */
  public Statistics statistics() {
    return parts.store.statistics();
  }

  /** {@return the limiter, for callers that are no HTTP adapter} */
  public RateLimiter limiter() {
    return limiter;
  }

  /**
   * {@return the configuration in use; after a change of its file, with the plans and keys of now}
   */
  public Configuration configuration() {
    return parts.watch == null ? configuration : parts.watch.configuration();
  }

  /** Returns what looks at the file, or null if nothing does. */
  @Nullable FileWatch watch() {
    return parts.watch;
  }

  /** Says that no request could be anybody's. */
  static ConfigurationException nobodyKnown(Configuration settings) {
    return new ConfigurationException(
        List.of(
            settings.source()
                + ": no API key can be known: add 'keys', or an AccountDirectory in code, as a"
                + " service or as a CDI bean"));
  }

  /**
   * Closes what this instance opened: the watch over its file, the store, and the cluster member if
   * Weir started it. A shared instance lives on until its last holder closes it. Closing twice does
   * nothing.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    if (share == null) {
      parts.close();
      return;
    }
    synchronized (SHARED) {
      share.holders--;
      if (share.holders == 0) {
        SHARED.remove(share.application);
        share.weir.close();
      }
    }
  }

  /** Puts an instance together; what is not set comes from the configuration. */
  public static final class Builder {

    private @Nullable Configuration configuration;
    private @Nullable AccountDirectory directory;
    private @Nullable ApiKeyResolver keys;
    private @Nullable QuotaStore store;
    private @Nullable HazelcastInstance hazelcast;
    private @Nullable DataSource database;
    private InstantSource clock = InstantSource.system();
    private final List<RateLimitListener> listeners = new ArrayList<>();

    private Builder() {}

    /**
     * Sets the configuration; by default {@link Configuration#load} finds it.
     *
     * @param newConfiguration the configuration
     * @return this builder
     */
    public Builder configuration(Configuration newConfiguration) {
      this.configuration = newConfiguration;
      return this;
    }

    /**
     * Sets where accounts come from; by default the {@code keys} of the configuration.
     *
     * @param newDirectory asked for every request, unless {@code directory.cache} is set
     * @return this builder
     */
    public Builder directory(AccountDirectory newDirectory) {
      this.directory = newDirectory;
      return this;
    }

    /**
     * Sets where a request carries its key; by default as configured.
     *
     * @param newKeys asked for every request
     * @return this builder
     */
    public Builder keys(ApiKeyResolver newKeys) {
      this.keys = newKeys;
      return this;
    }

    /**
     * Sets where usage is counted; by default as configured. Closed with the instance.
     *
     * @param newStore the store
     * @return this builder
     */
    public Builder store(QuotaStore newStore) {
      this.store = newStore;
      return this;
    }

    /**
     * Sets the Hazelcast instance to count in: one that the application has already, a member or a
     * client. It goes before what the section {@code cluster} says of finding or starting one; the
     * map, its backups, deadline and nodes are as configured there. Not closed with the instance of
     * Weir: close that first.
     *
     * <p>{@code weir-shared} must be on the class path of every member of its cluster. Not to be
     * used together with {@link #store(QuotaStore)}.
     *
     * @param newHazelcast the instance
     * @return this builder
     */
    public Builder hazelcast(HazelcastInstance newHazelcast) {
      this.hazelcast = newHazelcast;
      return this;
    }

    /**
     * Sets where credits, and accounts that the administration makes, are kept for good; by default
     * as configured. Not closed with the instance.
     *
     * @param newDatabase the database; used from several threads
     * @return this builder
     */
    public Builder dataSource(DataSource newDatabase) {
      this.database = newDatabase;
      return this;
    }

    /**
     * Adds a listener.
     *
     * @param listener called for every decision
     * @return this builder
     */
    public Builder listener(RateLimitListener listener) {
      listeners.add(listener);
      return this;
    }

    /**
     * Sets the clock of a store that this builder opens; by default the system's.
     *
     * @param newClock read from many threads
     * @return this builder
     */
    public Builder clock(InstantSource newClock) {
      this.clock = newClock;
      return this;
    }

    /**
     * Opens the store and returns the instance. Logs one line that says what is protected, how.
     *
     * @return the instance, which the caller closes
     * @throws ConfigurationException if the configuration is missing or not right
     * @throws IllegalStateException if both a store and a Hazelcast instance are set
     */
    public Weir build() {
      if (store != null && hazelcast != null) {
        throw new IllegalStateException(
            "both store(...) and hazelcast(...) are set; set the one to count in");
      }
      ClassLoader classPath = Thread.currentThread().getContextClassLoader();
      Configuration settings =
          configuration == null ? Configuration.load(null, classPath) : configuration;
      Plan anonymousPlan = settings.anonymousPlan();
      AccountDirectory accounts = accounts(settings, classPath);
      if (accounts == null && anonymousPlan == null && !settings.accountRules().live()) {
        throw nobodyKnown(settings);
      }
      Deque<AutoCloseable> opened = new ArrayDeque<>();
      try {
        return build(settings, accounts, opened);
      } catch (RuntimeException | Error fault) {
        opened.forEach(one -> closeAfter(one, fault));
        throw fault;
      }
    }

    private static void closeAfter(AutoCloseable one, Throwable fault) {
      try {
        one.close();
      } catch (Exception another) {
        fault.addSuppressed(another);
      }
    }

    /**
     * Opens all there is.
     *
     * @param opened what is to be closed if that fails, the last first
     */
    private Weir build(
        Configuration settings, @Nullable AccountDirectory accounts, Deque<AutoCloseable> opened) {
      Plan anonymousPlan = settings.anonymousPlan();
      Database kept = database(settings);
      if (kept != null) {
        opened.push(kept);
      }
      CreditLedger ledger =
          kept == null || !settings.countsCredits() ? null : ledger(settings, kept);
      if (ledger != null) {
        opened.push(ledger);
      }
      QuotaStore quotas = store == null ? open(settings, ledger) : store;
      opened.push(quotas);
      if (ledger != null) {
        checkAgreed(settings, quotas, ledger);
      }
      AtomicReference<@Nullable RateLimiter> made = new AtomicReference<>();
      Supplier<PlanCatalog> catalogs =
          () -> {
            RateLimiter limiter = made.get();
            return limiter == null ? settings.catalog() : limiter.catalog();
          };
      LiveAccounts live =
          settings.accountRules().live() ? live(settings, accounts, quotas, kept, catalogs) : null;
      if (live != null) {
        opened.push(live);
      }
      AccountDirectory directory =
          live != null ? ListedAccounts.of(settings.accounts(), live) : accounts;
      log.info(
          "Weir {}: profile {}, plans {}, groups {}, sessions opened by {}, counted in {}",
          settings.source(),
          settings.profile().name(),
          settings.catalog().plans().stream().map(Plan::name).toList(),
          settings.catalog().groups().stream().map(EndpointGroup::name).toList(),
          settings.catalog().sessions().opening(),
          quotas.describe());
      warnOfSessions(settings);
      RateLimiter limiter =
          new RateLimiter(
              keys == null ? settings.keys() : keys,
              directory == null ? key -> null : directory,
              settings.catalog(),
              quotas,
              anonymousPlan == null
                  ? null
                  : new RateLimiter.Anonymous(anonymousPlan, settings.clientAddresses()),
              listeners,
              clock);
      made.set(limiter);
      listeners.forEach(listener -> listener.onStart(quotas.statistics()));
      Sockets sockets = new Sockets(quotas, settings.sockets());
      Path file = settings.watchedFile();
      FileWatch watch = null;
      if (file != null) {
        boolean keysNeeded =
            anonymousPlan == null
                && directory instanceof ListedAccounts listed
                && listed.others() == null;
        watch = new FileWatch(file, settings, limiter, keysNeeded);
        watch.start();
      }
      return new Weir(
          new Parts(settings, limiter, quotas, sockets, watch, live, ledger, kept), null);
    }

    /** Returns the database, or null if nothing is to be kept in one. */
    private @Nullable Database database(Configuration settings) {
      boolean named = settings.database().url() != null;
      boolean needed =
          settings.accountRules().inDatabase()
              || (settings.countsCredits()
                  && store == null
                  && settings.cluster().store() == ClusterSettings.Store.HAZELCAST);
      if (store != null && settings.countsCredits()) {
        if (named || database != null) {
          throw new ConfigurationException(
              List.of(
                  settings.source()
                      + ": a store that is handed in keeps no credits in a database; hand in its"
                      + " Hazelcast instance instead, or name that below 'cluster: { instance: ... }'"));
        }
        log.warn(
            "{}: credits are counted in the store that was handed in, and kept nowhere else",
            settings.source());
      }
      if (database != null) {
        return Database.of(database);
      }
      if (!named && !needed) {
        return null;
      }
      try {
        return Database.open(settings.database());
      } catch (IllegalArgumentException missing) {
        throw problem(settings, "database", missing);
      }
    }

    private static void checkAgreed(
        Configuration settings, QuotaStore quotas, CreditLedger ledger) {
      String own = ledger.id();
      if (!quotas.agree("database", own).equals(own)) {
        throw problem(
            settings,
            "database",
            new IllegalStateException(
                "this node keeps credits in another database than the cluster it has joined; name"
                    + " one that all of them share"));
      }
    }

    private CreditLedger ledger(Configuration settings, Database kept) {
      try {
        return CreditLedger.open(kept.source(), settings.database().patience(), clock);
      } catch (IllegalStateException down) {
        throw problem(settings, "database", down);
      }
    }

    private LiveAccounts live(
        Configuration settings,
        @Nullable AccountDirectory accounts,
        QuotaStore quotas,
        @Nullable Database kept,
        Supplier<PlanCatalog> catalogs) {
      AccountDirectory others =
          accounts instanceof ListedAccounts listed ? listed.others() : accounts;
      LiveAccounts.Base base =
          new LiveAccounts.Base(
              settings.accounts(),
              others,
              name -> catalogs.get().plan(name) != null,
              account -> check(settings, catalogs.get(), account),
              clock);
      String map = settings.cluster().map();
      DataSource rows = settings.accountRules().inDatabase() && kept != null ? kept.source() : null;
      try {
        return LiveAccounts.over(quotas, rows, map, base);
      } catch (IllegalStateException down) {
        throw problem(settings, "accounts", down);
      }
    }

    /** Throws for an account that some request could not be judged by. */
    private static void check(Configuration settings, PlanCatalog catalog, Account account) {
      if (account.credits() != null && !settings.countsCredits()) {
        throw new IllegalArgumentException(
            "no plan and no key of the file had credits at the start, so that none are kept");
      }
      Plan plan = catalog.plan(account.plan());
      if (plan == null) {
        return;
      }
      List<Endpoint> endpoints = new ArrayList<>(List.of(Endpoint.UNGROUPED));
      catalog.groups().forEach(group -> endpoints.add(Endpoint.of(group)));
      for (String group : account.groups().keySet()) {
        if (catalog.group(group) == null) {
          throw new IllegalArgumentException("there is no group '%s'".formatted(group));
        }
      }
      for (Endpoint endpoint : endpoints) {
        if (endpoint.exempt()) {
          continue;
        }
        Policy policy = catalog.policy(plan, account, endpoint);
        Budget tooSmall = policy.tooSmall();
        if (tooSmall != null) {
          throw new IllegalArgumentException(
              "requests cost %d, but limit '%s' never has room for more than %d: none would be admitted"
                  .formatted(policy.cost(), tooSmall.limit(), tooSmall.limit().capacity()));
        }
      }
    }

    private static ConfigurationException problem(
        Configuration settings, String section, RuntimeException fault) {
      ConfigurationException problem =
          new ConfigurationException(
              List.of("%s: %s: %s".formatted(settings.source(), section, fault.getMessage())));
      problem.initCause(fault);
      return problem;
    }

    /** Annotations and code may open sessions as well, so that this is no mistake for sure. */
    private static void warnOfSessions(Configuration settings) {
      List<String> limited =
          settings.catalog().plans().stream()
              .filter(plan -> plan.sessions() != SessionRules.UNLIMITED)
              .map(Plan::name)
              .toList();
      if (!limited.isEmpty() && settings.catalog().sessions().opening().isEmpty()) {
        log.warn(
            "{}: plans {} limit sessions, but nothing below 'sessions: open' opens one; only"
                + " @OpensSession and Weir.sessionSlots() do",
            settings.source(),
            limited);
      }
    }

    private QuotaStore open(Configuration settings, @Nullable CreditLedger ledger) {
      ClusterSettings cluster = settings.cluster();
      Balances balances = ledger == null ? Balances.NONE : ledger;
      try {
        return hazelcast == null
            ? QuotaStore.open(cluster, clock, balances)
            : QuotaStore.hazelcast(hazelcast, cluster, clock, balances);
      } catch (IllegalArgumentException | IllegalStateException fault) {
        throw problem(settings, "cluster", fault);
      }
    }

    /** Credits that nobody keeps must not be spent: such accounts fail. */
    private static AccountDirectory withoutCredits(AccountDirectory found) {
      return key -> {
        Account account = found.find(key);
        if (account != null && account.credits() != null) {
          throw new IllegalStateException(
              "the account directory gives an account credits, but no plan and no key of the file"
                  + " has any, so that nobody keeps them; give a plan 'credits: 0'");
        }
        return account;
      };
    }

    /** The accounts of the file, which cost nothing to ask, then those of the application. */
    private @Nullable AccountDirectory accounts(Configuration settings, ClassLoader classPath) {
      Map<String, Account> listed = settings.accounts();
      AccountDirectory found = directory == null ? ApplicationDirectory.find(classPath) : directory;
      if (found == null) {
        return listed.isEmpty() ? null : new ListedAccounts(listed, null);
      }
      AccountDirectory cached =
          (settings.countsCredits() ? found : withoutCredits(found))
              .cached(settings.directoryCache(), settings.unknownCache(), clock);
      return listed.isEmpty() ? cached : new ListedAccounts(listed, cached);
    }
  }
}
