package dev.weir.quota;

import dev.weir.quota.Statistics.Fault;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * Events of the JVM's flight recorder. They cost next to nothing while nobody records, and there
 * are none on a JVM that has no recorder (module {@code jdk.jfr}): nothing here loads its classes
 * then. Used by many threads.
 */
final class ClusterEvents {

  private static final boolean RECORDER = hasRecorder();

  @Name("dev.weir.ClusterCall")
  @Label("Cluster Call")
  @Category("Weir")
  @Description("A call to the cluster, at its end")
  @StackTrace(false)
  static final class Call extends Event {

    @Label("Result")
    @Description("ok, or the kind of the error")
    @Nullable String result;

    @Label("Time")
    @Timespan(Timespan.NANOSECONDS)
    long time;
  }

  @Name("dev.weir.Degraded")
  @Label("Degraded")
  @Category("Weir")
  @Description("The cluster begins or ceases to give no answers, or not all")
  @StackTrace(false)
  static final class Degraded extends Event {

    @Label("Degraded")
    boolean degraded;
  }

  private ClusterEvents() {}

  private static boolean hasRecorder() {
    try {
      Class.forName("jdk.jfr.Event", false, ClusterEvents.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException none) {
      return false;
    }
  }

  /** Records a call; see {@link Statistics.CallListener}. */
  static void called(@Nullable Fault fault, long nanos) {
    if (RECORDER) {
      Call call = new Call();
      if (call.shouldCommit()) {
        call.result = fault == null ? "ok" : fault.label();
        call.time = nanos;
        call.commit();
      }
    }
  }

  /** Records that the cluster gives no answers, or that this is over. */
  static void degraded(boolean begins) {
    if (RECORDER) {
      Degraded event = new Degraded();
      if (event.shouldCommit()) {
        event.degraded = begins;
        event.commit();
      }
    }
  }
}
