package dev.weir.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServletRequestViewTest {

  private String contextPath = "/app";
  private String servletPath = "/v1";
  private String pathInfo = "/calls";

  @Test
  void the_path_is_what_was_sent_below_the_context_path() {
    assertThat(view("/app/v1/%63alls;x=1").rawPath()).isEqualTo("/v1/%63alls;x=1");
    assertThat(view("/app").rawPath()).isEqualTo("/");
    assertThat(view("/app;x=1/v1").rawPath()).isEqualTo("/;x=1/v1");

    contextPath = "";
    assertThat(view("/v1//calls/").rawPath()).isEqualTo("/v1//calls/");
  }

  @Test
  void a_disguised_context_path_leaves_what_the_container_made_of_the_path() {
    assertThat(view("/%61pp/v1/calls").rawPath()).isEqualTo("/v1/calls");
    assertThat(view("/apple/../app/v1/calls").rawPath()).isEqualTo("/v1/calls");

    pathInfo = "/50%25;x";
    assertThat(view("//app/v1/50%2525%3Bx").rawPath()).isEqualTo("/v1/50%2525%3Bx");
  }

  @Test
  void a_container_that_does_not_find_its_context_path_is_no_failure() {
    contextPath = null; // stands for Tomcat's IllegalStateException

    assertThat(view("/app/v1/calls").rawPath()).isEqualTo("/v1/calls");
  }

  @Test
  void a_container_that_cannot_resolve_the_path_leaves_it_open() {
    servletPath = null; // stands for Jetty's IllegalArgumentException

    assertThat(view("/app/v1%2Fcalls").dispatchPath()).isNull();
    assertThat(view("/app/v1%2Fcalls").rawPath()).isEqualTo("/v1%2Fcalls");
    assertThat(view("/%61pp/v1").rawPath()).isEqualTo("/%61pp/v1");
  }

  @Test
  void the_resolved_path_is_servlet_path_and_path_info() {
    assertThat(view("/app/v1/calls").dispatchPath()).isEqualTo("/v1/calls");

    pathInfo = null;
    assertThat(view("/app/v1").dispatchPath()).isEqualTo("/v1");
  }

  @Test
  void a_container_that_hides_headers_hides_the_key_too() {
    assertThat(view("/app").headers("X-API-Key")).containsExactly("a", "b");
    assertThat(view("/app").headers("Authorization")).isEmpty();
  }

  private ServletRequestView view(String uri) {
    return new ServletRequestView(
        (HttpServletRequest)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "getRequestURI" -> uri;
                      case "getContextPath" -> {
                        if (contextPath == null) {
                          throw new IllegalStateException("no match");
                        }
                        yield contextPath;
                      }
                      case "getServletPath" -> {
                        if (servletPath == null) {
                          throw new IllegalArgumentException("ambiguous");
                        }
                        yield servletPath;
                      }
                      case "getPathInfo" -> pathInfo;
                      case "getHeader" -> "X-API-Key".equals(arguments[0]) ? "a" : null;
                      case "getHeaders" ->
                          "X-API-Key".equals(arguments[0])
                              ? Collections.enumeration(List.of("a", "b"))
                              : null;
                      default -> throw new UnsupportedOperationException(method.getName());
                    }));
  }
}
