package dev.weir.config;

import dev.weir.http.Profile;
import dev.weir.plan.Account;
import dev.weir.plan.Budget;
import dev.weir.plan.EndpointGroup;
import dev.weir.plan.Limit;
import dev.weir.plan.Plan;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * From the text of a file to a configuration: the file is laid over its profile, and each part of
 * the result is read by the class that knows it. All of them note problems and go on.
 */
final class ConfigurationReader {

  /** The built-in profiles, each a file of the same format. */
  static final List<String> PROFILES =
      List.of(
          "default",
          "kallglot",
          "kallglot-credits",
          "talkpilot",
          "boltcall",
          "burst-sustained",
          "problem-json");

  private static final Duration MAX_CACHE = Duration.ofDays(1);

  private static final Limit USAGE_LIMIT = Limit.parse("60/minute");

  private static final Pattern USAGE_PATH =
      Pattern.compile("(?:/(?!\\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+");

  private final String source;
  private final Function<String, @Nullable String> environment;
  private final Problems problems;

  /**
   * Creates a reader of one file.
   *
   * @param source what to call the file in messages
   * @param environment the value of a variable, or null if it is not set
   */
  ConfigurationReader(String source, Function<String, @Nullable String> environment) {
    this.source = source;
    this.environment = environment;
    this.problems = new Problems(source);
  }

  /**
   * Reads a configuration.
   *
   * @throws ConfigurationException if there is anything wrong with it
   */
  Configuration read(String yaml) {
    return read(yaml, null);
  }

  /**
   * Reads a configuration.
   *
   * @param path where it is on disk, or null if it is not
   * @throws ConfigurationException if there is anything wrong with it
   */
  Configuration read(String yaml, @Nullable Path path) {
    Node.Mapping own = new YamlReader(source, yaml, environment, problems).read();
    String profile = profileOf(own);
    Node.Mapping whole = own.over(profile(profile));
    Section file = Value.file(whole, problems).section(Members.FILE);

    Section clusterSection = file.get("cluster").section(Members.CLUSTER);
    PlansReader plans = new PlansReader(file, ClusterReader.onFailure(clusterSection));
    Map<String, Account> accounts = plans.accounts(file.get("keys"));
    Value anonymous = file.get("anonymous");
    Section anonymousSection = anonymous.section(Members.ANONYMOUS);
    Plan anonymousPlan = plans.anonymousPlan(anonymous, anonymousSection);
    Section directory = file.get("directory").section(Members.DIRECTORY);
    Set<String> limitNames = limitNames(plans, accounts, anonymousPlan);
    var headers = ProfileReader.headers(file.get("headers"), limitNames, source);
    var errors = ProfileReader.errors(file.get("errors"));
    var keySources = ProfileReader.keySources(file.get("key-sources"));
    var clientAddresses = ProfileReader.clientAddresses(anonymousSection);
    var cluster = ClusterReader.read(clusterSection);
    Duration cache = directory.get("cache").duration(MAX_CACHE, Duration.ZERO);
    Duration unknown = directory.get("unknown-cache").duration(MAX_CACHE, Duration.ofSeconds(5));
    var sockets = SocketsReader.rules(file.get("websocket"));
    String usagePath = usagePath(file.get("usage"));
    var database = AccountsReader.database(file.get("database"));
    var accountRules = AccountsReader.accounts(file.get("accounts"), database.url() != null);
    List<Limit> usageLimits = usageLimits(file.get("usage"));
    boolean watch = file.get("watch").flag(true);

    problems.throwIfAny();
    return new Configuration(
        source,
        new Profile(profile, headers, errors),
        plans.catalog(),
        keySources,
        accounts,
        anonymousPlan,
        clientAddresses,
        cluster,
        cache,
        unknown,
        sockets,
        usagePath,
        usageLimits,
        database,
        accountRules,
        plans.unmatchedGroups(),
        new Origin(path, watch, whole));
  }

  /**
   * Returns the name of the profile that a file builds on, or at least the one that was meant.
   *
   * @throws ConfigurationException if nobody can tell, and so neither what the profile defines
   */
  private String profileOf(Node.Mapping file) {
    Node.Member member = file.members().get("profile");
    if (member == null) {
      return "default";
    }
    if (!(member.value() instanceof Node.Text name)) {
      if (!(member.value() instanceof Node.Broken)) {
        problems.add(member.place(), "profile must be one of " + String.join(", ", PROFILES));
      }
      throw problems.toException();
    }
    if (PROFILES.contains(name.text())) {
      return name.text();
    }
    problems.add(
        name.place(),
        "unknown profile %s%s"
            .formatted(Value.quote(name.text()), Spelling.hint(name.text(), PROFILES, "profiles")));
    String meant = Spelling.meant(name.text(), PROFILES);
    if (meant == null) {
      throw problems.toException();
    }
    return meant;
  }

  /** Returns a built-in profile, laid over the one it builds on, if any. */
  private Node.Mapping profile(String name) {
    Node.Mapping profile =
        new YamlReader("profile " + name, textOf(name), environment, problems).read();
    return profile.members().get("profile") != null
            && profile.members().get("profile").value() instanceof Node.Text base
        ? profile.over(profile(base.text()))
        : profile;
  }

  private static String textOf(String profile) {
    try (InputStream yaml =
        ConfigurationReader.class.getResourceAsStream("/dev/weir/profiles/" + profile + ".yaml")) {
      if (yaml == null) {
        throw new IllegalStateException("Weir's jar is damaged: it lacks profile " + profile);
      }
      return new String(yaml.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> limitNames(
      PlansReader plans, Map<String, Account> accounts, @Nullable Plan anonymous) {
    Set<String> names = new TreeSet<>();
    for (Plan plan : plans.catalog().plans()) {
      addNames(names, Budget.PLAN_SCOPE, plan.limits());
      plan.groups().forEach((group, limits) -> addNames(names, group, limits));
    }
    for (EndpointGroup group : plans.catalog().groups()) {
      addNames(names, group.name(), group.limits());
    }
    for (Account account : accounts.values()) {
      addNames(names, Budget.PLAN_SCOPE, account.limits() == null ? List.of() : account.limits());
      account.groups().forEach((group, limits) -> addNames(names, group, limits));
    }
    if (anonymous != null) {
      addNames(names, Budget.PLAN_SCOPE, anonymous.limits());
    }
    return names;
  }

  private static void addNames(Set<String> names, String scope, List<Limit> limits) {
    limits.forEach(limit -> names.add(Budget.of(scope, limit).displayName()));
  }

  /** A look at the own usage costs nothing of it, but not everybody's time. */
  private static List<Limit> usageLimits(Value usage) {
    Value limits = usage.section(Members.USAGE).get("limits");
    return limits.isPresent() ? LimitsReader.read(limits) : List.of(USAGE_LIMIT);
  }

  private static @Nullable String usagePath(Value usage) {
    Value value = usage.section(Members.USAGE).get("path");
    if (usage.isMapping()) {
      value.required();
    }
    String path = value.text();
    if (path != null && !USAGE_PATH.matcher(path).matches()) {
      value.problem("must be a path such as /v1/usage, but is " + Value.quote(path));
    }
    return path;
  }
}
