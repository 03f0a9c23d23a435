/** What every load needs: JVMs, clusters over them, options and tables. */
@NullMarked
package dev.weir.benchmarks.lab;

import org.jspecify.annotations.NullMarked;
