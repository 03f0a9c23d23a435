package dev.weir.servlet;

import static dev.weir.http.Answer.EXPOSE_HEADERS;

import dev.weir.http.Answer;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The response the application writes to: keeps Weir's headers as they are, whatever it does.
 *
 * <p>What Weir's headers say is read from the request each time, since a JAX-RS filter further in
 * may have charged more.
 */
class RateLimitResponse extends HttpServletResponseWrapper {

  private final ServletRequest request;
  private final Answer first;

  RateLimitResponse(HttpServletResponse response, ServletRequest request, Answer first) {
    super(response);
    this.request = request;
    this.first = first;
  }

  /** Sets the headers of an answer, and merges those the response exposes already. */
  static void setHeaders(HttpServletResponse response, Answer answer) {
    // asked first, while there are few to look through
    boolean exposes = answer.isCrossOrigin() || response.containsHeader(EXPOSE_HEADERS);
    answer.forEachHeader(response::setHeader);
    if (exposes) {
      String exposed = answer.exposeHeaders(response.getHeaders(EXPOSE_HEADERS));
      if (exposed != null) {
        response.setHeader(EXPOSE_HEADERS, exposed);
      }
    }
  }

  /** Returns whether what is written to a response comes through here. */
  static boolean isBehind(ServletResponse response) {
    return response instanceof RateLimitResponse
        || (response instanceof ServletResponseWrapper wrapper
            && wrapper.isWrapperFor(RateLimitResponse.class));
  }

  private HttpServletResponse wrapped() {
    return (HttpServletResponse) getResponse();
  }

  private Answer answer() {
    return request.getAttribute(Answer.ATTRIBUTE) instanceof Answer latest ? latest : first;
  }

  @Override
  public void reset() {
    super.reset();
    setHeaders(wrapped(), answer());
  }

  /** Undertow gets here with the headers cleared if an asynchronous dispatch has failed. */
  @Override
  public void sendError(int status) throws IOException {
    setHeaders(wrapped(), answer());
    super.sendError(status);
  }

  @Override
  public void setHeader(String name, @Nullable String value) {
    if (!isKept(name, value, false)) {
      super.setHeader(name, value);
    }
  }

  @Override
  public void addHeader(String name, @Nullable String value) {
    if (!isKept(name, value, true)) {
      super.addHeader(name, value);
    }
  }

  @Override
  public void setIntHeader(String name, int value) {
    if (!isKept(name, Integer.toString(value), false)) {
      super.setIntHeader(name, value);
    }
  }

  @Override
  public void addIntHeader(String name, int value) {
    if (!isKept(name, Integer.toString(value), true)) {
      super.addIntHeader(name, value);
    }
  }

  @Override
  public void setDateHeader(String name, long date) {
    if (!isKept(name, null, false)) {
      super.setDateHeader(name, date);
    }
  }

  @Override
  public void addDateHeader(String name, long date) {
    if (!isKept(name, null, true)) {
      super.addDateHeader(name, date);
    }
  }

  /** Returns whether a header is Weir's, and sees to it that it says what Weir has to say. */
  private boolean isKept(@Nullable String name, @Nullable String value, boolean add) {
    if (name == null) {
      return false; // the container's to complain about
    }
    Answer answer = answer();
    if (name.equalsIgnoreCase(EXPOSE_HEADERS)) {
      String own = answer.exposeHeaders(Stream.empty());
      if (own == null) {
        return false;
      }
      Stream<String> exposed = add ? wrapped().getHeaders(EXPOSE_HEADERS).stream() : Stream.empty();
      super.setHeader(
          EXPOSE_HEADERS, answer.exposeHeaders(Stream.concat(exposed, Stream.ofNullable(value))));
      return true;
    }
    String own = answer.header(name);
    if (own != null) {
      super.setHeader(name, own);
    }
    return own != null;
  }
}
