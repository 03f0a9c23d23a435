package dev.weir.benchmarks.lab;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.benchmarks.exactness.Offer;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.QuotaStore;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;

/**
 * The second member of a cluster, in a JVM of its own: holds data, and makes the requests it is
 * told to.
 */
public final class OtherMember {

  /** Where everything runs on few processors, an answer that is late is no fault. */
  public static final ClusterSettings SETTINGS =
      ClusterSettings.DEFAULT.withDeadline(Duration.ofSeconds(10));

  /** Asks for {@link Jvm#compiledMillis}. */
  static final String COMPILED = "compiled";

  private OtherMember() {}

  /**
   * Arguments: its address, that of the first member, and whether Weir is open here too, as it is
   * on every node of an application that uses it.
   */
  public static void main(String[] arguments) throws IOException {
    PrintStream answers = Jvm.takeOutput();
    HazelcastInstance member = Members.start(List.of(arguments[0], arguments[1]), arguments[0]);
    QuotaStore store =
        Boolean.parseBoolean(arguments[2]) ? QuotaStore.hazelcast(member, SETTINGS) : null;
    Jvm.serve(
        answers,
        "ready",
        order -> {
          if (order.equals(COMPILED)) {
            return Long.toString(Jvm.compiledMillis());
          }
          return store == null ? "0" : Long.toString(Offer.parse(order).make(store));
        });
  }
}
