package dev.weir.containers;

/** Every server that the servlet filter is said to run on. */
enum Servers {
  JETTY,
  TOMCAT,
  UNDERTOW;

  /** Starts the application, or throws what stopped it, with its message somewhere in there. */
  Server start(Application application) throws Exception {
    return switch (this) {
      case JETTY -> JettyServer.start(application);
      case TOMCAT -> TomcatServer.start(application);
      case UNDERTOW -> UndertowServer.start(application);
    };
  }
}
