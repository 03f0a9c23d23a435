package dev.weir;

import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
import dev.weir.http.Answer;
import dev.weir.key.ApiKeyResolver;
import dev.weir.key.RequestView;
import dev.weir.plan.AccountDirectory;
import dev.weir.plan.Endpoint;
import dev.weir.plan.EndpointGroup;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import dev.weir.quota.QuotaStore;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything one application needs: made once at start, used by its adapters from many threads,
 * closed at its end.
 */
public final class Weir implements AutoCloseable {

  private final Configuration configuration;
  private final RateLimiter limiter;
  private final QuotaStore store;

  private Weir(Configuration configuration, RateLimiter limiter, QuotaStore store) {
    this.configuration = configuration;
    this.limiter = limiter;
    this.store = store;
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
    throw new ConfigurationException(List.of("to be written " + location));
  }

  /**
   * Decides a request and says what goes over the wire.
   *
   * @param annotated what {@link #endpoint} made of the endpoint's annotation, or null if it has none
   * @param earlier the answer already given for the same original request, or null
   */
  public Answer judge(RequestView request, @Nullable Endpoint annotated, @Nullable Answer earlier) {
    Decision decision =
        limiter.decide(request, annotated, earlier == null ? null : earlier.decision());
    return earlier != null && earlier.decision() == decision
        ? earlier
        : configuration.profile().answer(decision, request);
  }

  /**
   * Returns what an annotation says of an endpoint.
   *
   * @param where the class, and the method if it is on one; names the scope of the annotation's own
   *     limits and the place in error messages
   * @throws ConfigurationException if the annotation names an unknown group or is malformed
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
    List<Limit> limits = new ArrayList<>();
    for (String text : annotation.limits()) {
      try {
        limits.add(Limit.parse(text));
      } catch (IllegalArgumentException malformed) {
        problems.add("@RateLimited on %s: %s".formatted(where, malformed.getMessage()));
      }
    }
    if (annotation.cost() < 0 || annotation.cost() > Policy.MAX_COST) {
      problems.add(
          "@RateLimited on %s: cost must be 1 to %d, but is %d"
              .formatted(where, Policy.MAX_COST, annotation.cost()));
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    long cost = annotation.cost() > 0 || group == null ? annotation.cost() : group.cost();
    return new Endpoint(
        group,
        where,
        limits,
        cost,
        annotation.exempt() || (group != null && group.exempt()));
  }

  /** Returns the limiter, for callers that are no HTTP adapter. */
  public RateLimiter limiter() {
    return limiter;
  }

  /** Returns the configuration. */
  public Configuration configuration() {
    return configuration;
  }

  /** Closes what this instance opened: the store, and the cluster member if Weir started it. */
  @Override
  public void close() {
    store.close();
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
     * Opens the store and returns the instance.
     *
     * @throws ConfigurationException if the configuration is missing or not right
     */
    public Weir build() {
      throw new ConfigurationException(
          Stream.of(configuration, directory, keys, store, clock).map(String::valueOf).toList());
    }
  }
}
