/**
 * Step 3 of 5: what is left, over the whole cluster.
 *
 * <p>Start at {@link dev.weir.quota.QuotaStore}. {@code Usage} is the arithmetic, in integers and
 * without a clock; the stores put it into one atomic step per subject.
 */
@NullMarked
package dev.weir.quota;

import org.jspecify.annotations.NullMarked;
