package dev.weir.demo;

import dev.weir.config.Configuration;
import dev.weir.key.ApiKey;
import dev.weir.key.RequestView;
import dev.weir.plan.Account;
import dev.weir.plan.Budget;
import dev.weir.plan.Endpoint;
import dev.weir.plan.Limit;
import dev.weir.plan.Plan;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What the demo prints once it serves. */
record Greeting(Configuration configuration, String uri) {

  /** Every plan may have the keys {@code demo-PLAN-1} to {@code demo-PLAN-9}. */
  private static final int KEYS = 9;

  private static final long MANY = 200;

  /** A request that carries nothing but one header. */
  private record Probe(String name, String value) implements RequestView {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String rawPath() {
      return "/";
    }

    @Override
    public @Nullable String query() {
      return null;
    }

    @Override
    public List<String> headers(String wanted) {
      return wanted.equalsIgnoreCase(name) ? List.of(value) : List.of();
    }

    @Override
    public @Nullable String remoteAddress() {
      return null;
    }
  }

  String text() {
    StringBuilder text = new StringBuilder();
    String profile = configuration.profile().name();
    text.append("Weir demo ready: %s (profile %s)%n".formatted(uri, profile));
    String first = null;
    long requests = 2;
    for (Plan plan : configuration.catalog().plans()) {
      List<String> keys = keys(plan);
      if (keys.isEmpty()) {
        continue;
      }
      List<Limit> limits = limits(plan, keys.get(0));
      text.append(
          "  plan %-10s %s to %s (%s)%n"
              .formatted(
                  plan.name(),
                  keys.get(0),
                  keys.get(keys.size() - 1),
                  limits.isEmpty()
                      ? "unlimited"
                      : limits.stream().map(Limit::toString).collect(Collectors.joining(", "))));
      if (first == null) {
        first = keys.get(0);
        requests = Math.min(MANY, least(limits) + 1);
      }
    }
    if (first == null) {
      text.append("  keys are those of %s%n".formatted(configuration.source()));
    }
    text.append("Try:%n".formatted());
    String credentials = credentials(first == null ? "YOUR-KEY" : first);
    Api api = Objects.requireNonNull(Api.of(profile), "checked at start");
    for (String command : api.commands(uri, credentials, requests)) {
      text.append("  %s%n".formatted(command));
    }
    return text.toString();
  }

  private List<String> keys(Plan plan) {
    return IntStream.rangeClosed(1, KEYS)
        .mapToObj(number -> "demo-%s-%d".formatted(plan.name(), number))
        .filter(key -> account(key) != null)
        .toList();
  }

  private @Nullable Account account(String key) {
    return configuration.accounts().get(Objects.requireNonNull(ApiKey.parse(key)).sha256());
  }

  private List<Limit> limits(Plan plan, String key) {
    Account account = Objects.requireNonNull(account(key));
    return configuration.catalog().policy(plan, account, Endpoint.UNGROUPED).budgets().stream()
        .map(Budget::limit)
        .toList();
  }

  private static long least(List<Limit> limits) {
    return limits.stream().mapToLong(Limit::permits).min().orElse(1);
  }

  /** Returns the header that carries a key where this configuration looks for it. */
  private String credentials(String key) {
    Probe bearer = new Probe("Authorization", "Bearer " + key);
    return configuration.keys().resolve(bearer) == null
        ? "X-API-Key: " + key
        : bearer.name() + ": " + bearer.value();
  }
}
