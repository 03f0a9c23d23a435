package dev.weir.containers;

/** A server that runs an application with a class loader of its own. */
interface Deployed extends Server {

  /** Stops the application and starts it anew. */
  void redeploy() throws Exception;

  /** Stops the application and starts the same again, where that is something else. */
  default void restart() throws Exception {
    redeploy();
  }

  ClassLoader applicationLoader();
}
