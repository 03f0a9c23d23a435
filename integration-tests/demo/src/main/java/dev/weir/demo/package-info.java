/** A small API behind both adapters. */
@NullMarked
package dev.weir.demo;

import org.jspecify.annotations.NullMarked;
