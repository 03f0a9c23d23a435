package dev.weir.quota;

import java.util.Comparator;

/**
 * What an entry remembers of one node: its last call, and what it may hold.
 *
 * @param node the node
 * @param sequence of its last call that changed the entry
 * @param calledAt when that was
 * @param holding permits it may hold in leases, at most
 * @param memory what that last call was answered: the granted of each run, then leased and
 *     milliseconds of each part; never changed
 */
record Lessee(long node, long sequence, long calledAt, long holding, long[] memory) {

  /**
   * For how long a call is remembered, which may be run a second time. Longer than any lease, with
   * some time to give it back.
   */
  private static final long MEMORY_MILLIS = Usage.LONG_LEASE_MILLIS + 2_000;

  /**
   * Returns when all this may be forgotten: no lease of the node is good any more, and what it
   * gives back is taken no longer.
   */
  long expires() {
    return calledAt + MEMORY_MILLIS;
  }

  /** Of what two sides of a split remember of one node, the later counts. */
  static final Comparator<Lessee> OLDEST_FIRST =
      Comparator.comparingLong(Lessee::sequence)
          .thenComparingLong(Lessee::expires)
          .thenComparingLong(Lessee::holding);

  Lessee movedBack(long millis) {
    return new Lessee(node, sequence, calledAt - millis, holding, memory);
  }

  void write(Encoder out, long time) {
    out.fixed(node).number(sequence).number(time - calledAt).number(holding).number(memory.length);
    for (long number : memory) {
      out.number(number);
    }
  }

  static Lessee read(Decoder in, long time) {
    long node = in.fixed();
    long sequence = in.number();
    long calledAt = time - in.number();
    long holding = in.number();
    long[] memory = new long[in.count()];
    for (int i = 0; i < memory.length; i++) {
      memory[i] = in.number();
    }
    return new Lessee(node, sequence, calledAt, holding, memory);
  }
}
