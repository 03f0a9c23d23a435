/**
 * From the configuration file to the objects of the other packages.
 *
 * <p>Start at {@link dev.weir.config.Configuration}. Every mistake in a file is found before
 * anything starts, and all of them are told at once, each with its line.
 */
@NullMarked
package dev.weir.config;

import org.jspecify.annotations.NullMarked;
