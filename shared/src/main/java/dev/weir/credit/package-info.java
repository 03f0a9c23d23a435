/**
 * Prepaid credits (contract C1 to C6). They are charged in the step that charges the limits, in
 * {@link dev.weir.quota}; here they are kept for good.
 */
@NullMarked
package dev.weir.credit;

import org.jspecify.annotations.NullMarked;
