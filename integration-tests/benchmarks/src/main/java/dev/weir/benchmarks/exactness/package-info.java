/** Whether exactly as many are admitted as may be. Start at {@link ExactnessLoad}. */
@NullMarked
package dev.weir.benchmarks.exactness;

import org.jspecify.annotations.NullMarked;
