/**
 * What clients and servers say to each other, as files: the same ones for both adapters, and for
 * one, two and three nodes.
 *
 * <p>Start at {@link dev.weir.conversations.ConversationsIT} and the files in {@code
 * src/test/resources/conversations}.
 */
@NullMarked
package dev.weir.conversations;

import org.jspecify.annotations.NullMarked;
