package dev.weir.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.containers.Client.Response;
import dev.weir.containers.war.ApiLimits;
import dev.weir.containers.war.LimitedSockets;
import dev.weir.containers.war.OkServlet;
import dev.weir.containers.war.TwiceEndpoint;
import dev.weir.servlet.RateLimitFilter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server finds by itself in a WAR that ships Weir. Undertow alone does not scan. */
@ParameterizedClass
@EnumSource(names = {"JETTY", "TOMCAT"})
class WarIT {

  private static final String YAML =
      """
      plans:
        starter: { limits: [1000/366d] }
      keys:
        known: { plan: starter }
      cluster: { store: memory }
      """;

  @TempDir Path directory;

  private final Servers kind;
  private War war;

  WarIT(Servers kind) {
    this.kind = kind;
  }

  @BeforeEach
  void create() throws Exception {
    war = War.create(directory).putClass(OkServlet.class);
  }

  @Test
  void the_jar_and_a_file_are_enough() throws Exception {
    war.put("WEB-INF/classes/weir.yaml", YAML);
    try (Server server = start()) {
      Client client = new Client(server);

      Response allowed = client.get("/app/ok", "known");
      assertThat(allowed.body()).isEqualTo("the application's own Weir");
      assertThat(allowed.remaining()).isEqualTo(999);
      assertThat(client.send("GET", "/app/ok").status()).isEqualTo(401);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void an_endpoint_that_is_found_is_limited(boolean declared) throws Exception { // K11
    war.put(
            "WEB-INF/classes/weir.yaml",
            YAML.replace("366d]", "366d], websocket: { messages: 2/day }"))
        .putClass(TwiceEndpoint.class)
        .putClass(LimitedSockets.class);
    String filters = declared ? filter("weir", RateLimitFilter.class.getName()) : "";
    if (declared && kind == Servers.JETTY) { // which has it in front otherwise
      filters += filter(JettyServer.UPGRADE_FILTER, JettyServer.UPGRADE_FILTER);
    }
    war.put(
        "WEB-INF/web.xml",
        War.webXml(
            filters
                + """
                <servlet-mapping>
                  <servlet-name>ok</servlet-name>
                  <url-pattern>/</url-pattern>
                </servlet-mapping>
                """));
    try (Server server = start();
        Talk talk = new Talk(server, "/app/twice", "known")) {
      assertThat(talk.say("ab").hear()).isEqualTo("abab");
      assertThat(talk.say("cd").hear()).isEqualTo("cdcd");
      assertThat(talk.say("ef").hear()).startsWith("{\"type\":\"throttle\",");
    }
  }

  private static String filter(String name, String type) {
    return """
        <filter>
          <filter-name>%1$s</filter-name>
          <filter-class>%2$s</filter-class>
          <async-supported>true</async-supported>
        </filter>
        <filter-mapping>
          <filter-name>%1$s</filter-name>
          <url-pattern>/*</url-pattern>
        </filter-mapping>
        """
        .formatted(name, type);
  }

  @Test
  void web_xml_declares_a_filter_with_a_configuration() throws Exception {
    war.put("WEB-INF/classes/limits.yaml", YAML)
        .put(
            "WEB-INF/web.xml",
            War.webXml(
                """
                <filter>
                  <filter-name>weir</filter-name>
                  <filter-class>dev.weir.servlet.RateLimitFilter</filter-class>
                  <async-supported>true</async-supported>
                  <init-param>
                    <param-name>config</param-name>
                    <param-value>classpath:limits.yaml</param-value>
                  </init-param>
                </filter>
                <filter-mapping>
                  <filter-name>weir</filter-name>
                  <url-pattern>/api/*</url-pattern>
                </filter-mapping>
                """));
    assertOnlyApiIsProtected();
  }

  @Test
  void an_annotated_subclass_is_found() throws Exception {
    war.put("WEB-INF/classes/weir.yaml", YAML).putClass(ApiLimits.class);

    assertOnlyApiIsProtected();
  }

  @Test
  void web_xml_switches_it_off() throws Exception {
    war.put(
        "WEB-INF/web.xml",
        War.webXml(
            """
            <context-param>
              <param-name>weir.enabled</param-name>
              <param-value>false</param-value>
            </context-param>
            """));
    try (Server server = start()) {
      assertThat(new Client(server).send("GET", "/app/ok").status()).isEqualTo(200);
    }
  }

  @Test
  void without_a_configuration_it_does_not_start_and_says_what_to_do() {
    assertStartFailsWith("no configuration: put weir.yaml on the class path");
  }

  @Test
  void with_a_wrong_configuration_it_does_not_start_and_says_where() throws Exception {
    war.put("WEB-INF/classes/weir.yaml", YAML.replace("plans:", "plan:"));

    assertStartFailsWith("weir.yaml:1:1");
  }

  private void assertOnlyApiIsProtected() throws Exception {
    try (Server server = start()) {
      Client client = new Client(server);

      assertThat(client.get("/app/api/ok", "known").remaining()).isEqualTo(999);
      assertThat(client.send("GET", "/app/api/ok").status()).isEqualTo(401);
      assertThat(client.send("GET", "/app/ok").status()).isEqualTo(200);
    }
  }

  private void assertStartFailsWith(String message) {
    assertThatThrownBy(() -> start().close())
        .satisfies(
            failure -> {
              StringWriter text = new StringWriter();
              failure.printStackTrace(new PrintWriter(text));
              assertThat(text.toString()).contains(message);
            });
  }

  private Server start() throws Exception {
    return kind.start(war);
  }
}
