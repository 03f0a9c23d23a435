package dev.weir.conversations;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/** Whom a conversation is held with. */
public interface Partner {

  /** Sets the clock that decisions go by. */
  void setClock(Instant now) throws IOException;

  /** Has time go by. */
  void advance(Duration by) throws IOException;

  /** Returns the {@code host:port} that the next request goes to. */
  String host();

  /** Sends a request, and returns the response to it. */
  Http.Response send(Http.Request request) throws IOException;

  /** Checks what is true of every response. */
  default void check(Http.Response response) throws IOException {}

  /** Returns what else to say of a response that is not the one expected. */
  default String circumstances() {
    return "";
  }
}
