/**
 * What clients and servers say to each other, as files in {@code src/main/resources/conversations}:
 * the same ones for both adapters, on every server, and on one, two and three nodes.
 */
@NullMarked
package dev.weir.conversations;

import org.jspecify.annotations.NullMarked;
