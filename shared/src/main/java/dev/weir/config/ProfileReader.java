package dev.weir.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.weir.Outcome;
import dev.weir.http.ErrorTemplate;
import dev.weir.http.HeaderSet;
import dev.weir.key.ApiKeyResolver;
import dev.weir.key.ClientAddressResolver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what concerns HTTP: where credentials are, which headers are sent, what errors look like.
 */
final class ProfileReader {

  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");

  private static final Pattern MEDIA_TYPE =
      Pattern.compile("[\\w.+-]+/[\\w.+-]+(?: *; *[\\w-]+=[!-~&&[^;,]]+)*");

  private static final String ANY_TEXT = "text/plain";

  private static final Pattern JSON =
      Pattern.compile("[^/;]+/(?:[^/;]+\\+)?json\\s*(?:;.*)?", Pattern.CASE_INSENSITIVE);

  private static final JsonFactory JSON_READER = new JsonFactory();

  /** No refusal needs more. */
  private static final int MAX_BODY = 16_384;

  private static final Set<String> BOTH_OF_AUTHORIZATION = Set.of("bearer", "header authorization");

  private ProfileReader() {}

  static ApiKeyResolver keySources(Value value) {
    if (!value.isPresent() || value.isEmptyList()) {
      value.required();
      if (value.isPresent()) {
        value.problem("must name at least one source, such as bearer or 'header X-API-Key'");
      }
    }
    List<ApiKeyResolver> sources = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Value item : value.items("[bearer, header X-API-Key]")) {
      ApiKeyResolver source = item.parsed(ProfileReader::keySource, "header X-API-Key");
      String text = item.raw();
      if (source != null && text != null) {
        sources.add(source);
        if (!seen.add(text.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT))) {
          item.complain("'%s' is there twice; keep one".formatted(text));
        } else if (seen.containsAll(BOTH_OF_AUTHORIZATION)) {
          // the one would take 'Bearer' for a part of the key
          item.complain("'header authorization' and 'bearer' read one header two ways; keep one");
        }
      }
    }
    return ApiKeyResolver.anyOf(sources);
  }

  private static ApiKeyResolver keySource(String text) {
    String[] words = text.strip().split("\\s+", -1);
    if (words.length == 1 && words[0].equals("bearer")) {
      return ApiKeyResolver.bearer();
    }
    if (words.length == 2 && words[0].equals("header") && TOKEN.matcher(words[1]).matches()) {
      return ApiKeyResolver.header(words[1]);
    }
    if (words.length == 2 && words[0].equals("query") && words[1].matches("[A-Za-z0-9._~-]+")) {
      return ApiKeyResolver.queryParameter(words[1]);
    }
    throw new IllegalArgumentException(
        "a key source is 'bearer', 'header NAME' or 'query NAME', but is " + Value.quote(text));
  }

  /**
   * Reads the header set.
   *
   * @param limitNames the display names of all limits of the file
   * @param source the user's own file
   */
  static HeaderSet headers(Value value, Set<String> limitNames, String source) {
    Section headers = value.section(Members.HEADERS);
    HeaderSet defaults = HeaderSet.DEFAULT;
    String limit = headerName(headers.get("limit"), defaults.limit());
    String remaining = headerName(headers.get("remaining"), defaults.remaining());
    String reset = headerName(headers.get("reset"), defaults.reset());
    boolean trio = headers.get("trio").flag(defaults.trio());
    String describes = describes(headers.get("describes"), limitNames, source);
    boolean sessions = headers.get("sessions").flag(defaults.sessions());
    boolean credits = headers.get("credits").flag(defaults.credits());
    boolean structured = headers.get("structured-fields").flag(defaults.structuredFields());
    try {
      return new HeaderSet(trio, limit, remaining, reset, describes, structured, sessions, credits);
    } catch (IllegalArgumentException sameName) {
      value.complain(String.valueOf(sameName.getMessage()));
      return defaults;
    }
  }

  private static String headerName(Value value, String otherwise) {
    String name = value.text(otherwise);
    if (TOKEN.matcher(name).matches()) {
      return name;
    }
    value.problem(
        "must be a header name such as %s, but is %s".formatted(otherwise, Value.quote(name)));
    return otherwise;
  }

  private static @Nullable String describes(Value value, Set<String> limitNames, String source) {
    String name = value.text("tightest");
    if (name.equals("tightest")) {
      return null;
    }
    // what a profile says here is a default, for files that keep its limits
    if (!limitNames.contains(name) && value.place().file().equals(source)) {
      value.problem(
          "must be tightest or the name of a limit, but is %s%s"
              .formatted(Value.quote(name), Spelling.hint(name, limitNames, "limits")));
    }
    return name;
  }

  static Map<Outcome, ErrorTemplate> errors(Value value) {
    Section errors = value.section(Members.ERRORS);
    Map<Outcome, ErrorTemplate> read = new EnumMap<>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      if (!outcome.isAllowed()) {
        read.put(outcome, error(errors.get(outcome.label()).required(), outcome));
      }
    }
    return read;
  }

  private static ErrorTemplate error(Value value, Outcome outcome) {
    Section error = value.section(Members.ERROR);
    if (value.isMapping()) {
      Members.ERROR.names.forEach(name -> error.get(name).required());
    }
    long status = error.get("status").number(400, 599, 500);
    String contentType = error.get("content-type").text(ANY_TEXT);
    if (!MEDIA_TYPE.matcher(contentType).matches()) {
      error
          .get("content-type")
          .problem(
              "must be a media type such as application/json, but is " + Value.quote(contentType));
      contentType = ANY_TEXT;
    }
    Value body = error.get("body");
    ErrorTemplate template = new ErrorTemplate((int) status, contentType, body.text(""));
    if (body.raw() != null) {
      checkBody(body, template, outcome);
    }
    return template;
  }

  private static void checkBody(Value body, ErrorTemplate template, Outcome outcome) {
    String sample = body.parsed(text -> template.sample(outcome), "{...}");
    if (sample == null || !JSON.matcher(template.contentType()).matches()) {
      return;
    }
    if (sample.length() > MAX_BODY) {
      body.problem("must have at most %d characters".formatted(MAX_BODY));
    } else if (!isJson(sample)) {
      body.problem(
          "must be valid JSON, as its content-type is %s, but with sample values it is %s"
              .formatted(template.contentType(), Value.quote(sample)));
    }
  }

  private static boolean isJson(String text) {
    try (JsonParser parser = JSON_READER.createParser(text)) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException malformed) {
      return false;
    }
  }

  static ClientAddressResolver clientAddresses(Section anonymous) {
    Value proxies = anonymous.get("trusted-proxies");
    Value headerValue = anonymous.get("header");
    ClientAddressResolver.Header header =
        headerValue.choice(
            Map.of(
                "forwarded", ClientAddressResolver.Header.FORWARDED,
                "x-forwarded-for", ClientAddressResolver.Header.X_FORWARDED_FOR),
            ClientAddressResolver.Header.X_FORWARDED_FOR);
    List<String> blocks = new ArrayList<>();
    for (Value item : proxies.items("[10.0.0.0/8]")) {
      String block =
          item.parsed(
              text -> {
                ClientAddressResolver unused = new ClientAddressResolver(List.of(text), header);
                return text;
              },
              "10.0.0.0/8");
      if (block != null) {
        blocks.add(block);
      }
    }
    if (proxies.isPresent() && !headerValue.isPresent()) {
      proxies.problem("needs to know what they write; add header: forwarded or x-forwarded-for");
    } else if (headerValue.isPresent() && !proxies.isPresent()) {
      headerValue.problem("is believed from trusted-proxies only, and there are none; add them");
    }
    return new ClientAddressResolver(blocks, header);
  }
}
