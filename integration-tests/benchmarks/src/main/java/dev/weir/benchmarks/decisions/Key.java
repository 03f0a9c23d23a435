package dev.weir.benchmarks.decisions;

import dev.weir.benchmarks.lab.Cluster;
import dev.weir.quota.PartitionKey;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Who is limited.
 *
 * @param partition its name for Weir, and in this process
 * @param bytes the same as the key of a distributed map, which Weir's map has too
 */
record Key(PartitionKey partition, byte[] bytes) {

  private static final SplittableRandom RANDOM = new SplittableRandom();

  /** Returns keys nobody has used, as far away as the cluster allows. */
  static Key[] fresh(int count, @Nullable Cluster cluster) {
    Key[] keys = new Key[count];
    for (int i = 0; i < count; ) {
      PartitionKey partition = new PartitionKey(RANDOM.nextLong(), RANDOM.nextLong());
      byte[] bytes =
          ByteBuffer.allocate(16).putLong(partition.high()).putLong(partition.low()).array();
      if (cluster == null || cluster.isFarthest(bytes)) {
        keys[i++] = new Key(partition, bytes);
      }
    }
    return keys;
  }
}
