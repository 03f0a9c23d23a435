package dev.weir.benchmarks.http;

import java.time.Duration;

/** Makes requests, as many at a time as it can. */
@FunctionalInterface
interface Driver {

  /**
   * What came of it.
   *
   * @param requests how many were answered
   * @param refused how many of them with another status than 200
   * @param seconds how long it took
   */
  record Drive(long requests, long refused, double seconds) {

    double rate() {
      return requests / seconds;
    }

    Drive plus(Drive next) {
      return new Drive(requests + next.requests, refused + next.refused, seconds + next.seconds);
    }
  }

  /**
   * Drives a server.
   *
   * @param prefix how the keys begin
   * @param keys how many keys there are
   * @param length how long at most
   * @param requests after how many to stop, or soon after; 0 for any number
   */
  Drive drive(int port, String prefix, int keys, Duration length, long requests);
}
