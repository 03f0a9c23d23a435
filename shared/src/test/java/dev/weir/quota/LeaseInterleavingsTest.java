package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.policy;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving, up to a bound, of threads that take from a lease, close it and look at it:
 * each gives answers that one thread after the other could have got as well.
 */
class LeaseInterleavingsTest {

  private static final Demand DEMAND = Demand.of(policy("9/minute"));

  /** What threads share; made anew for every interleaving. */
  public static class Shared {

    private final Lease lease = new Lease(DEMAND, new long[1], 3, 0, 1_000);

    /** Takes what one request needs. */
    @Operation
    public long take() {
      return lease.take();
    }

    /** Closes the lease. */
    @Operation
    public long close() {
      return lease.close();
    }

    /** Returns what it holds, or held. */
    @Operation
    public long held() {
      return lease.held();
    }
  }

  /** The same, one after the other. */
  public static class Sequential {

    private long held = 3;
    private boolean closed;

    /** As above. */
    public long take() {
      if (closed) {
        return Lease.CLOSED;
      }
      return held == 0 ? Lease.SPENT : --held;
    }

    /** As above. */
    public long close() {
      long over = closed ? 0 : held;
      closed = true;
      return over;
    }

    /** As above. */
    public long held() {
      return held;
    }
  }

  @Test
  void of_what_was_leased_each_permit_is_taken_or_closed_over_never_both() { // I1, I10
    new ModelCheckingOptions()
        .iterations(20)
        .invocationsPerIteration(1_000)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(1)
        .sequentialSpecification(Sequential.class)
        .check(Shared.class);
  }
}
