package dev.weir.socket;

import dev.weir.session.SessionUse;
import dev.weir.socket.Sockets.Sender;
import org.jspecify.annotations.Nullable;

/**
 * An upgrade request that Weir has let through. While its thread serves it, what answers the
 * handshake finds it here, and takes it along to the socket.
 */
public final class Upgrade {

  private static final ThreadLocal<@Nullable Upgrade> CURRENT = new ThreadLocal<>();

  private final Sockets sockets;
  private final @Nullable Sender sender;
  private final @Nullable SessionUse session;

  /**
   * Creates an upgrade.
   *
   * @param sockets those of the application
   * @param sender whose messages will come, or null if nobody counts them
   * @param session what the request does to a session, or null
   */
  public Upgrade(Sockets sockets, @Nullable Sender sender, @Nullable SessionUse session) {
    this.sockets = sockets;
    this.sender = sender;
    this.session = session;
  }

  /** {@return the upgrade that this thread is serving, or null} */
  public static @Nullable Upgrade current() {
    return CURRENT.get();
  }

  /**
   * Notes that this thread is serving an upgrade, or no more for null.
   *
   * @param upgrade what is being served, or null
   */
  public static void serve(@Nullable Upgrade upgrade) {
    if (upgrade == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(upgrade);
    }
  }

  /**
   * Opens the socket. Returns null if nobody counts its messages, nor keeps a session.
   *
   * @param peer who is at the other end
   * @return the socket, or null
   */
  public @Nullable Socket open(Socket.Peer peer) {
    return sender == null ? null : sockets.open(sender, session, peer);
  }
}
