package dev.weir.jaxrs;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.RateLimited;
import dev.weir.account.Accounts;
import dev.weir.account.Accounts.Created;
import dev.weir.account.Accounts.UnknownKeyException;
import dev.weir.credit.Credits;
import dev.weir.credit.Credits.Balance;
import dev.weir.jaxrs.Refusal.Code;
import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import dev.weir.plan.Limit;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The administration of keys and their credits over HTTP, in JSON: {@code
 * dev/weir/administration.openapi.yaml} in this jar describes it.
 *
 * <p>An application has it where it wants it, as a resource of its own:
 *
 * <pre>{@code
 * @Path("/admin")
 * public class Admin extends Administration {
 *   public Admin() {
 *     super(weir.accounts(), weir.credits(), Guard.role("admin"));
 *   }
 * }
 * }</pre>
 *
 * <p>or by a sub-resource locator that returns what {@link #of} made. It has no path of its own,
 * since servers that look for resources would serve it in every application then.
 *
 * <p><b>Not limited itself.</b> {@link RateLimitFeature} lets its requests pass without a key. The
 * servlet filter of Weir sees no annotations of resources, so where that stands in front, the
 * configuration says it:
 *
 * <pre>{@code
 * groups:
 *   administration: { match: ["/admin/**"], exempt: true }
 * }</pre>
 *
 * <p><b>Secrets.</b> Only the answers that create a key have it in them. Nothing here logs one, and
 * none stands in a URI.
 */
@RateLimited(exempt = true)
public class Administration {

  private static final Logger log = LoggerFactory.getLogger(Administration.class);

  private static final JsonFactory JSON = new JsonFactory();

  private static final int MAX_BODY = 64 * 1024;
  private static final int MAX_SECRET = 512;
  private static final int MAX_COUNT = 1_000;
  private static final int DEFAULT_COUNT = 100;
  private static final long MAX_AMOUNT = 1_000_000_000_000_000L;
  private static final Duration MAX_OVERLAP = Duration.ofDays(366);

  private static final String IDEMPOTENCY_HEADER = "Idempotency-Key";
  private static final String IDEMPOTENCY_MEMBER = "idempotency_key";

  private static final Pattern ID = Pattern.compile("key_[0-9a-f]{24}");
  private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  private final Accounts accounts;
  private final @Nullable Credits credits;
  private final Guard guard;

  /**
   * Creates the resource.
   *
   * @param accounts what is administered
   * @param credits null if the application keeps none; requests about them are answered with 404
   * @param guard who may use it, such as {@link Guard#bearer}
   */
  protected Administration(Accounts accounts, @Nullable Credits credits, Guard guard) {
    this.accounts = Objects.requireNonNull(accounts, "accounts");
    this.credits = credits;
    this.guard =
        Objects.requireNonNull(
            guard, "the administration needs a guard; Guard.unprotected() if it must be open");
  }

  /**
   * Creates a sub-resource, as above.
   *
   * @param accounts what is administered
   * @param credits null if the application keeps none; requests about them are answered with 404
   * @param guard who may use it, such as {@link Guard#bearer}
   * @return the sub-resource
   */
  public static Administration of(Accounts accounts, @Nullable Credits credits, Guard guard) {
    return new Administration(accounts, credits, guard);
  }

  /**
   * Creates a key.
   *
   * @param headers of the request
   * @param security who the container says is asking
   * @param uri of the request
   * @param body the account, and which plan it is under
   * @return what to answer
   */
  @POST
  @Path("keys")
  public Response create(
      @Context HttpHeaders headers,
      @Context SecurityContext security,
      @Context UriInfo uri,
      @Nullable InputStream body) {
    return answer(
        headers,
        security,
        () -> {
          JsonObject members =
              read(headers, body)
                  .onlyWith(
                      "plan", "subject", "limits", "groups", "sessions", "websocket", "credits");
          Account account = KeyJson.account(members);
          if (members.lacks("credits")) {
            return created(path(uri), accounts.create(account), null);
          }
          if (credits == null) {
            throw Refusal.badRequest(
                "member 'credits' cannot be here, since this application keeps no credits");
          }
          long amount = members.number("credits", 1, MAX_AMOUNT, "");
          Created created = accounts.create(account.withCredits(amount));
          return created(path(uri), created, begun(credits, created.key().id()));
        });
  }

  /** Returns the balance of a new key. Without its credits, there is to be no such key. */
  private Balance begun(Credits granting, String id) {
    boolean done = false;
    try {
      Balance balance = granting.balance(id);
      done = true;
      return balance;
    } finally {
      if (!done) {
        accounts.delete(id);
      }
    }
  }

  /**
   * Lists keys by their ids.
   *
   * @param headers of the request
   * @param security who the container says is asking
   * @param after the id to go on behind, or null for the beginning
   * @param count how many at most
   * @return what to answer
   */
  @GET
  @Path("keys")
  public Response list(
      @Context HttpHeaders headers,
      @Context SecurityContext security,
      @QueryParam("after") @Nullable String after,
      @QueryParam("count") @Nullable String count) {
    return answer(
        headers,
        security,
        () -> {
          if (after != null && !ID.matcher(after).matches()) {
            throw Refusal.badRequest(
                "parameter 'after' must be the id of a key: key_ and 24 hexadecimal digits");
          }
          int most = count == null ? DEFAULT_COUNT : count(count);
          List<Accounts.Key> keys = accounts.list(after, most);
          return json(
                  200,
                  json -> {
                    json.writeArrayFieldStart("keys");
                    for (Accounts.Key key : keys) {
                      json.writeStartObject();
                      KeyJson.write(key, json);
                      json.writeEndObject();
                    }
                    json.writeEndArray();
                    json.writeStringField(
                        "next", keys.size() < most ? null : keys.get(keys.size() - 1).id());
                  })
              .build();
        });
  }

  private static int count(String text) {
    if (text.matches("[0-9]{1,4}")) {
      int count = Integer.parseInt(text);
      if (count >= 1 && count <= MAX_COUNT) {
        return count;
      }
    }
    throw Refusal.badRequest(
        "parameter 'count' must be a whole number from 1 to %d".formatted(MAX_COUNT));
  }

  /**
   * Shows a key.
   *
   * @param headers of the request
   * @param security who the container says is asking
   * @param id of the key, as the administration shows it
   * @return what to answer
   */
  @GET
  @Path("keys/{id}")
  public Response get(
      @Context HttpHeaders headers, @Context SecurityContext security, @PathParam("id") String id) {
    return answer(headers, security, () -> record(accounts.get(checked(id))));
  }

  /**
   * Finds the key that a secret is. It stands in the body, so that no access log has it.
   *
   * @param headers of the request
   * @param security who the container says is asking
   * @param body the secret
   * @return what to answer
   */
  @POST
  @Path("keys/lookup")
  public Response lookup(
      @Context HttpHeaders headers, @Context SecurityContext security, @Nullable InputStream body) {
    return answer(
        headers,
        security,
        () -> {
          String text = read(headers, body).onlyWith("key").text("key", "wk_...", MAX_SECRET);
          Accounts.Key key = find(ApiKey.parse(text));
          if (key == null) {
            throw new Refusal(Code.NOT_FOUND, "there is no such key");
          }
          return record(key);
        });
  }

  private Accounts.@Nullable Key find(@Nullable ApiKey secret) {
    if (secret == null || secret.value().isEmpty()) {
      return null;
    }
    try {
      return accounts.find(secret.value());
    } catch (IllegalArgumentException notOne) { // whose message may have the secret in it
      return null;
    }
  }

  /**
   * Changes a key. The account comes first, then whether it is enabled; a request that failed
   * between the two can be sent again.
   *
   * @param headers of the request
   * @param security who the container says is asking
   * @param id of the key, as the administration shows it
   * @param body what changes; null is the plan's again
   * @return what to answer
   */
  @PATCH
  @Path("keys/{id}")
  public Response change(
      @Context HttpHeaders headers,
      @Context SecurityContext security,
      @PathParam("id") String id,
      @Nullable InputStream body) {
    return answer(
        headers,
        security,
        () -> {
          Accounts.Key key = accounts.get(checked(id));
          JsonObject members =
              read(headers, body)
                  .onlyWith(
                      "plan", "subject", "limits", "groups", "sessions", "websocket", "enabled");
          Boolean enabled = members.has("enabled") ? members.truth("enabled") : null;
          Account changed = KeyJson.changed(key.account(), members);
          if (!Objects.equals(changed.subject(), key.account().subject())) {
            throw Refusal.badRequest(
                "member 'subject' must stay as it is, since a budget belongs to it; create another"
                    + " key for another subject");
          }
          if (!changed.equals(key.account())) {
            key = accounts.change(id, changed);
          }
          return record(enabled == null ? key : accounts.enable(id, enabled));
        });
  }

  /**
   * Creates a key in place of another one.
   *
   * @param headers of the request
   * @param security who the container says is asking
   * @param uri of the request
   * @param id of the key, as the administration shows it
   * @param body how long the old key stays good, or empty
   * @return what to answer
   */
  @POST
  @Path("keys/{id}/rotate")
  public Response rotate(
      @Context HttpHeaders headers,
      @Context SecurityContext security,
      @Context UriInfo uri,
      @PathParam("id") String id,
      @Nullable InputStream body) {
    return answer(
        headers,
        security,
        () -> {
          checked(id);
          Duration overlap = overlap(read(headers, body).onlyWith("overlap"));
          String keys = path(uri).replaceFirst("/[^/]*/[^/]*$", "");
          return created(keys, accounts.rotate(id, overlap), null);
        });
  }

  private static Duration overlap(JsonObject members) {
    String text = members.text("overlap", "24h");
    try {
      Duration overlap = Limit.parsePeriod(text);
      if (!overlap.isNegative() && overlap.compareTo(MAX_OVERLAP) <= 0) {
        return overlap;
      }
    } catch (IllegalArgumentException malformed) {
      throw members.wrong("overlap", malformed);
    }
    throw members.wrong("overlap", "0s to %dd".formatted(MAX_OVERLAP.toDays()));
  }

  /**
   * Deletes a key.
   *
   * @param headers of the request
   * @param security who the container says is asking
   * @param id of the key, as the administration shows it
   * @return what to answer
   */
  @DELETE
  @Path("keys/{id}")
  public Response delete(
      @Context HttpHeaders headers, @Context SecurityContext security, @PathParam("id") String id) {
    return answer(
        headers,
        security,
        () -> {
          accounts.delete(checked(id));
          return Response.noContent().header(HttpHeaders.CACHE_CONTROL, "no-store").build();
        });
  }

  /**
   * Shows the credits of a key.
   *
   * @param headers of the request
   * @param security who the container says is asking
   * @param id of the key, as the administration shows it
   * @return what to answer
   */
  @GET
  @Path("keys/{id}/credits")
  public Response balance(
      @Context HttpHeaders headers, @Context SecurityContext security, @PathParam("id") String id) {
    return answer(
        headers,
        security,
        () -> {
          Credits kept = credits();
          return balance(kept.balance(accounts.get(checked(id)).id()));
        });
  }

  /**
   * Grants a key credits.
   *
   * @param headers of the request
   * @param security who the container says is asking
   * @param id of the key, as the administration shows it
   * @param body the amount, and what tells a repeated call
   * @return what to answer
   */
  @POST
  @Path("keys/{id}/credits")
  public Response topUp(
      @Context HttpHeaders headers,
      @Context SecurityContext security,
      @PathParam("id") String id,
      @Nullable InputStream body) {
    return answer(
        headers,
        security,
        () -> {
          Credits kept = credits();
          checked(id);
          JsonObject members = read(headers, body).onlyWith("amount", IDEMPOTENCY_MEMBER);
          long amount = members.number("amount", 1, MAX_AMOUNT, "");
          String idempotencyKey = idempotencyKey(headers, members);
          return balance(kept.topUp(accounts.get(id).id(), amount, idempotencyKey));
        });
  }

  private static String idempotencyKey(HttpHeaders headers, JsonObject members) {
    String header = headers.getHeaderString(IDEMPOTENCY_HEADER);
    String member =
        members.has(IDEMPOTENCY_MEMBER) ? members.text(IDEMPOTENCY_MEMBER, "order-17") : header;
    if (member == null || !IDEMPOTENCY_KEY.matcher(member).matches()) {
      throw Refusal.badRequest(
          ("member '%s' or header %s must be 1 to 128 letters, digits, '.', '_', ':' or '-', such as"
                  + " \"order-17\": what is sent twice with it counts once")
              .formatted(IDEMPOTENCY_MEMBER, IDEMPOTENCY_HEADER));
    }
    if (header != null && !header.equals(member)) {
      throw Refusal.badRequest(
          "member '%s' and header %s must be the same if both are there"
              .formatted(IDEMPOTENCY_MEMBER, IDEMPOTENCY_HEADER));
    }
    return member;
  }

  private Credits credits() {
    if (credits == null) {
      throw new Refusal(Code.NOT_FOUND, "this application keeps no credits");
    }
    return credits;
  }

  /** Returns an id that can be one; what cannot might be a secret, and is not repeated. */
  private static String checked(String id) {
    if (!ID.matcher(id).matches()) {
      throw new Refusal(
          Code.NOT_FOUND, "no key has such an id: they are key_ and 24 hexadecimal digits");
    }
    return id;
  }

  private static JsonObject read(HttpHeaders headers, @Nullable InputStream body) {
    MediaType type = headers.getMediaType();
    if (type == null
        || !type.getType().equalsIgnoreCase("application")
        || !(type.getSubtype().equalsIgnoreCase("json")
            || type.getSubtype().equalsIgnoreCase("merge-patch+json"))) {
      throw new Refusal(
          Code.UNSUPPORTED_MEDIA_TYPE, "the body must be sent with Content-Type: application/json");
    }
    byte[] bytes;
    try {
      bytes = body == null ? new byte[0] : body.readNBytes(MAX_BODY + 1);
    } catch (IOException cutOff) {
      throw Refusal.badRequest("the body could not be read to its end");
    }
    if (bytes.length > MAX_BODY) {
      throw new Refusal(Code.TOO_LARGE, "the body must be at most %d bytes".formatted(MAX_BODY));
    }
    return JsonObject.parse(bytes);
  }

  /** Answers a request of somebody who may. */
  private Response answer(HttpHeaders headers, SecurityContext security, Supplier<Response> work) {
    try {
      if (!guard.admits(headers, security)) {
        return refused();
      }
      return work.get();
    } catch (Refusal refusal) {
      return error(refusal.code, refusal.text()).build();
    } catch (UnknownKeyException unknown) {
      return error(Code.NOT_FOUND, message(unknown)).build();
    } catch (IllegalArgumentException wrong) {
      return error(Code.BAD_REQUEST, message(wrong)).build();
    } catch (IllegalStateException unreachable) {
      log.warn("The administration could not reach accounts or credits", unreachable);
      return error(Code.UNAVAILABLE, "accounts or credits cannot be reached; try again later")
          .build();
    } catch (WebApplicationException ofTheContainer) {
      throw ofTheContainer;
    } catch (RuntimeException bug) {
      log.error("The administration failed", bug);
      return error(Code.INTERNAL_ERROR, "the administration failed; the log says why").build();
    }
  }

  private Response refused() {
    String challenge = guard.challenge();
    return challenge == null
        ? error(Code.FORBIDDEN, "the caller may not administer keys").build()
        : error(Code.UNAUTHORIZED, "the administration needs credentials: " + challenge)
            .header(HttpHeaders.WWW_AUTHENTICATE, challenge)
            .build();
  }

  private static String message(RuntimeException fault) {
    return Objects.requireNonNullElse(fault.getMessage(), "the request cannot be");
  }

  private static Response record(Accounts.Key key) {
    return json(200, json -> KeyJson.write(key, json)).build();
  }

  private static Response created(String keys, Created created, @Nullable Balance balance) {
    Accounts.Key key = created.key();
    return json(
            201,
            json -> {
              json.writeStringField("key", created.secret());
              KeyJson.write(key, json);
              if (balance != null) {
                json.writeObjectFieldStart("credits");
                write(balance, json);
                json.writeEndObject();
              }
            })
        .location(URI.create(keys + "/" + key.id()))
        .build();
  }

  private static Response balance(Balance balance) {
    return json(200, json -> write(balance, json)).build();
  }

  private static void write(Balance balance, JsonGenerator json) throws IOException {
    json.writeNumberField("granted", balance.granted());
    json.writeNumberField("used", balance.used());
    json.writeNumberField("remaining", balance.remaining());
  }

  private static Response.ResponseBuilder error(Code code, String message) {
    return json(
        code.status,
        json -> {
          json.writeObjectFieldStart("error");
          json.writeStringField("code", code.name().toLowerCase(Locale.ROOT));
          json.writeStringField("message", message);
          json.writeEndObject();
        });
  }

  /** Returns the URI of a request without its query and a slash at its end. */
  private static String path(UriInfo uri) {
    return uri.getAbsolutePath().toASCIIString().replaceFirst("/+$", "");
  }

  /** Writes the members of a JSON object. */
  private interface Members {
    void write(JsonGenerator json) throws IOException;
  }

  /** Answers bytes, which no JSON provider of the application changes. */
  private static Response.ResponseBuilder json(int status, Members members) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      members.write(json);
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return Response.status(status)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(bytes.toByteArray());
  }
}
