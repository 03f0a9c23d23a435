/**
 * The slots of sessions: how many of a customer's are active at once, over the cluster (contract
 * K2, K9).
 *
 * <p>Start at {@link dev.weir.session.SessionUse}, which follows one request to the end of its
 * response. The slots themselves are part of the customer's entry in {@link dev.weir.quota}.
 */
@NullMarked
package dev.weir.session;

import org.jspecify.annotations.NullMarked;
