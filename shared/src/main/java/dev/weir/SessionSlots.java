package dev.weir;

import dev.weir.key.ApiKey;

/**
 * The session slots of customers, for sessions that begin and end elsewhere than in requests that
 * Weir sees: on a socket, in a job. Used by many threads. See {@link Weir#sessionSlots}.
 */
public interface SessionSlots {

  /**
   * Takes a slot for a session, unless it has one. Waits for the cluster as a request does, and
   * takes no permit of any limit.
   *
   * @param key whose session
   * @param id the session; the ids of two customers have nothing to do with each other
   * @return {@link Outcome#ALLOWED} if it has a slot, or needs none, since the customer's sessions
   *     are not limited; {@link Outcome#SESSIONS_EXCEEDED} if there is none left; or why there is
   *     no answer. After {@link Outcome#UNDECIDED} it may have a slot all the same: end it, or
   *     leave it to the grace time
   */
  Outcome open(ApiKey key, String id);

  /**
   * Keeps the slot of a session, if it has one, for the grace time from now. Does not wait.
   *
   * @param key whose session
   * @param id of the session
   */
  void keep(ApiKey key, String id);

  /**
   * Frees the slot of a session, if it has one. Waits until that is done, at most as long as a
   * request waits for the cluster; if it takes longer, it is done later.
   *
   * @param key whose session
   * @param id of the session
   */
  void end(ApiKey key, String id);
}
