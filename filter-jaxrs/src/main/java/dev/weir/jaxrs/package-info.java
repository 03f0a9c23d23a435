/**
 * Weir in front of a Jakarta REST application.
 *
 * <p>Start at {@link dev.weir.jaxrs.RateLimitFeature}. What is decided and what is sent is up to
 * {@link dev.weir.Weir}; here it is translated to Jakarta REST. Classes whose names start with
 * {@code Jersey} or {@code Servlet} are loaded only where those APIs exist.
 */
@NullMarked
package dev.weir.jaxrs;

import org.jspecify.annotations.NullMarked;
