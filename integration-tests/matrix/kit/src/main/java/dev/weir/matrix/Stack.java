package dev.weir.matrix;

import dev.weir.conversations.Http;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A row of the matrix: a server with its libraries, as an application has them. Each module has
 * one, declared as a service.
 */
public interface Stack {

  /** Returns what it is, with versions, such as {@code Jetty 12.1.14 (EE10), Jersey 3.1.11}. */
  String name();

  /** Returns in which ways Weir gets into an application here. */
  List<Way> ways();

  /** Returns the ways that one would look for and that cannot be here, each with the reason. */
  default Map<Way, String> absent() {
    return Map.of();
  }

  /** Returns the conversations that cannot be held in a way, with the reason for each. */
  default Map<String, String> omitted(Way way) {
    return Map.of();
  }

  /**
   * Returns a response as the conversations word it, where the implementation has words of its own
   * for what is no matter of Weir's.
   */
  default Http.Response reworded(Way way, Http.Response response) {
    return response;
  }

  /** Returns whether a way of JAX-RS tells a feature of the end of its application. */
  default boolean tellsOfTheEnd(Way way) {
    return true;
  }

  /** Returns whether resource methods can suspend their requests in a way of JAX-RS. */
  default boolean suspends(Way way) {
    return true;
  }

  /**
   * Starts an application on a free port of 127.0.0.1, without a context path. Its Weir is that of
   * {@link Subject#open}, or the one of {@link Subject#feature}; what it serves is {@link
   * Subject#classes}.
   *
   * @param directory an empty one, for whatever the server wants to write
   */
  Running start(Way way, Path directory) throws Exception;

  /**
   * How Weir gets into an application.
   *
   * @param adapter {@code servlet} or {@code jaxrs}
   * @param registration such as {@code web.xml}
   */
  record Way(String adapter, String registration) {
    @Override
    public String toString() {
      return adapter + ": " + registration;
    }
  }

  /** An application that runs. */
  interface Running {
    int port();

    void stop() throws Exception;

    /** What stops it. */
    @FunctionalInterface
    interface Stop {
      void run() throws Exception;
    }

    static Running of(int port, Stop stop) {
      return new Running() {
        @Override
        public int port() {
          return port;
        }

        @Override
        public void stop() throws Exception {
          stop.run();
        }
      };
    }
  }
}
