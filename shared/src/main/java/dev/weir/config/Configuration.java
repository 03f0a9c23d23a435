package dev.weir.config;

import dev.weir.http.Profile;
import dev.weir.key.ApiKeyResolver;
import dev.weir.key.ClientAddressResolver;
import dev.weir.plan.Account;
import dev.weir.plan.Limit;
import dev.weir.plan.OnFailure;
import dev.weir.plan.Plan;
import dev.weir.plan.PlanCatalog;
import dev.weir.quota.ClusterSettings;
import dev.weir.socket.SocketRules;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A configuration file, checked as a whole. Immutable.
 *
 * @param source where it came from, for the start-up line and error messages
 * @param profile headers and envelope
 * @param catalog plans and endpoint groups
 * @param keys where a request carries its key
 * @param accounts the accounts of the file, by SHA-256 of the key (64 lower-case hex digits)
 * @param anonymousPlan what callers without a key get, or null to refuse them
 * @param clientAddresses finds the address of callers without a key
 * @param cluster where usage is counted
 * @param directoryCache how long a known account is remembered; zero asks for every request
 * @param unknownCache how long an unknown key is remembered
 * @param sockets what becomes of WebSocket messages over budget
 * @param usagePath the path under which a caller reads its own usage, or null for none
 * @param usageLimits how often a caller may do so; empty for as often as it likes
 * @param database where credits and accounts are kept for good
 * @param accountRules whether accounts may change while the application runs
 * @param unmatchedGroups the groups that no path belongs to, and where each stands ({@code
 *     weir.yaml:12:3}); one that no annotation names either is a mistake
 * @param origin where it was read, and what of it stays until the next start
 */
public record Configuration(
    String source,
    Profile profile,
    PlanCatalog catalog,
    ApiKeyResolver keys,
    Map<String, Account> accounts,
    @Nullable Plan anonymousPlan,
    ClientAddressResolver clientAddresses,
    ClusterSettings cluster,
    Duration directoryCache,
    Duration unknownCache,
    SocketRules sockets,
    @Nullable String usagePath,
    List<Limit> usageLimits,
    DatabaseSettings database,
    AccountRules accountRules,
    Map<String, String> unmatchedGroups,
    Origin origin) {

  /**
   * Copies the maps.
   *
   * @param source where it came from, for the start-up line and error messages
   * @param profile headers and envelope
   * @param catalog plans and endpoint groups
   * @param keys where a request carries its key
   * @param accounts the accounts of the file, by SHA-256 of the key (64 lower-case hex digits)
   * @param anonymousPlan what callers without a key get, or null to refuse them
   * @param clientAddresses finds the address of callers without a key
   * @param cluster where usage is counted
   * @param directoryCache how long a known account is remembered; zero asks for every request
   * @param unknownCache how long an unknown key is remembered
   * @param sockets what becomes of WebSocket messages over budget
   * @param usagePath the path under which a caller reads its own usage, or null for none
   * @param usageLimits how often a caller may do so; empty for as often as it likes
   * @param database where credits and accounts are kept for good
   * @param accountRules whether accounts may change while the application runs
   * @param unmatchedGroups the groups that no path belongs to, and where each stands ({@code
   *     weir.yaml:12:3}); one that no annotation names either is a mistake
   * @param origin where it was read, and what of it stays until the next start
   */
  public Configuration {
    accounts = Map.copyOf(accounts);
    usageLimits = List.copyOf(usageLimits);
    unmatchedGroups = Map.copyOf(unmatchedGroups);
  }

  /**
   * Loads the configuration of an application: from {@code location} if it is not null, else from
   * the system property {@code weir.config}, the environment variable {@code WEIR_CONFIG}, or
   * {@code weir.yaml} on the class path. A location is a file path, or a class path resource after
   * {@code classpath:}.
   *
   * @param location a path, or {@code classpath:} and a resource; or null
   * @param classPath where resources are looked for
   * @return the configuration
   * @throws ConfigurationException if there is none or it is not right
   */
  public static Configuration load(@Nullable String location, ClassLoader classPath) {
    ConfigurationFile file =
        ConfigurationFile.find(location, classPath, System::getProperty, System::getenv);
    return read(file);
  }

  /**
   * Reads a configuration from text.
   *
   * @param source what to call it in messages
   * @param yaml the text
   * @return the configuration
   * @throws ConfigurationException if it is not right
   */
  public static Configuration parse(String source, String yaml) {
    return new ConfigurationReader(source, System::getenv).read(yaml);
  }

  private static Configuration read(ConfigurationFile file) {
    return new ConfigurationReader(file.source(), System::getenv).read(file.text(), file.path());
  }

  /** {@return the file on disk that is looked at while the application runs, or null for none} */
  public @Nullable Path watchedFile() {
    return origin.watched ? origin.path : null;
  }

  /**
   * Reads the file on disk again.
   *
   * @return this configuration, with the plans and keys that the file has now
   * @throws ConfigurationException if the file is gone or not right, or if anything else in it has
   *     changed too
   */
  public Configuration reread() {
    Configuration read = read(ConfigurationFile.file(source, ""));
    List<String> differences = origin.differences(read.origin);
    if (!differences.isEmpty()) {
      throw new ConfigurationException(
          List.of(
              "%s: besides plans and keys, these have changed and need a restart: %s"
                  .formatted(source, String.join(", ", differences))));
    }
    if (read.countsCredits() && !countsCredits()) {
      throw new ConfigurationException(
          List.of("%s: credits, where none were counted before, need a restart".formatted(source)));
    }
    return with(catalog.withPlans(read.catalog.plans()), read.accounts, cluster);
  }

  /** {@return whether requests of any plan or key cost prepaid credits} */
  public boolean countsCredits() {
    return catalog.plans().stream().anyMatch(plan -> plan.credits() != null)
        || accounts.values().stream().anyMatch(account -> account.credits() != null);
  }

  /**
   * {@return this configuration with another answer to what becomes of requests that the cluster
   * gives none to, where neither group nor plan says it}
   *
   * @param onFailure what becomes of requests that the cluster does not answer, or null for what is
   *     configured in general
   */
  public Configuration withOnFailure(OnFailure onFailure) {
    return with(catalog.withOnFailure(onFailure), accounts, cluster);
  }

  /**
   * {@return this configuration with usage counted elsewhere}
   *
   * @param newCluster where and how
   */
  public Configuration withCluster(ClusterSettings newCluster) {
    return with(catalog, accounts, newCluster);
  }

  private Configuration with(
      PlanCatalog newCatalog, Map<String, Account> newAccounts, ClusterSettings newCluster) {
    return new Configuration(
        source,
        profile,
        newCatalog,
        keys,
        newAccounts,
        anonymousPlan,
        clientAddresses,
        newCluster,
        directoryCache,
        unknownCache,
        sockets,
        usagePath,
        usageLimits,
        database,
        accountRules,
        unmatchedGroups,
        origin);
  }
}
