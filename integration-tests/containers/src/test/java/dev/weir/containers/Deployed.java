package dev.weir.containers;

/** A server that runs an application with a class loader of its own. */
interface Deployed extends Server {

  /** Stops the application and starts it anew. */
  void redeploy() throws Exception;

  ClassLoader applicationLoader();
}
