package dev.weir.quota;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.instance.BuildInfoProvider;
import org.junit.jupiter.api.Test;

/** The build runs the tests beside this one twice, with the newest Hazelcast and the oldest. */
class HazelcastVersionTest {

  @Test
  void hazelcast_is_of_the_version_that_the_build_means_to_test() {
    assertThat(BuildInfoProvider.getBuildInfo().getVersion())
        .isEqualTo(System.getProperty("weir.test.hazelcast"));
  }
}
