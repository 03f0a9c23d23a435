/**
 * Hazelcast members in processes of their own: together, joining, leaving, killed.
 *
 * <p>{@code NodeMain} is what runs in such a process, {@code Node} its handle in the test.
 */
package dev.weir.cluster;
