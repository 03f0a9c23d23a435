package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import dev.weir.quota.Statistics.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class FaultLogTest {

  private final List<String> lines = new ArrayList<>();
  private long seconds = 1_000;
  private final FaultLog log =
      new FaultLog(
          (line, fault) -> lines.add(line + (fault == null ? "" : " + trace")),
          () -> TimeUnit.SECONDS.toNanos(seconds));

  @Test
  void the_first_fault_of_each_kind_is_told_with_its_trace() {
    log.report(new TimeoutException());
    log.report(new ExecutionException(new HazelcastSerializationException("no factory")));

    assertThat(lines).hasSize(2).allMatch(line -> line.endsWith(" + trace"));
    assertThat(lines.get(1))
        .contains("put weir-shared, in one version, on the class path of every");
  }

  @Test
  void later_faults_are_a_line_a_minute_that_counts_them() {
    log.report(new TimeoutException());
    for (int i = 0; i < 500; i++) {
      log.report(new TimeoutException());
    }
    seconds += 59;
    log.report(new TimeoutException());
    assertThat(lines).hasSize(1);

    seconds += 1;
    log.report(new TimeoutException());
    log.report(new TimeoutException());

    assertThat(lines).hasSize(2);
    assertThat(lines.get(1)).contains("502 requests").doesNotContain("trace");
  }

  @Test
  void faults_are_told_apart_by_what_to_do() {
    assertThat(FaultLog.kindOf(new TimeoutException())).isEqualTo(Fault.SLOW);
    assertThat(FaultLog.kindOf(new RejectedExecutionException())).isEqualTo(Fault.SATURATED);
    assertThat(FaultLog.kindOf(new CancellationException())).isEqualTo(Fault.STOPPED);
    assertThat(kindOfCause(new HazelcastInstanceNotActiveException())).isEqualTo(Fault.STOPPED);
    assertThat(kindOfCause(new NoClassDefFoundError())).isEqualTo(Fault.CLASS_PATH);
    assertThat(kindOfCause(new IllegalStateException(new ClassNotFoundException())))
        .isEqualTo(Fault.CLASS_PATH);
    assertThat(kindOfCause(new IllegalStateException())).isEqualTo(Fault.OTHER);
  }

  private static Fault kindOfCause(Throwable cause) {
    return FaultLog.kindOf(new ExecutionException(cause));
  }
}
