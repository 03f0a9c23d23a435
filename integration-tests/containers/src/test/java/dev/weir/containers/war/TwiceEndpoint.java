package dev.weir.containers.war;

import jakarta.websocket.OnMessage;
import jakarta.websocket.server.ServerEndpoint;

/** An endpoint that containers find. */
@ServerEndpoint("/twice")
public class TwiceEndpoint {

  @OnMessage
  public String text(String text) {
    return text + text;
  }
}
