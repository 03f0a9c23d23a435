package dev.weir.matrix;

import dev.weir.Weir;
import dev.weir.config.Configuration;
import dev.weir.demo.Api;
import dev.weir.demo.ErrorMapper;
import dev.weir.jaxrs.RateLimitFeature;
import dev.weir.quota.QuotaStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the applications of all stacks are made of. A test and its application may belong to
 * different class loaders, so that they talk by system properties with types of the JDK.
 */
public final class Subject {

  private static final String CONFIGURATION = "weir.matrix.configuration";
  private static final String CLOCK = "weir.matrix.clock";
  private static final String FORGET = "weir.matrix.forget";

  private static @Nullable Weir weir;

  /**
   * What is served in place of the profile's API; never in a WAR, which has a Subject of its own.
   */
  private static @Nullable Set<Class<?>> served;

  private static boolean sharesWeir;

  private Subject() {}

  /** Says that the next application will be the API of a profile: for tests. */
  static synchronized void configure(String location, InstantSource clock) {
    Properties properties = System.getProperties();
    properties.put(CONFIGURATION, location);
    properties.put(CLOCK, clock);
    served = null;
    sharesWeir = false;
  }

  /**
   * Says that the next application will be of these classes: for tests.
   *
   * @param shares whether its feature opens a Weir by itself
   */
  static synchronized void configure(
      String location, InstantSource clock, Set<Class<?>> classes, boolean shares) {
    configure(location, clock);
    served = classes;
    sharesWeir = shares;
  }

  /** Has the application forget what it has counted: for tests. */
  static void forget(long conversation) {
    ((LongConsumer) property(FORGET)).accept(conversation);
  }

  private static Object property(String name) {
    return Objects.requireNonNull(System.getProperties().get(name), name);
  }

  private static Configuration configuration() {
    return Configuration.load(location(), Subject.class.getClassLoader());
  }

  /** Opens the application's Weir, which counts in memory, and closes the one before. */
  public static synchronized Weir open() {
    if (weir != null) {
      weir.close();
    }
    InstantSource clock = (InstantSource) property(CLOCK);
    SharedStore store = new SharedStore(QuotaStore.inMemory(clock));
    System.getProperties().put(FORGET, (LongConsumer) store::forget);
    weir = Weir.builder().configuration(configuration()).clock(clock).store(store).build();
    return weir;
  }

  /** Returns the JAX-RS feature that limits the application. */
  public static synchronized RateLimitFeature feature() {
    return sharesWeir ? new RateLimitFeature() : new RateLimitFeature(open());
  }

  /** Returns where the configuration is. */
  public static String location() {
    return (String) property(CONFIGURATION);
  }

  /** Returns the application's JAX-RS classes, but for the feature that limits it. */
  public static synchronized Set<Class<?>> classes() {
    if (served != null) {
      return served;
    }
    String profile = configuration().profile().name();
    return Set.of(Objects.requireNonNull(Api.of(profile), profile).resource(), ErrorMapper.class);
  }

  /** A clock that tests set. */
  static final class Clock implements InstantSource {

    private volatile Instant now = Instant.EPOCH;

    void set(Instant newNow) {
      now = newNow;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }
}
