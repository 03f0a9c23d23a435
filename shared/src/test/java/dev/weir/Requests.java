package dev.weir;

import dev.weir.key.RequestView;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Requests for tests: {@code Requests.get("/v1/agents").with("X-API-Key", "k")}. */
public final class Requests implements RequestView {

  private final String method;
  private final String rawPath;
  private final @Nullable String query;
  private final Map<String, List<String>> headers = new TreeMap<>();
  private @Nullable String remoteAddress = "192.0.2.1";

  private Requests(String method, String target) {
    int question = target.indexOf('?');
    this.method = method;
    this.rawPath = question < 0 ? target : target.substring(0, question);
    this.query = question < 0 ? null : target.substring(question + 1);
  }

  public static Requests get(String target) {
    return of("GET", target);
  }

  public static Requests of(String method, String target) {
    return new Requests(method, target);
  }

  /** Adds a header line. */
  public Requests with(String name, String value) {
    headers.computeIfAbsent(name.toLowerCase(Locale.ROOT), same -> new ArrayList<>()).add(value);
    return this;
  }

  public Requests from(@Nullable String address) {
    remoteAddress = address;
    return this;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String rawPath() {
    return rawPath;
  }

  @Override
  public @Nullable String query() {
    return query;
  }

  @Override
  public List<String> headers(String name) {
    return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  @Override
  public @Nullable String remoteAddress() {
    return remoteAddress;
  }
}
