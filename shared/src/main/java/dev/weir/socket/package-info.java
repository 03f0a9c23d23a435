/**
 * What clients may send over WebSockets: messages and bytes in a time, of a customer, over the
 * cluster (contract K3, K5, K11).
 *
 * <p>Start at {@link dev.weir.socket.Sockets}. Nothing here knows how a container speaks WebSocket.
 */
@NullMarked
package dev.weir.socket;

import org.jspecify.annotations.NullMarked;
