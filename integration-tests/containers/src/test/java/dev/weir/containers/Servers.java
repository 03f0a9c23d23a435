package dev.weir.containers;

import java.util.List;
import java.util.stream.Stream;

/** Every server that the servlet filter is said to run on. */
enum Servers {
  JETTY,
  TOMCAT,
  UNDERTOW;

  /** Returns the servers there are for what these tests are run with; the build says which. */
  static List<Servers> here() {
    String names = System.getProperty("weir.servers");
    return names == null
        ? List.of(values())
        : Stream.of(names.split(",", -1)).map(Servers::valueOf).toList();
  }

  /** Starts the application, or throws what stopped it, with its message somewhere in there. */
  Server start(Application application) throws Exception {
    return switch (this) {
      case JETTY -> JettyServer.start(application);
      case TOMCAT -> TomcatServer.start(application);
      case UNDERTOW -> UndertowServer.start(application);
    };
  }

  /** Starts an exploded WAR at {@code /app}, or throws what stopped it. */
  Deployed start(War war) throws Exception {
    return switch (this) {
      case JETTY -> JettyServer.start(war);
      case TOMCAT -> TomcatServer.start(war);
      case UNDERTOW -> UndertowServer.start(war);
    };
  }
}
