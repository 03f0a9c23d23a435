package dev.weir.quota;

/**
 * Writes an entry as earlier versions of Weir did, that did not know all of what is in it: what a
 * node of such a version leaves in a cluster that is being upgraded.
 */
final class EarlierForms {

  private EarlierForms() {}

  /** The counters, and nothing of leases. */
  static byte[] countersOnly(byte[] stored) {
    return rewrite(stored, false);
  }

  /** Counters and leases, but not which member counted what. */
  static byte[] withoutOwners(byte[] stored) {
    return rewrite(stored, true);
  }

  private static byte[] rewrite(byte[] stored, boolean leases) {
    Decoder in = new Decoder(stored);
    Encoder out = new Encoder().octet(in.octet());
    long time = in.fixed();
    int counters = (int) in.number();
    out.fixed(time).number(counters);
    for (int i = 0; i < counters; i++) {
      out.fixed(in.fixed());
      byte algorithm = in.octet();
      Counter.read(in, algorithm, time).write(out.octet(algorithm), time);
    }
    int lessees = leases && in.hasMore() ? in.count() : 0;
    if (lessees > 0) {
      out.number(lessees);
    }
    for (int i = 0; i < lessees; i++) {
      Lessee.read(in, time).write(out, time);
    }
    return out.toBytes();
  }
}
