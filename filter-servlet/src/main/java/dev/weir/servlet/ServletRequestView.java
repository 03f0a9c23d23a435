package dev.weir.servlet;

import dev.weir.key.RequestView;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A servlet request as Weir reads it. */
final class ServletRequestView implements RequestView {

  private final HttpServletRequest request;

  ServletRequestView(HttpServletRequest request) {
    this.request = request;
  }

  @Override
  public String method() {
    return request.getMethod();
  }

  /**
   * The request URI without its context path. Containers resolve a path before they look for the
   * context, so that what was sent need not start with it, as in {@code /%61pp/v1}; what the
   * container made of the path stands in for it then.
   */
  @Override
  public String rawPath() {
    String uri = request.getRequestURI();
    String context = contextPath();
    if (context != null && uri.startsWith(context)) {
      String path = uri.substring(context.length());
      if (path.startsWith("/")) {
        return path;
      }
      if (path.isEmpty() || path.startsWith(";")) {
        return "/" + path;
      }
    }
    String resolved = dispatchPath();
    return resolved == null ? uri : resolved.replace("%", "%25").replace(";", "%3B");
  }

  private @Nullable String contextPath() {
    try {
      return request.getContextPath();
    } catch (IllegalStateException disguised) {
      return null; // Tomcat, which looks for it in the URI, and in a few disguises does not find it
    }
  }

  @Override
  public @Nullable String dispatchPath() {
    try {
      String pathInfo = request.getPathInfo();
      return pathInfo == null ? request.getServletPath() : request.getServletPath() + pathInfo;
    } catch (IllegalArgumentException ambiguous) {
      return null; // Jetty, where it was told to let paths through that it cannot tell the parts of
    }
  }

  @Override
  public @Nullable String query() {
    return request.getQueryString();
  }

  @Override
  public List<String> headers(String name) {
    if (request.getHeader(name) == null) { // cheaper to ask, and of most names there is none
      return List.of();
    }
    Enumeration<String> values = request.getHeaders(name);
    if (values == null || !values.hasMoreElements()) {
      return List.of();
    }
    String first = values.nextElement();
    if (!values.hasMoreElements()) { // nearly always, and asked of every request
      return Collections.singletonList(first);
    }
    List<String> all = new ArrayList<>();
    all.add(first);
    while (values.hasMoreElements()) {
      all.add(values.nextElement());
    }
    return Collections.unmodifiableList(all);
  }

  @Override
  public @Nullable String header(String name) {
    return request.getHeader(name);
  }

  @Override
  public @Nullable String remoteAddress() {
    return request.getRemoteAddr();
  }
}
