package dev.weir.quota;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports for members of test clusters. */
public final class FreePort {

  private FreePort() {}

  /**
   * Returns a port of 127.0.0.1 that was free a moment ago, and below those that systems give to
   * outgoing connections: some members are started long after their address is chosen.
   */
  public static int find() throws IOException {
    for (int i = 0; i < 100; i++) {
      int port = ThreadLocalRandom.current().nextInt(10_000, 30_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        // the next one
      }
    }
    throw new IOException("no port between 10000 and 30000 is free");
  }
}
