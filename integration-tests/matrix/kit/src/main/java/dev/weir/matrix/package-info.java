/** What each row of the matrix has to pass: {@link dev.weir.matrix.Stack} and what serves it. */
@NullMarked
package dev.weir.matrix;

import org.jspecify.annotations.NullMarked;
