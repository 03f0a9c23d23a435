package dev.weir;

import dev.weir.quota.Statistics;

/**
 * Receives every decision, for metrics or an audit. Called on the request's thread, so it must be
 * quick; what it throws is logged, once a minute, and does not reach the request.
 */
@FunctionalInterface
public interface RateLimitListener {

  /**
   * Called once for each request that was decided, before the application sees it.
   *
   * @param decision what was decided
   */
  void onDecision(Decision decision);

  /**
   * Called once, before the first request, with what the new instance will have done over its
   * cluster: numbers to be read at any time, by any thread. What it throws fails the start.
   *
   * @param statistics the numbers, the same object for all listeners
   */
  default void onStart(Statistics statistics) {}
}
