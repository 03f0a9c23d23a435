package dev.weir.websocket;

import dev.weir.socket.Socket;
import dev.weir.socket.Upgrade;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between the container and an endpoint of the application, for one connection. Public for
 * containers, which ask for that; made by {@link RateLimitedEndpoint}.
 */
public final class LimitedEndpoint extends Endpoint {

  private static final Logger log = LoggerFactory.getLogger(LimitedEndpoint.class);

  /** Under this the user properties of a connection hold its upgrade. */
  static final String UPGRADE = Upgrade.class.getName();

  private static final AtomicBoolean TOLD = new AtomicBoolean();

  private final Endpoint application;
  private @Nullable LimitedSession limited;
  private @Nullable Inbound inbound;
  private @Nullable Decoding decoding;

  LimitedEndpoint(Endpoint application) {
    this.application = application;
  }

  @Override
  public void onOpen(Session session, EndpointConfig config) {
    Upgrade upgrade = upgrade(session, config);
    if (upgrade == null) {
      refuse(session);
      return;
    }
    Outbound outbound = new Outbound(session);
    Socket opened = upgrade.open(new SessionPeer(session, outbound));
    Decoding decoders = new Decoding(config);
    Inbound incoming = new Inbound(opened, decoders, this::tell);
    LimitedSession shown = new LimitedSession(session, outbound, incoming);
    inbound = incoming;
    decoding = decoders;
    limited = shown;
    application.onOpen(shown, config);
  }

  private static @Nullable Upgrade upgrade(Session session, EndpointConfig config) {
    Object known = session.getUserProperties().get(UPGRADE);
    if (known == null) {
      known = config.getUserProperties().get(UPGRADE);
    }
    return known instanceof Upgrade upgrade ? upgrade : null;
  }

  /** Nobody has judged the request: whose messages these are, is not known. */
  private static void refuse(Session session) {
    if (TOLD.compareAndSet(false, true)) {
      log.error(
          "WebSocket {} is closed: its upgrade request did not pass Weir's filter, or the key could"
              + " not be looked up once more. Map the filter to the path, and on Jetty register its"
              + " WebSocketUpgradeFilter, by its class name, behind that. Told once",
          session.getRequestURI().getPath());
    }
    close(session, CloseCodes.UNEXPECTED_CONDITION, "The rate limit cannot be checked.");
  }

  private static void close(Session session, CloseCodes code, String reason) {
    try {
      session.close(new CloseReason(code, reason));
    } catch (IOException | RuntimeException gone) {
      log.debug("A socket to be closed is gone", gone);
    }
  }

  @Override
  public void onClose(Session session, CloseReason reason) {
    if (inbound != null) {
      inbound.end(() -> end(reason));
    }
  }

  private void end(CloseReason reason) {
    try {
      application.onClose(limited, reason);
    } finally {
      if (decoding != null) {
        decoding.destroy();
      }
    }
  }

  @Override
  public void onError(Session session, Throwable fault) {
    if (inbound != null) {
      inbound.fail(() -> fail(fault));
    }
  }

  /** The connection failed, and not the application. */
  private void fail(Throwable fault) {
    if (application instanceof AnnotatedEndpoint annotated && limited != null) {
      annotated.onError(limited, fault, true);
    } else {
      application.onError(limited, fault);
    }
  }

  private void tell(Throwable fault) {
    application.onError(limited, fault);
  }

  private record SessionPeer(Session session, Outbound outbound) implements Socket.Peer {

    @Override
    public void send(String text) {
      outbound.offer(text);
    }

    @Override
    public void close(String reason) {
      LimitedEndpoint.close(session, CloseCodes.VIOLATED_POLICY, reason);
    }
  }
}
