package dev.weir.plan;

import java.util.List;

/**
 * What the messages of one customer's sockets are judged by.
 *
 * @param messages budgets that each message takes one permit of; empty means unlimited
 * @param bytes budgets that each message takes a permit of for each byte; empty means unlimited
 * @param onFailure what becomes of messages when the cluster gives no answer
 * @param dryRun whether messages over budget are let through
 */
public record SocketPolicy(
    List<Budget> messages, List<Budget> bytes, OnFailure onFailure, boolean dryRun) {

  /**
   * Copies the lists.
   *
   * @param messages budgets that each message takes one permit of; empty means unlimited
   * @param bytes budgets that each message takes a permit of for each byte; empty means unlimited
   * @param onFailure what becomes of messages when the cluster gives no answer
   * @param dryRun whether messages over budget are let through
   */
  public SocketPolicy {
    messages = List.copyOf(messages);
    bytes = List.copyOf(bytes);
  }
}
