package dev.weir.benchmarks.lab;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.quota.ClusterSettings;
import dev.weir.quota.QuotaStore;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/** The second member of a cluster, in a JVM of its own: holds data and makes no decisions. */
final class OtherMember {

  private OtherMember() {}

  /**
   * Arguments: its address, that of the first member, and whether Weir is open here too, as it is
   * on every node of an application that uses it.
   */
  public static void main(String[] arguments) throws IOException {
    PrintStream answers = Jvm.takeOutput();
    HazelcastInstance member = Members.start(List.of(arguments[0], arguments[1]), arguments[0]);
    QuotaStore store =
        Boolean.parseBoolean(arguments[2])
            ? QuotaStore.hazelcast(member, ClusterSettings.DEFAULT)
            : null;
    Jvm.serve(answers, "ready", order -> store == null ? "without Weir" : store.describe());
  }
}
