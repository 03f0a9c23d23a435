/**
 * The decision, and the door to everything else.
 *
 * <p>A request passes through five steps, each a package: {@link dev.weir.key} (who?), {@link
 * dev.weir.plan} (entitled to what?), {@link dev.weir.quota} (what is left, over the whole
 * cluster?), {@link dev.weir.Decision} (yes or no) and {@link dev.weir.http} (headers and body).
 * Read {@link dev.weir.RateLimiter#decide} first. Applications start at {@link dev.weir.Weir}.
 */
@NullMarked
package dev.weir;

import org.jspecify.annotations.NullMarked;
