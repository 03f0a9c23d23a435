/** How much memory a key takes. Start at {@link HeapLoad}. */
@NullMarked
package dev.weir.benchmarks.heap;

import org.jspecify.annotations.NullMarked;
