/**
 * WebSocket endpoints whose clients' messages are limited (contract K3, K5, K11).
 *
 * <p>Start at {@link dev.weir.websocket.RateLimitedEndpoint}. The rules are those of {@link
 * dev.weir.socket}; here is how a container's messages get there and come back.
 */
@NullMarked
package dev.weir.websocket;

import org.jspecify.annotations.NullMarked;
