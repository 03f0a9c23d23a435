package dev.weir.containers;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.params.provider.Arguments;

/** An application that does everything an application may do to a response. */
final class Servlets {

  /** What a servlet does with a request. */
  @FunctionalInterface
  interface Behavior {
    void answer(HttpServletRequest request, HttpServletResponse response) throws Exception;
  }

  /** An exception with an error page of its own. */
  static final class WithPage extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static final class BehaviorServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private final transient Behavior behavior;

    BehaviorServlet(Behavior behavior) {
      this.behavior = behavior;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      try {
        behavior.answer(request, response);
      } catch (ServletException | IOException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new ServletException(e);
      }
    }
  }

  private Servlets() {}

  /** Returns the path of each behavior that ends a response, and the status of that. */
  static List<Arguments> endings() {
    return List.of(
        Arguments.of("/ok", 200),
        Arguments.of("/nowhere", 404),
        Arguments.of("/set-status", 409),
        Arguments.of("/send-error", 410),
        Arguments.of("/send-error-with-page", 403),
        Arguments.of("/redirect", 302),
        Arguments.of("/forward", 200),
        Arguments.of("/include", 200),
        Arguments.of("/forward-to-failure", 500),
        Arguments.of("/throw-runtime", 500),
        Arguments.of("/throw-io", 500),
        Arguments.of("/throw-servlet-exception", 500),
        Arguments.of("/throw-error", 500),
        Arguments.of("/throw-with-page", 500),
        Arguments.of("/write-then-throw", 500),
        Arguments.of("/stream", 200),
        Arguments.of("/reset", 200),
        Arguments.of("/reset-then-throw", 500),
        Arguments.of("/own-values", 200),
        Arguments.of("/exposes", 200),
        Arguments.of("/async-complete", 200),
        Arguments.of("/async-other-thread", 200),
        Arguments.of("/async-reset", 200),
        Arguments.of("/async-there-and-back", 200),
        Arguments.of("/async-dispatch", 200),
        Arguments.of("/async-dispatch-own-values", 200),
        Arguments.of("/async-dispatch-reset", 200),
        Arguments.of("/async-dispatch-failure", 500),
        Arguments.of("/async-dispatch-failure-wrapped", 500),
        Arguments.of("/async-timeout", 500),
        Arguments.of("/async-timeout-wrapped", 500),
        Arguments.of("/async-timeout-handled", 504));
  }

  static void add(ServletContext context, String path, Behavior behavior) {
    ServletRegistration.Dynamic servlet = context.addServlet(path, new BehaviorServlet(behavior));
    servlet.addMapping(path);
    servlet.setAsyncSupported(true);
  }

  static void say(HttpServletResponse response, String text) throws IOException {
    response.setContentType("text/plain");
    response.getWriter().write(text);
  }

  /** Registers one servlet for each behavior. */
  static void addAll(ServletContext context) {
    add(context, "/", (request, response) -> response.setStatus(404));
    add(context, "/ok", (request, response) -> say(response, "ok"));
    add(context, "/error-page", (request, response) -> say(response, "error page"));
    add(context, "/set-status", (request, response) -> response.setStatus(409));
    add(context, "/send-error", (request, response) -> response.sendError(410));
    add(context, "/send-error-with-page", (request, response) -> response.sendError(403, "no"));
    add(context, "/redirect", (request, response) -> response.sendRedirect("/elsewhere"));
    addDispatches(context);
    addFailures(context);
    addHeaderPlay(context);
    addAsync(context);
  }

  private static void addDispatches(ServletContext context) {
    add(
        context,
        "/forward",
        (request, response) -> request.getRequestDispatcher("/ok").forward(request, response));
    add(
        context,
        "/include",
        (request, response) -> {
          say(response, "including ");
          request.getRequestDispatcher("/ok").include(request, response);
          request.getRequestDispatcher("/ok").include(request, response);
        });
    add(
        context,
        "/forward-to-failure",
        (request, response) ->
            request.getRequestDispatcher("/throw-runtime").forward(request, response));
  }

  private static void addFailures(ServletContext context) {
    add(
        context,
        "/throw-runtime",
        (request, response) -> {
          throw new IllegalStateException("meant to fail");
        });
    add(
        context,
        "/throw-io",
        (request, response) -> {
          throw new IOException("meant to fail");
        });
    add(
        context,
        "/throw-servlet-exception",
        (request, response) -> {
          throw new ServletException("meant to fail");
        });
    add(
        context,
        "/throw-error",
        (request, response) -> {
          throw new AssertionError("meant to fail");
        });
    add(
        context,
        "/throw-with-page",
        (request, response) -> {
          throw new WithPage();
        });
    add(
        context,
        "/write-then-throw",
        (request, response) -> {
          say(response, "half of it");
          throw new IllegalStateException("meant to fail");
        });
  }

  private static void addHeaderPlay(ServletContext context) {
    add(
        context,
        "/stream",
        (request, response) -> {
          say(response, "first");
          response.flushBuffer();
          response.setHeader("X-RateLimit-Limit", "late");
          response.getWriter().write(" second");
        });
    add(
        context,
        "/reset",
        (request, response) -> {
          response.setHeader("X-Early", "gone");
          say(response, "gone");
          response.reset();
          say(response, "anew");
        });
    add(
        context,
        "/reset-then-throw",
        (request, response) -> {
          response.reset();
          throw new IllegalStateException("meant to fail");
        });
    add(
        context,
        "/own-values",
        (request, response) -> {
          response.setHeader("X-RateLimit-Limit", "1");
          response.addHeader("x-ratelimit-limit", "2");
          response.setIntHeader("X-RATELIMIT-REMAINING", 3);
          response.addIntHeader("X-RateLimit-Remaining", 4);
          response.setDateHeader("X-RateLimit-Reset", 5000);
          response.addDateHeader("X-RateLimit-Reset", 6000);
          response.setHeader("X-RateLimit-Reset", null);
          response.setHeader("X-Other", "kept");
          response.addHeader("X-Other", "too");
          say(response, "ok");
        });
    add(
        context,
        "/exposes",
        (request, response) -> {
          response.setHeader("Access-Control-Expose-Headers", "X-Total, x-ratelimit-reset");
          response.addHeader("access-control-expose-headers", "X-Page");
          say(response, "ok");
        });
  }

  private static void addAsync(ServletContext context) {
    add(
        context,
        "/async-complete",
        (request, response) -> {
          AsyncContext async = request.startAsync();
          async.start(
              () -> {
                sayUnchecked((HttpServletResponse) async.getResponse(), "later");
                async.complete();
              });
        });
    add(
        context,
        "/async-other-thread",
        (request, response) -> {
          AsyncContext async = request.startAsync(request, response);
          ForkJoinPool.commonPool()
              .execute(
                  () -> {
                    HttpServletResponse given = (HttpServletResponse) async.getResponse();
                    given.reset();
                    given.setHeader("X-RateLimit-Limit", "1");
                    sayUnchecked(given, "later");
                    async.complete();
                  });
        });
    add(
        context,
        "/async-reset",
        (request, response) -> {
          AsyncContext async = request.startAsync();
          async.start(
              () -> {
                HttpServletResponse given = (HttpServletResponse) async.getResponse();
                given.reset();
                given.setHeader("X-RateLimit-Limit", "1");
                sayUnchecked(given, "later");
                async.complete();
              });
        });
    // where a dispatch without a path goes: to the request the client sent, not the forwarded one
    add(
        context,
        "/async-there-and-back",
        (request, response) -> {
          if (request.getDispatcherType() == DispatcherType.ASYNC) {
            say(response, "back again");
          } else {
            request.getRequestDispatcher("/async-there").forward(request, response);
          }
        });
    add(
        context,
        "/async-there",
        (request, response) -> {
          if (request.getDispatcherType() == DispatcherType.ASYNC) {
            say(response, "still there");
          } else {
            request.startAsync().dispatch();
          }
        });
    add(context, "/async-dispatch", (request, response) -> request.startAsync().dispatch("/ok"));
    add(
        context,
        "/async-dispatch-own-values",
        (request, response) -> request.startAsync().dispatch("/own-values"));
    add(
        context,
        "/async-dispatch-reset",
        (request, response) -> request.startAsync().dispatch("/reset"));
    add(
        context,
        "/async-dispatch-failure",
        (request, response) -> request.startAsync().dispatch("/throw-runtime"));
    add(
        context,
        "/async-dispatch-failure-wrapped",
        (request, response) -> request.startAsync(request, response).dispatch("/throw-runtime"));
    add(
        context,
        "/async-start-then-throw",
        (request, response) -> {
          request.startAsync().setTimeout(50);
          throw new IllegalStateException("meant to fail");
        });
    add(context, "/async-timeout", (request, response) -> request.startAsync().setTimeout(50));
    add(
        context,
        "/async-timeout-wrapped",
        (request, response) -> request.startAsync(request, response).setTimeout(50));
    add(
        context,
        "/async-timeout-handled",
        (request, response) -> {
          AsyncContext async = request.startAsync();
          async.setTimeout(50);
          async.addListener(new AnswerAtTimeout());
        });
  }

  private static void sayUnchecked(HttpServletResponse response, String text) {
    try {
      say(response, text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static final class AnswerAtTimeout implements AsyncListener {
    @Override
    public void onTimeout(AsyncEvent event) throws IOException {
      HttpServletResponse response = (HttpServletResponse) event.getAsyncContext().getResponse();
      response.reset();
      response.setStatus(504);
      say(response, "too late");
      event.getAsyncContext().complete();
    }

    @Override
    public void onComplete(AsyncEvent event) {}

    @Override
    public void onError(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }
}
