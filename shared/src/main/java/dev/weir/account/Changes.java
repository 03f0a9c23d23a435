package dev.weir.account;

/** Tells every node that reads a store of a change in it. */
interface Changes extends AutoCloseable {

  /** What a node remembers of the store. */
  interface Memory {

    /** Forgets a key. From then on no answer of the store from before is given. */
    void forget(String digest);

    /** Forgets all keys, likewise. */
    void forgetAll();
  }

  /**
   * Has every node forget a key whose row is changed already. Returns when all that can be reached
   * have. Never throws.
   */
  void announce(String digest);

  @Override
  void close();

  /** Returns the changes of a store that only this node reads. */
  static Changes local(Memory memory) {
    return new Changes() {
      @Override
      public void announce(String digest) {
        memory.forget(digest);
      }

      @Override
      public void close() {}
    };
  }
}
