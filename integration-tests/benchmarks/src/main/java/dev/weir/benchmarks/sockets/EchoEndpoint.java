package dev.weir.benchmarks.sockets;

import jakarta.websocket.OnMessage;
import jakarta.websocket.server.ServerEndpoint;

/** Answers each message with itself. */
@ServerEndpoint("/echo")
public class EchoEndpoint {

  /** Creates an endpoint; for the container. */
  public EchoEndpoint() {}

  /** Answers a message. */
  @OnMessage
  public String text(String text) {
    return text;
  }
}
