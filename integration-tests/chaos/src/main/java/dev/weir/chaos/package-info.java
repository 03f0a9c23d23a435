/** What clients see of a cluster of demo nodes that breaks. Start at {@link Chaos}. */
@NullMarked
package dev.weir.chaos;

import org.jspecify.annotations.NullMarked;
