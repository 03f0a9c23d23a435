/**
 * Requests over HTTP. Start at {@link HttpLoad}, which drives servers in JVMs of their own, each
 * with one {@link dev.weir.benchmarks.http.Guard} in front of the same small application.
 */
@NullMarked
package dev.weir.benchmarks.http;

import org.jspecify.annotations.NullMarked;
