/** What a WebSocket message costs. Start at {@link SocketLoad}. */
@NullMarked
package dev.weir.benchmarks.sockets;

import org.jspecify.annotations.NullMarked;
