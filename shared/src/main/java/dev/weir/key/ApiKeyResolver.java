package dev.weir.key;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the API key a request carries. Called once per request, from many threads; must not block.
 * An exception counts as a bug in the resolver and reaches the container.
 */
@FunctionalInterface
public interface ApiKeyResolver {

  /**
   * {@return the key, or null if the request carries none, {@link ApiKey#MALFORMED} if what it
   * carries cannot be a key, {@link ApiKey#CONFLICTING} if it carries two that differ}
   *
   * @param request the request
   */
  @Nullable ApiKey resolve(RequestView request);

  /**
   * Takes the whole value of a header, such as {@code X-API-Key}.
   *
   * @param name of the header, in any case
   * @return the resolver
   */
  static ApiKeyResolver header(String name) {
    return request -> only(request.headers(name), ApiKey::parse);
  }

  /**
   * Takes the token of {@code Authorization: Bearer <key>} (RFC 6750, section 2.1; the scheme in
   * any case). Other schemes are not looked at.
   *
   * @return the resolver
   */
  static ApiKeyResolver bearer() {
    return request -> only(request.headers("Authorization"), ApiKeyResolver::bearerToken);
  }

  /**
   * Takes a query parameter, such as {@code api_key}; in the form encoding, so that a {@code +}
   * stands for a space. Keys in a URL end up in access logs.
   *
   * @param name of the parameter
   * @return the resolver
   */
  static ApiKeyResolver queryParameter(String name) {
    return request -> {
      String query = request.query();
      if (query == null) {
        return null;
      }
      ApiKey found = null;
      for (String pair : query.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals >= 0 && name.equals(decode(pair.substring(0, equals)))) {
          String value = decode(pair.substring(equals + 1));
          found = merge(found, value == null ? ApiKey.MALFORMED : ApiKey.parse(value));
        }
      }
      return found;
    };
  }

  /**
   * Asks every source in order: the first key found counts, and any other source that names a
   * different one makes the credentials conflict (contract R10).
   *
   * @param sources in order
   * @return the resolver
   */
  static ApiKeyResolver anyOf(List<ApiKeyResolver> sources) {
    List<ApiKeyResolver> copy = List.copyOf(sources);
    return request -> {
      ApiKey found = null;
      for (int i = 0; i < copy.size(); i++) { // for every request: no iterator
        found = merge(found, copy.get(i).resolve(request));
      }
      return found;
    };
  }

  private static @Nullable ApiKey only(
      List<String> values, Function<String, @Nullable ApiKey> parse) {
    ApiKey found = null;
    for (int i = 0; i < values.size(); i++) {
      found = merge(found, parse.apply(values.get(i)));
    }
    return found;
  }

  private static @Nullable ApiKey merge(@Nullable ApiKey first, @Nullable ApiKey next) {
    if (first == null || next == null) {
      return first == null ? next : first;
    }
    return first.equals(next) ? first : ApiKey.CONFLICTING;
  }

  private static @Nullable ApiKey bearerToken(String value) {
    String scheme = "Bearer ";
    return value.regionMatches(true, 0, scheme, 0, scheme.length())
        ? ApiKey.parse(value.substring(scheme.length()))
        : null;
  }

  /** Returns the text without escapes, or null if one of them is malformed. */
  private static @Nullable String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformedEscape) {
      return null;
    }
  }
}
