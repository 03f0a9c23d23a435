package dev.weir.benchmarks.decisions;

/** A way to count, under one limit. Used by many threads. */
interface Subject extends AutoCloseable {

  /** What {@link #take} returns for a refusal. */
  long REFUSED = -1;

  /** Takes a permit of a key; returns how many remain then, or {@link #REFUSED}. */
  long take(Key key);

  @Override
  default void close() {}
}
