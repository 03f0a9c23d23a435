package dev.weir.demo;

import jakarta.websocket.OnMessage;
import jakarta.websocket.server.ServerEndpoint;

/**
 * Takes in audio, and says of each message what it was and when it came, in epoch milliseconds
 * (contract K12).
 */
@ServerEndpoint("/v1/stream")
public class StreamEndpoint {

  /** Creates an endpoint; for the container. */
  public StreamEndpoint() {}

  /** Takes in a text message. */
  @OnMessage
  public String text(String text) {
    return "{\"type\":\"received\",\"characters\":%d,\"at\":%d}"
        .formatted(text.length(), System.currentTimeMillis());
  }

  /** Takes in a binary message. */
  @OnMessage
  public String binary(byte[] bytes) {
    return "{\"type\":\"received\",\"bytes\":%d,\"at\":%d}"
        .formatted(bytes.length, System.currentTimeMillis());
  }
}
