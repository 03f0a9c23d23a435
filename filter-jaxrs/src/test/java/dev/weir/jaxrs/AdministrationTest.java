package dev.weir.jaxrs;

import static dev.weir.jaxrs.AdministrationClient.TOKEN;
import static dev.weir.jaxrs.InMemoryAccounts.id;
import static dev.weir.jaxrs.InMemoryAccounts.secret;
import static dev.weir.jaxrs.TestServer.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.SecurityContext;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Random;
import java.util.regex.Pattern;
import org.glassfish.jersey.server.ResourceConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The administration through HTTP, behind Weir. */
class AdministrationTest {

  private static final String YAML = "plans: { starter: { limits: [3/minute] } }\n";
  private static final String ONE = "/keys/" + id(1);

  private final InMemoryAccounts accounts = new InMemoryAccounts();
  private final InMemoryCredits credits = new InMemoryCredits(accounts);
  private final Administration elsewhere =
      Administration.of(accounts, credits, Guard.bearer(TOKEN));

  private final TestServer server =
      TestServer.start(
          YAML,
          new ResourceConfig()
              .register(new AdminResource(accounts, credits, Guard.bearer(TOKEN)))
              .register(new Internal(elsewhere)));

  private final AdministrationClient client = client(server, "/admin");

  @Path("/")
  public static class Internal {

    private final Administration administration;

    Internal(Administration administration) {
      this.administration = administration;
    }

    @Path("internal/limits")
    public Administration administration() {
      return administration;
    }
  }

  private static AdministrationClient client(TestServer server, String path) {
    return new AdministrationClient("http://127.0.0.1:%d/api%s".formatted(server.port(), path));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> create() {
    return client.send("POST", "/keys", "{\"plan\": \"starter\"}");
  }

  // keys

  @Test
  void a_key_is_created_with_all_that_an_account_can_have() {
    HttpResponse<String> created =
        client.send(
            "POST",
            "/keys",
            """
            {"plan": "pro", "subject": "customer-1", "limits": ["100/minute", "9/day as daily"],
             "groups": {"b": "unlimited", "analysis": ["5/minute token-bucket burst 7"]},
             "sessions": 10, "websocket": {"messages": ["500/second"], "bytes": ["65536/second"]},
             "credits": 1000}
            """);

    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(header(created, "Location")).isEqualTo(client.base() + ONE);
    assertThat(header(created, "Content-Type")).isEqualTo("application/json");
    assertThat(header(created, "Cache-Control")).isEqualTo("no-store");
    assertThat(created.body())
        .isEqualTo(
            """
            {"key":"wk_secret-1","id":"key_000000000000000000000001","prefix":"wk_secre",\
            "plan":"pro","subject":"customer-1","limits":["100/minute","9/day as daily"],\
            "groups":{"analysis":["5/minute token-bucket burst 7"],"b":"unlimited"},\
            "sessions":10,"websocket":{"messages":["500/second"],"bytes":["65536/second"]},\
            "enabled":true,"created":"2026-11-24T00:00:00Z",\
            "credits":{"granted":1000,"used":0,"remaining":1000}}\
            """);
  }

  @Test
  void what_is_not_said_is_not_in_the_record() {
    create();

    HttpResponse<String> shown = client.get(ONE);

    assertThat(shown.statusCode()).isEqualTo(200);
    assertThat(header(shown, "Cache-Control")).isEqualTo("no-store");
    assertThat(shown.body())
        .isEqualTo(
            """
            {"id":"key_000000000000000000000001","prefix":"wk_secre","plan":"starter",\
            "subject":"sub_1","enabled":true,"created":"2026-11-24T00:00:00Z"}\
            """);
  }

  @Test
  void a_key_whose_credits_cannot_be_granted_is_not_created() {
    credits.fault = new IllegalStateException("down");

    HttpResponse<String> refused =
        client.send("POST", "/keys", "{\"plan\": \"starter\", \"credits\": 5}");

    assertError(refused, 503, "unavailable");
    assertThat(accounts.list(null, 9)).isEmpty();
  }

  @Test
  void keys_are_listed_page_by_page() {
    assertThat(client.get("/keys").body()).isEqualTo("{\"keys\":[],\"next\":null}");
    create();
    create();
    create();

    assertThat(client.get("/keys?count=2").body())
        .contains(id(1), id(2), "\"next\":\"" + id(2) + "\"")
        .doesNotContain(id(3));
    assertThat(client.get("/keys?count=2&after=" + id(2)).body())
        .contains(id(3), "\"next\":null")
        .doesNotContain(id(1), id(2));
  }

  @Test
  void a_key_is_found_by_its_secret() {
    create();

    HttpResponse<String> found =
        client.send("POST", "/keys/lookup", "{\"key\": \"" + secret(1) + "\"}");

    assertThat(found.statusCode()).isEqualTo(200);
    assertThat(found.body()).contains(id(1)).doesNotContain(secret(1));
    assertError(client.send("POST", "/keys/lookup", "{\"key\": \"wk_other\"}"), 404, "not_found");
    assertError(client.send("POST", "/keys/lookup", "{\"key\": \"wk_ößer\"}"), 404, "not_found");
  }

  @Test
  void a_change_replaces_the_members_it_has_and_null_puts_back_the_plans_own() {
    client.send(
        "POST",
        "/keys",
        """
        {"plan": "starter", "limits": ["1/day"], "groups": {"a": ["1/day"], "b": ["2/day"]},
         "sessions": 3, "websocket": {"messages": ["1/second"], "bytes": ["2/second"]}}
        """);

    HttpResponse<String> changed =
        client.send(
            "PATCH",
            ONE,
            """
            {"plan": "pro", "limits": null, "groups": {"a": null, "c": ["3/day"]},
             "sessions": "unlimited", "websocket": {"bytes": null}, "enabled": false}
            """);

    assertThat(changed.statusCode()).isEqualTo(200);
    assertThat(changed.body())
        .isEqualTo(client.get(ONE).body())
        .contains(
            "\"plan\":\"pro\",\"subject\":\"sub_1\",\"groups\":{\"b\":[\"2/day\"],\"c\":[\"3/day\"]},"
                + "\"sessions\":\"unlimited\",\"websocket\":{\"messages\":[\"1/second\"]},"
                + "\"enabled\":false");
    assertThat(
            client
                .send(
                    "PATCH",
                    ONE,
                    "{\"groups\": null, \"sessions\": null, \"websocket\": null, \"enabled\": true}")
                .body())
        .contains("\"plan\":\"pro\",\"subject\":\"sub_1\",\"enabled\":true");
  }

  @Test
  void a_change_of_nothing_changes_nothing() {
    create();

    assertThat(client.send("PATCH", ONE, "{}").body()).isEqualTo(client.get(ONE).body());
    assertThat(
            client
                .send("PATCH", ONE, BodyPublishers.ofString("{}"), "application/merge-patch+json")
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void the_subject_of_a_key_stays() {
    create();

    assertError(client.send("PATCH", ONE, "{\"subject\": \"other\"}"), 400, "bad_request");
    assertThat(client.send("PATCH", ONE, "{\"subject\": \"sub_1\"}").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "PT24H, 2026-11-25T00:00:00Z",
    "24h, 2026-11-25T00:00:00Z",
    "0s, 2026-11-24T00:00:00Z",
    "366d, 2027-11-25T00:00:00Z"
  })
  void a_key_is_rotated(String overlap, String expires) {
    create();

    HttpResponse<String> rotated =
        client.send("POST", ONE + "/rotate", "{\"overlap\": \"%s\"}".formatted(overlap));

    assertThat(rotated.statusCode()).isEqualTo(201);
    assertThat(header(rotated, "Location")).isEqualTo(client.base() + "/keys/" + id(2));
    assertThat(rotated.body()).contains("\"key\":\"wk_secret-2\"", "\"subject\":\"sub_1\"");
    assertThat(client.get(ONE).body()).contains("\"expires\":\"" + expires + "\"");
  }

  @Test
  void a_key_is_deleted() {
    create();

    HttpResponse<String> deleted = client.send("DELETE", ONE, null);

    assertThat(deleted.statusCode()).isEqualTo(204);
    assertThat(deleted.body()).isEmpty();
    assertThat(header(deleted, "Cache-Control")).isEqualTo("no-store");
    assertError(client.send("DELETE", ONE, null), 404, "not_found");
  }

  // credits

  @Test
  void a_top_up_counts_once_however_its_key_is_sent() {
    create();
    String body = "{\"amount\": 500, \"idempotency_key\": \"order-17\"}";
    String granted = "{\"granted\":500,\"used\":0,\"remaining\":500}";

    assertThat(client.get(ONE + "/credits").body())
        .isEqualTo("{\"granted\":0,\"used\":0,\"remaining\":0}");
    assertThat(client.send("POST", ONE + "/credits", body).body()).isEqualTo(granted);
    assertThat(client.send("POST", ONE + "/credits", body).body()).isEqualTo(granted);
    assertThat(
            client
                .send("POST", ONE + "/credits", "{\"amount\": 5e2}", "Idempotency-Key", "order-17")
                .body())
        .isEqualTo(granted);
    assertThat(client.get(ONE + "/credits").body()).isEqualTo(granted);
  }

  @Test
  void a_top_up_needs_one_idempotency_key() {
    create();
    String path = ONE + "/credits";

    assertError(client.send("POST", path, "{\"amount\": 5}"), 400, "bad_request");
    assertError(
        client.send("POST", path, "{\"amount\": 5}", "Idempotency-Key", "order 17"),
        400,
        "bad_request");
    assertError(
        client.send(
            "POST", path, "{\"amount\": 5, \"idempotency_key\": \"a\"}", "Idempotency-Key", "b"),
        400,
        "bad_request");
    assertThat(credits.balance(id(1)).granted()).isZero();
  }

  @Test
  void credits_of_an_unknown_key_are_not_found() {
    assertError(client.get(ONE + "/credits"), 404, "not_found");
    assertError(
        client.send("POST", ONE + "/credits", "{\"amount\": 5, \"idempotency_key\": \"a\"}"),
        404,
        "not_found");
    assertThat(credits.balance(id(1)).granted()).isZero();
  }

  @Test
  void an_application_can_keep_no_credits() {
    try (TestServer without =
        TestServer.start(
            YAML,
            new ResourceConfig()
                .register(new AdminResource(accounts, null, Guard.bearer(TOKEN))))) {
      AdministrationClient admin = client(without, "/admin");
      create();

      assertError(admin.get(ONE + "/credits"), 404, "not_found");
      HttpResponse<String> refused =
          admin.send("POST", ONE + "/credits", "{\"amount\": 5, \"idempotency_key\": \"a\"}");
      assertError(refused, 404, "not_found");
      assertThat(refused.body()).contains("this application keeps no credits");
      assertError(
          admin.send("POST", "/keys", "{\"plan\": \"starter\", \"credits\": 5}"),
          400,
          "bad_request");
      assertThat(admin.send("POST", "/keys", "{\"plan\": \"starter\"}").statusCode())
          .isEqualTo(201);
    }
  }

  // mistakes

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | member 'plan' must be a string of 1 to 256 characters, such as \"starter\", but is missing",
        "{\"plan\": null} | member 'plan' must be a string",
        "{\"plan\": \" \"} | but is empty",
        "{\"plan\": \"gold\"} | there is no plan 'gold'; there are pro, starter",
        "{\"plan\": \"starter\", \"limit\": 1, \"x\": 2} | there is no member 'limit', 'x'; there are plan, subject,",
        "{\"plan\": \"starter\", \"limits\": []} | member 'limits' must be a list of 1 to 32 limits, such as [\"100/minute\"], or \"unlimited\", but is a list of 0",
        "{\"plan\": \"starter\", \"limits\": [5]} | member 'limits' must be a list",
        "{\"plan\": \"starter\", \"limits\": [\"5/fortnight\"]} | member 'limits': a period is second",
        "{\"plan\": \"starter\", \"groups\": {\"a\": 5}} | member 'groups.a' must be a list of 1 to 32 limits, such as [\"5/minute\"], or \"unlimited\", but is 5",
        "{\"plan\": \"starter\", \"groups\": []} | member 'groups' must be an object",
        "{\"plan\": \"starter\", \"sessions\": 10001} | member 'sessions' must be a whole number from 0 to 10000 or \"unlimited\", but is 10001",
        "{\"plan\": \"starter\", \"sessions\": 1.5} | but is 1.5",
        "{\"plan\": \"starter\", \"websocket\": {\"frames\": []}} | there is no member 'websocket.frames'; there are messages, bytes",
        "{\"plan\": \"starter\", \"websocket\": {\"bytes\": [\"1/day sliding-log\"]}} | member 'websocket': what sockets may send is counted in fixed windows",
        "{\"plan\": \"starter\", \"credits\": 0} | member 'credits' must be a whole number from 1 to 1000000000000000, but is 0",
        "{\"plan\": \"starter\", \"credits\": 1e16} | but is 1e16",
        "{\"plan\": \"starter\", \"plan\": \"pro\"} | member 'plan' must stand there once",
        "{\"plan\": \"starter\", \"limits\": [} | malformed, too deep or cut off at line 1, column 32, at member 'limits'",
        "[] | the body must be a JSON object",
        "{} {} | something follows it",
        "`` | the body must be a JSON object",
      })
  void a_mistake_is_answered_with_what_would_be_right(String body, String message) {
    HttpResponse<String> refused = client.send("POST", "/keys", body);

    assertError(refused, 400, "bad_request");
    assertThat(refused.body().replace("\\\"", "\"")).contains(message);
    assertThat(accounts.list(null, 9)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"overlap\": \"PT-1H\"}",
        "{\"overlap\": \"367d\"}",
        "{\"overlap\": \"soon\"}"
      })
  void an_overlap_that_cannot_be_is_refused(String body) {
    create();

    assertError(client.send("POST", ONE + "/rotate", body), 400, "bad_request");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"count=0", "count=1001", "count=-1", "count=x", "count=", "after=1", "after="})
  void a_page_that_cannot_be_is_refused(String query) {
    assertError(client.get("/keys?" + query), 400, "bad_request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/keys/wk_secret-1", "/keys/%00", "/keys/key_00000000000000000000000G"})
  void an_id_that_cannot_be_one_is_not_found_and_not_repeated(String path) {
    create();

    HttpResponse<String> refused = client.get(path);

    assertError(refused, 404, "not_found");
    assertThat(refused.body()).doesNotContain(path.substring(6));
  }

  @Test
  void an_unknown_id_is_not_found_by_any_method() {
    for (String method : new String[] {"GET", "DELETE"}) {
      assertError(client.send(method, ONE, null), 404, "not_found");
    }
    assertError(client.send("PATCH", ONE, "{}"), 404, "not_found");
    assertError(client.send("POST", ONE + "/rotate", "{\"overlap\": \"0s\"}"), 404, "not_found");
  }

  @Test
  void a_body_is_json_and_says_so() {
    assertError(
        client.send("POST", "/keys", BodyPublishers.ofString("{\"plan\": \"pro\"}"), "text/plain"),
        415,
        "unsupported_media_type");
    assertError(
        client.send("POST", "/keys", BodyPublishers.ofString("{\"plan\": \"pro\"}"), null),
        415,
        "unsupported_media_type");
    assertThat(accounts.list(null, 9)).isEmpty();
  }

  @Test
  void a_body_has_64_kib_at_most() {
    String most = "{\"plan\": \"starter\"}" + " ".repeat(64 * 1024 - 19);

    assertThat(client.send("POST", "/keys", most).statusCode()).isEqualTo(201);
    assertError(client.send("POST", "/keys", most + " "), 413, "too_large");
  }

  @Test
  void accounts_that_cannot_be_reached_are_unavailable() {
    accounts.fault = new IllegalStateException("jdbc:secret-url is down");

    HttpResponse<String> refused = create();

    assertError(refused, 503, "unavailable");
    assertThat(refused.body()).doesNotContain("jdbc");
    assertError(client.get("/keys"), 503, "unavailable");
  }

  @Test
  void a_bug_shows_nothing_of_itself() {
    accounts.fault = new ArithmeticException("/ by zero");

    HttpResponse<String> failed = client.get("/keys");

    assertError(failed, 500, "internal_error");
    assertThat(failed.body()).doesNotContain("zero", "Arithmetic");
  }

  @Test
  void no_secret_is_in_an_error_or_a_log() {
    create();
    String key = secret(1);

    String log =
        TestLog.of(
            () -> {
              for (String body :
                  new String[] {
                    "{\"key\": %s}",
                    "{\"key\": \"%s",
                    "{\"key\": [\"%s\"]}",
                    "{\"key\": \"%s\", \"x\": 1}",
                    "%s",
                    "{\"key\": \"%s\"} x",
                    "{\"key\": \"%s\", \"key\": 1}"
                  }) {
                HttpResponse<String> refused =
                    client.send("POST", "/keys/lookup", body.formatted(key));
                assertError(refused, 400, "bad_request");
                assertThat(refused.body()).doesNotContain(key);
              }
            });

    assertThat(log).doesNotContain(key);
  }

  // protection

  @Test
  void nothing_starts_without_a_guard() {
    assertThatNullPointerException()
        .isThrownBy(() -> new AdminResource(accounts, credits, null))
        .withMessageContaining("needs a guard");
    assertThatThrownBy(() -> Guard.bearer("short77"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be 8 or more")
        .hasMessageNotContaining("short77");
    assertThatThrownBy(() -> Guard.bearer("two words here")).hasMessageNotContaining("words");
    assertThatThrownBy(() -> Guard.role(" ")).isInstanceOf(IllegalArgumentException.class);
    assertThat(Guard.bearer(TOKEN).toString()).doesNotContain(TOKEN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Bearer ",
        "Bearer correct-hors",
        "Bearer correct-horse2",
        "Bearer Correct-horse",
        "Basic correct-horse",
        "correct-horse"
      })
  void without_the_token_nothing_is_done(String authorization) {
    String[] headers =
        authorization.isEmpty() ? new String[0] : new String[] {"Authorization", authorization};
    for (String method : new String[] {"GET", "POST"}) {
      HttpResponse<String> refused = client.sendWithoutToken(method, "/keys", headers);

      assertError(refused, 401, "unauthorized");
      assertThat(header(refused, "WWW-Authenticate")).isEqualTo("Bearer");
    }
    assertError(client.sendWithoutToken("DELETE", ONE, headers), 401, "unauthorized");
    assertError(client.sendWithoutToken("PATCH", ONE, headers), 401, "unauthorized");
    assertThat(accounts.list(null, 9)).isEmpty();
  }

  @Test
  void the_scheme_is_written_as_one_likes_and_stands_there_once() {
    assertThat(
            client
                .sendWithoutToken("GET", "/keys", "Authorization", "bearer " + TOKEN)
                .statusCode())
        .isEqualTo(200);
    assertError(
        client.sendWithoutToken(
            "GET", "/keys", "Authorization", "Bearer " + TOKEN, "Authorization", "Bearer " + TOKEN),
        401,
        "unauthorized");
  }

  /** Who says {@code X-Role} is in that role. */
  static final class Roles implements ContainerRequestFilter {

    @Override
    public void filter(ContainerRequestContext request) {
      String role = request.getHeaderString("X-Role");
      request.setSecurityContext(
          new SecurityContext() {
            @Override
            public Principal getUserPrincipal() {
              return () -> "someone";
            }

            @Override
            public boolean isUserInRole(String asked) {
              return asked.equals(role);
            }

            @Override
            public boolean isSecure() {
              return false;
            }

            @Override
            public String getAuthenticationScheme() {
              return "test";
            }
          });
    }
  }

  @Test
  void a_role_of_the_container_can_be_asked_for() {
    try (TestServer roles =
        TestServer.start(
            YAML,
            new ResourceConfig()
                .register(new Roles())
                .register(new AdminResource(accounts, credits, Guard.role("admin"))))) {
      AdministrationClient admin = client(roles, "/admin");

      assertError(admin.sendWithoutToken("GET", "/keys"), 403, "forbidden");
      assertError(admin.sendWithoutToken("GET", "/keys", "X-Role", "user"), 403, "forbidden");
      assertThat(admin.sendWithoutToken("GET", "/keys", "X-Role", "admin").statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void a_guard_that_fails_lets_nobody_in() {
    Guard broken =
        (headers, security) -> {
          throw new UnsupportedOperationException();
        };
    try (TestServer guarded =
        TestServer.start(
            YAML, new ResourceConfig().register(new AdminResource(accounts, credits, broken)))) {
      assertError(client(guarded, "/admin").get("/keys"), 500, "internal_error");
    }
  }

  @Test
  void being_unprotected_is_said_and_warned_of() {
    Guard[] guard = new Guard[1];

    assertThat(TestLog.of(() -> guard[0] = Guard.unprotected())).contains("WARN", "unprotected");
    try (TestServer open =
        TestServer.start(
            YAML, new ResourceConfig().register(new AdminResource(accounts, credits, guard[0])))) {
      assertThat(client(open, "/admin").sendWithoutToken("GET", "/keys").statusCode())
          .isEqualTo(200);
    }
  }

  // where it is

  @Test
  void it_is_wherever_the_application_says() {
    AdministrationClient there = client(server, "/internal/limits");

    HttpResponse<String> created = there.send("POST", "/keys", "{\"plan\": \"starter\"}");

    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(header(created, "Location")).isEqualTo(there.base() + ONE);
    assertThat(header(there.send("POST", ONE + "/rotate/", "{\"overlap\": \"0s\"}"), "Location"))
        .isEqualTo(there.base() + "/keys/" + id(2));
    assertThat(there.get(ONE).body()).isEqualTo(client.get(ONE).body());
    assertError(there.sendWithoutToken("GET", "/keys"), 401, "unauthorized");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/admin", "/internal/limits"})
  void its_requests_are_not_limited(String path) {
    AdministrationClient admin = client(server, path);
    for (int i = 0; i < 5; i++) {
      HttpResponse<String> response = admin.get("/keys");

      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(header(response, "X-RateLimit-Limit")).isEqualTo("-");
    }
    assertThat(admin.send("PATCH", ONE, "{}").statusCode()).isEqualTo(404);
  }

  // hostility

  @Test
  void no_body_however_hostile_is_a_failure() {
    create();
    Random random = new Random(20261124);
    String[] paths = {"/keys", "/keys/lookup", ONE + "/rotate", ONE + "/credits"};
    for (int i = 0; i < 200; i++) {
      byte[] body = hostile(random);
      String path = paths[random.nextInt(paths.length)];
      boolean patch = random.nextInt(5) == 0;

      HttpResponse<String> response =
          client.send(
              patch ? "PATCH" : "POST",
              patch ? ONE : path,
              BodyPublishers.ofByteArray(body),
              "application/json",
              "Idempotency-Key",
              "i-" + i);

      assertThat(response.statusCode())
          .as("%s %s", path, new String(body, StandardCharsets.UTF_8))
          .isBetween(200, 499);
      assertThat(response.body()).doesNotContain("Exception", "dev.weir", "com.fasterxml");
    }
  }

  /** The same without the network, so that there can be many. */
  @Test
  void no_body_however_hostile_is_read_as_more_than_a_mistake() {
    Random random = new Random(20261125);
    int right = 0;
    for (int i = 0; i < 20_000; i++) {
      try {
        KeyJson.account(JsonObject.parse(hostile(random)));
        right++;
      } catch (Refusal mistake) {
        assertThat(mistake.code).isEqualTo(Refusal.Code.BAD_REQUEST);
      } catch (IllegalArgumentException mistake) {
        assertThat(mistake).hasMessageNotContaining("impossible").hasNoCause();
      }
    }
    assertThat(right).isBetween(100, 19_900);
  }

  private static byte[] hostile(Random random) {
    byte[] bytes = new byte[random.nextInt(200)];
    random.nextBytes(bytes);
    String value = value(random, 0);
    String text =
        switch (random.nextInt(8)) {
          case 0 -> new String(bytes, StandardCharsets.ISO_8859_1);
          case 1 -> "[".repeat(random.nextInt(60_000));
          case 2 -> "{\"plan\":".repeat(random.nextInt(7_000));
          case 3 -> "{\"%s\": %s}".formatted("x".repeat(random.nextInt(60_000)), value);
          case 4 -> "{\"%1$s\": %2$s, \"%1$s\": %2$s}".formatted(name(random), value);
          default ->
              "{\"plan\": \"starter\", \"%s\": %s, \"%s\": %s}"
                  .formatted(name(random), value, name(random), value(random, 0))
                  .substring(random.nextInt(3) == 0 ? 21 : 0);
        };
    if (random.nextInt(8) == 0) {
      return bytes;
    }
    return text.getBytes(
        random.nextInt(10) == 0 ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8);
  }

  private static String name(Random random) {
    String[] names = {
      "plan", "subject", "limits", "groups", "sessions", "websocket", "credits", "key", "overlap",
      "amount", "idempotency_key", "enabled", "\\ud800", "\\u0000", "", "\\\"", "%s%n", "__proto__"
    };
    return names[random.nextInt(names.length)];
  }

  private static String value(Random random, int depth) {
    String[] values = {
      "null",
      "true",
      "-1",
      "0",
      "1",
      "9223372036854775807",
      "9223372036854775808",
      "1e15",
      "1e999999999",
      "1e-999999999",
      "-0.0",
      "0e99999999999",
      "9".repeat(1_000),
      "NaN",
      "\"\"",
      "\"unlimited\"",
      "\"\\ud800\"",
      "\"\\u0000\"",
      "\"\\udc00\\ud800\"",
      "\"" + "ä".repeat(2_000) + "\"",
      "\"P99999999999999999D\"",
      "\"PT-1S\"",
      "\"999999999d\"",
      "\"PT0.000000001S\"",
      "[\"100/minute\"]",
      "[\"9999999999999999999/day\"]",
      "[\"1/PT2562047788015215H\"]",
      "[\"1/day\", \"1/day\"]",
      "[\"1/day as %s\"]",
      "\"2147483648\""
    };
    int kind = depth > 4 ? 0 : random.nextInt(4);
    if (kind == 1) {
      return "[" + value(random, depth + 1) + "," + value(random, depth + 1) + "]";
    }
    if (kind == 2) {
      return "{\"%s\": %s}".formatted(name(random), value(random, depth + 1));
    }
    return values[random.nextInt(values.length)];
  }

  /** Says that a response is an error as all of them are. */
  private static void assertError(HttpResponse<String> response, int status, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.body())
        .matches(
            Pattern.compile("\\{\"error\":\\{\"code\":\"" + code + "\",\"message\":\"[^\\n]+\"}}"));
    assertThat(header(response, "Content-Type")).isEqualTo("application/json");
    assertThat(header(response, "Cache-Control")).isEqualTo("no-store");
  }
}
