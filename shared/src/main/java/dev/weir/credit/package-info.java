/** Credits: what a key was granted to spend, on top of its limits. */
@NullMarked
package dev.weir.credit;

import org.jspecify.annotations.NullMarked;
