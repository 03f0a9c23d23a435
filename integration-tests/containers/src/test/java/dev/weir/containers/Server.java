package dev.weir.containers;

/** A server that runs one application on 127.0.0.1. */
interface Server extends AutoCloseable {

  int port();

  @Override
  void close();
}
