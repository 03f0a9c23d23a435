/**
 * Decisions without HTTP, by JMH. Start at {@link Decisions}, which runs a {@link
 * dev.weir.benchmarks.decisions.Caller} in a fresh JVM for each subject and round; what is measured
 * there is {@link DecisionBenchmark}.
 */
@NullMarked
package dev.weir.benchmarks.decisions;

import org.jspecify.annotations.NullMarked;
