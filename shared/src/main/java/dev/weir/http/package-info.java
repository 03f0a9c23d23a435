/**
 * Step 5 of 5: what a decision looks like on the wire.
 *
 * <p>Start at {@link dev.weir.http.Profile}. Nothing here decides; it only renders.
 */
@NullMarked
package dev.weir.http;

import org.jspecify.annotations.NullMarked;
