package dev.weir;

import dev.weir.RateLimiter.Judgement;
import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
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
import dev.weir.plan.Policy;
import dev.weir.plan.SessionAction;
import dev.weir.plan.SessionId;
import dev.weir.plan.SessionRules;
import dev.weir.quota.QuotaStore;
import dev.weir.socket.Sockets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
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

  /** That of the start, which annotations are checked against. Only plans and keys may change. */
  private final Configuration configuration;

  private final RateLimiter limiter;
  private final QuotaStore store;
  private final Sockets sockets;
  private final @Nullable FileWatch watch;
  private final @Nullable EndpointPattern usage;
  private final @Nullable Share share;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Weir(
      Configuration configuration,
      RateLimiter limiter,
      QuotaStore store,
      Sockets sockets,
      @Nullable FileWatch watch,
      @Nullable Share share) {
    this.configuration = configuration;
    this.limiter = limiter;
    this.store = store;
    this.sockets = sockets;
    this.watch = watch;
    String path = configuration.usagePath();
    this.usage = path == null ? null : EndpointPattern.parse("GET " + path);
    this.share = share;
  }

  /** Returns a builder for an instance of the application's own. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns the instance that all adapters of one application share, opened by the first caller.
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
      return new Weir(
          share.weir.configuration,
          share.weir.limiter,
          share.weir.store,
          share.weir.sockets,
          share.weir.watch,
          share);
    }
  }

  /**
   * Decides a request and says what goes over the wire. A request for the caller's own usage is
   * answered here, uncounted.
   *
   * @param annotated what {@link #endpoint} made of the endpoint's annotation, or null if it has
   *     none
   * @param earlier the answer already given for the same original request, or null
   */
  public Answer judge(RequestView request, @Nullable Endpoint annotated, @Nullable Answer earlier) {
    if (usage != null && usage.matches(request)) {
      return configuration.profile().usage(limiter.usage(request), request);
    }
    Judgement judgement =
        limiter.judge(
            request,
            annotated,
            earlier == null ? null : earlier.decision(),
            earlier != null && earlier.session() != null);
    Decision decision = judgement.decision();
    return earlier != null && judgement.session() == null && earlier.decision().equals(decision)
        ? earlier
        : configuration
            .profile()
            .answer(decision, request)
            .with(
                judgement.session() == null && earlier != null
                    ? earlier.session()
                    : judgement.session());
  }

  /**
   * Returns what an annotation says of an endpoint.
   *
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
    boolean exempt = annotation.exempt() || (group != null && group.exempt());
    if (exempt && (annotation.limits().length > 0 || annotation.cost() != 0)) {
      problems.add(
          "@RateLimited on %s: the endpoint is exempt, so limits and cost would never count; leave"
                  .formatted(where)
              + " out one or the other");
    }
    if (problems.isEmpty()) {
      long cost = annotation.cost() > 0 || group == null ? annotation.cost() : group.cost();
      Endpoint endpoint = new Endpoint(group, where, limits, cost, exempt);
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
   * Returns what requests to an endpoint do to a session.
   *
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

  /** Returns the session slots, for sessions that begin and end elsewhere than in requests. */
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

  /** Returns the WebSockets of the application on this node. */
  public Sockets sockets() {
    return sockets;
  }

  /** Returns the limiter, for callers that are no HTTP adapter. */
  public RateLimiter limiter() {
    return limiter;
  }

  /**
   * Returns the configuration in use; after a change of its file, with the plans and keys of now.
   */
  public Configuration configuration() {
    return watch == null ? configuration : watch.configuration();
  }

  /** Returns what looks at the file, or null if nothing does. */
  @Nullable FileWatch watch() {
    return watch;
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
      if (watch != null) {
        watch.close();
      }
      sockets.close();
      store.close();
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
    private InstantSource clock = InstantSource.system();
    private final List<RateLimitListener> listeners = new ArrayList<>();

    private Builder() {}

    /** Sets the configuration; by default {@link Configuration#load} finds it. */
    public Builder configuration(Configuration newConfiguration) {
      this.configuration = newConfiguration;
      return this;
    }

    /** Sets where accounts come from; by default the {@code keys} of the configuration. */
    public Builder directory(AccountDirectory newDirectory) {
      this.directory = newDirectory;
      return this;
    }

    /** Sets where a request carries its key; by default as configured. */
    public Builder keys(ApiKeyResolver newKeys) {
      this.keys = newKeys;
      return this;
    }

    /** Sets where usage is counted; by default as configured. Closed with the instance. */
    public Builder store(QuotaStore newStore) {
      this.store = newStore;
      return this;
    }

    /** Adds a listener. */
    public Builder listener(RateLimitListener listener) {
      listeners.add(listener);
      return this;
    }

    /** Sets the clock of a store that this builder opens; by default the system's. */
    public Builder clock(InstantSource newClock) {
      this.clock = newClock;
      return this;
    }

    /**
     * Opens the store and returns the instance. Logs one line that says what is protected, how.
     *
     * @throws ConfigurationException if the configuration is missing or not right
     */
    public Weir build() {
      ClassLoader classPath = Thread.currentThread().getContextClassLoader();
      Configuration settings =
          configuration == null ? Configuration.load(null, classPath) : configuration;
      Plan anonymousPlan = settings.anonymousPlan();
      AccountDirectory accounts = accounts(settings, classPath);
      if (accounts == null && anonymousPlan == null) {
        throw nobodyKnown(settings);
      }
      QuotaStore quotas = store == null ? open(settings) : store;
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
              accounts == null ? key -> null : accounts,
              settings.catalog(),
              quotas,
              anonymousPlan == null
                  ? null
                  : new RateLimiter.Anonymous(anonymousPlan, settings.clientAddresses()),
              listeners,
              clock);
      Sockets sockets = new Sockets(quotas, settings.sockets());
      Path file = settings.watchedFile();
      FileWatch watch = null;
      if (file != null) {
        boolean keysNeeded =
            anonymousPlan == null
                && accounts instanceof ListedAccounts listed
                && listed.others() == null;
        watch = new FileWatch(file, settings, limiter, keysNeeded);
        watch.start();
      }
      return new Weir(settings, limiter, quotas, sockets, watch, null);
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

    private QuotaStore open(Configuration settings) {
      try {
        return QuotaStore.open(settings.cluster(), clock);
      } catch (IllegalArgumentException | IllegalStateException fault) {
        ConfigurationException problem =
            new ConfigurationException(
                List.of(settings.source() + ": cluster: " + fault.getMessage()));
        problem.initCause(fault);
        throw problem;
      }
    }

    /** The accounts of the file, which cost nothing to ask, then those of the application. */
    private @Nullable AccountDirectory accounts(Configuration settings, ClassLoader classPath) {
      Map<String, Account> listed = settings.accounts();
      AccountDirectory found = directory == null ? ApplicationDirectory.find(classPath) : directory;
      if (found == null) {
        return listed.isEmpty() ? null : new ListedAccounts(listed, null);
      }
      AccountDirectory cached =
          found.cached(settings.directoryCache(), settings.unknownCache(), clock);
      return listed.isEmpty() ? cached : new ListedAccounts(listed, cached);
    }
  }
}
