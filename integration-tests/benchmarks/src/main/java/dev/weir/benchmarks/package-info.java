/** What a decision costs, side by side with other ways to count. Start at {@link Main}. */
@NullMarked
package dev.weir.benchmarks;

import org.jspecify.annotations.NullMarked;
