/**
 * Weir as a servlet filter.
 *
 * <p>Start at {@link dev.weir.servlet.RateLimitFilter}. It translates between Jakarta Servlet and
 * {@link dev.weir.Weir}; nothing here decides.
 */
@NullMarked
package dev.weir.servlet;

import org.jspecify.annotations.NullMarked;
