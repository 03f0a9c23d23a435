package dev.weir.jaxrs;

import static dev.weir.jaxrs.AdministrationClient.TOKEN;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.weir.plan.Account;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.glassfish.jersey.server.ResourceConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The OpenAPI file says what the resource does, and its examples are answered as it says. */
class AdministrationDescriptionTest {

  private static final JsonMapper JSON = new JsonMapper();
  private static final JsonNode FILE = file();

  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  private static JsonNode file() {
    try (InputStream yaml =
        Administration.class.getResourceAsStream("/dev/weir/administration.openapi.yaml")) {
      return JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromInputStream(yaml));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /**
   * A request of the file and its answer.
   *
   * @param name of the example
   * @param body null if there is none
   * @param answer null if it has no body
   */
  record Example(
      String method,
      String path,
      String name,
      JsonNode body,
      JsonNode bodySchema,
      int status,
      JsonNode answer,
      JsonNode answerSchema) {

    @Override
    public String toString() {
      return "%s %s: %s".formatted(method, path, name);
    }
  }

  static List<Example> examples() {
    List<Example> examples = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : FILE.get("paths").properties()) {
      for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
        if (METHODS.contains(operation.getKey())) {
          addExamples(path.getKey(), operation.getKey(), operation.getValue(), examples);
        }
      }
    }
    return examples;
  }

  private static void addExamples(
      String path, String method, JsonNode operation, List<Example> examples) {
    Map.Entry<String, JsonNode> success =
        operation.get("responses").properties().stream()
            .filter(response -> response.getKey().startsWith("2"))
            .findFirst()
            .orElseThrow();
    JsonNode request = operation.at("/requestBody/content").path("application/json");
    JsonNode response = success.getValue().path("content").path("application/json");
    JsonNode named = request.has("examples") ? request.get("examples") : response.path("examples");
    List<String> names =
        response.isMissingNode() ? List.of("no body") : List.copyOf(named.propertyNames());
    assertThat(names).as(method + " " + path).isNotEmpty();
    if (request.has("examples")) {
      assertThat(response.get("examples").propertyNames()).isEqualTo(named.propertyNames());
    }
    for (String name : names) {
      examples.add(
          new Example(
              method.toUpperCase(Locale.ROOT),
              path,
              name,
              request.isMissingNode() ? null : request.get("examples").get(name).get("value"),
              request.get("schema"),
              Integer.parseInt(success.getKey()),
              response.isMissingNode()
                  ? null
                  : resolved(response.get("examples").get(name)).get("value"),
              response.get("schema")));
    }
  }

  private static JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? FILE.at(node.get("$ref").asString().substring(1)) : node;
  }

  @Test
  void the_file_has_the_methods_of_the_resource_and_no_others() {
    Set<String> described = new TreeSet<>();
    for (Map.Entry<String, JsonNode> path : FILE.get("paths").properties()) {
      path.getValue().propertyNames().stream()
          .filter(METHODS::contains)
          .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey()));
    }
    Set<String> served = new TreeSet<>();
    for (Method method : Administration.class.getMethods()) {
      for (Annotation annotation : method.getAnnotations()) {
        HttpMethod verb = annotation.annotationType().getAnnotation(HttpMethod.class);
        if (verb != null) {
          served.add(verb.value() + " /" + method.getAnnotation(Path.class).value());
        }
      }
    }

    assertThat(described).isEqualTo(served).hasSize(9);
    assertThat(
            Stream.of("get", "post", "patch", "delete")
                .flatMap(
                    method ->
                        FILE.get("paths").properties().stream()
                            .map(path -> path.getValue().at("/" + method + "/operationId")))
                .filter(JsonNode::isString)
                .map(JsonNode::asString))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Administration.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Path.class))
                .map(Method::getName)
                .toList());
  }

  @Test
  void every_schema_is_one() {
    Schema metaSchema =
        REGISTRY.getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));

    FILE.at("/components/schemas")
        .properties()
        .forEach(
            schema ->
                assertThat(metaSchema.validate(schema.getValue().toString(), InputFormat.JSON))
                    .as(schema.getKey())
                    .isEmpty());
  }

  @ParameterizedTest
  @MethodSource("examples")
  void an_example_is_answered_as_the_file_says(Example example) {
    InMemoryAccounts accounts = new InMemoryAccounts();
    accounts.create(Account.of("starter"));
    String body = example.body == null ? null : example.body.toString();

    HttpResponse<String> response =
        send(
            accounts,
            client ->
                client.send(
                    example.method, example.path.replace("{id}", InMemoryAccounts.id(1)), body));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(example.status);
    if (example.body != null) {
      assertFits(body, example.bodySchema);
    }
    if (example.answer == null) {
      assertThat(response.body()).isEmpty();
    } else {
      assertThat(JSON.readTree(response.body())).isEqualTo(example.answer);
      assertFits(response.body(), example.answerSchema);
    }
  }

  /** The errors that are the same for many requests, each by a request that has it. */
  enum SharedError {
    BAD_REQUEST("BadRequest"),
    UNAUTHORIZED("Unauthorized"),
    FORBIDDEN("Forbidden"),
    NOT_FOUND("NotFound"),
    TOO_LARGE("TooLarge"),
    UNSUPPORTED_MEDIA_TYPE("UnsupportedMediaType"),
    UNAVAILABLE("Unavailable");

    private final String name;

    SharedError(String name) {
      this.name = name;
    }

    HttpResponse<String> provoke() {
      InMemoryAccounts accounts = new InMemoryAccounts();
      if (this == UNAVAILABLE) {
        accounts.fault = new IllegalStateException("down");
      }
      if (this == FORBIDDEN) {
        return send(accounts, Guard.role("admin"), client -> client.get("/keys"));
      }
      return send(
          accounts,
          client ->
              switch (this) {
                case BAD_REQUEST -> client.send("POST", "/keys", "{\"plan\": \"gold\"}");
                case UNAUTHORIZED -> client.sendWithoutToken("GET", "/keys");
                case NOT_FOUND -> client.get("/keys/" + InMemoryAccounts.id(0xffff));
                case TOO_LARGE -> client.send("POST", "/keys", " ".repeat(65_537));
                case UNSUPPORTED_MEDIA_TYPE -> client.send("POST", "/keys", null);
                default -> client.get("/keys");
              });
    }
  }

  @ParameterizedTest
  @EnumSource(SharedError.class)
  void an_error_is_as_the_file_says(SharedError error) {
    JsonNode described = FILE.at("/components/responses/" + error.name);
    JsonNode content = described.at("/content").path("application/json");

    HttpResponse<String> response = error.provoke();

    assertThat(JSON.readTree(response.body())).isEqualTo(content.get("example"));
    assertFits(response.body(), content.get("schema"));
    described
        .path("headers")
        .propertyNames()
        .forEach(header -> assertThat(response.headers().firstValue(header)).isPresent());
    assertThat(response.statusCode()).isEqualTo(Refusal.Code.valueOf(error.name()).status);
  }

  /** What a request can be answered with follows from what it has. */
  @Test
  void every_operation_has_the_errors_it_can_have() {
    for (Map.Entry<String, JsonNode> path : FILE.get("paths").properties()) {
      for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
        if (METHODS.contains(operation.getKey())) {
          Set<String> expected = new TreeSet<>(Set.of("401", "403", "503"));
          if (operation.getValue().has("requestBody")) {
            expected.addAll(Set.of("400", "413", "415"));
          }
          if (operation.getValue().has("parameters")) {
            expected.add("400");
          }
          if (!path.getKey().equals("/keys")) {
            expected.add("404");
          }
          assertThat(operation.getValue().get("responses").propertyNames())
              .as(operation.getKey() + " " + path.getKey())
              .filteredOn(status -> status.startsWith("4") || status.startsWith("5"))
              .containsExactlyInAnyOrderElementsOf(expected);
        }
      }
    }
  }

  @Test
  void the_file_knows_every_code_of_an_error() {
    assertThat(
            FILE.at("/components/schemas/Error/properties/error/properties/code/enum")
                .valueStream()
                .map(JsonNode::asString))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Refusal.Code.values())
                .map(code -> code.name().toLowerCase(Locale.ROOT))
                .toList());
  }

  private interface Conversation {
    HttpResponse<String> with(AdministrationClient client);
  }

  private static HttpResponse<String> send(InMemoryAccounts accounts, Conversation conversation) {
    return send(accounts, Guard.bearer(TOKEN), conversation);
  }

  private static HttpResponse<String> send(
      InMemoryAccounts accounts, Guard guard, Conversation conversation) {
    Administration resource = new AdminResource(accounts, new InMemoryCredits(accounts), guard);
    ResourceConfig application =
        new ResourceConfig().property(RateLimitFeature.ENABLED, "false").register(resource);
    try (TestServer server = TestServer.start(application)) {
      return conversation.with(
          new AdministrationClient("http://127.0.0.1:%d/api/admin".formatted(server.port())));
    }
  }

  private static void assertFits(String json, JsonNode schema) {
    String whole =
        "{\"$ref\": %s, \"components\": %s}".formatted(schema.get("$ref"), FILE.get("components"));

    assertThat(REGISTRY.getSchema(whole, InputFormat.JSON).validate(json, InputFormat.JSON))
        .as(json)
        .isEmpty();
  }
}
