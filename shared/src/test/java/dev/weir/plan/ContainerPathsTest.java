package dev.weir.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.key.RequestView;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a container made of a path counts beside what was sent. */
class ContainerPathsTest {

  private static final PlanCatalog CATALOG =
      new PlanCatalog(
          List.of(new Plan("starter", List.of(), Map.of(), false)),
          List.of(
              group("analysis", "/v1/analysis/**", false),
              group("files", "/v1/files/*", false),
              group("health", "/health", true)));

  @Test
  void a_container_that_leaves_dot_segments_alone_opens_no_way_past_a_group() {
    Endpoint endpoint = endpoint("/v1/analysis/../../health", "/v1/analysis/../../health");

    assertThat(endpoint.exempt()).isFalse();
    assertThat(groups(endpoint)).contains("analysis");
  }

  @Test
  void a_container_that_decodes_slashes_first_opens_no_way_past_a_group() {
    Endpoint endpoint = endpoint("/v1/files/..%2F..%2Fv1%2Fanalysis", "/v1/analysis");

    assertThat(groups(endpoint)).contains("analysis");
  }

  @Test
  void a_context_path_left_and_entered_again_opens_no_way_past_a_group() {
    // what stands below the context path of /app/../app/v1/analysis
    assertThat(groups(endpoint("/../app/v1/analysis", "/v1/analysis"))).contains("analysis");
  }

  @Test
  void an_exempt_path_stays_exempt_only_if_the_container_agrees() {
    assertThat(endpoint("/health", "/elsewhere").exempt()).isTrue(); // plain, so it is not asked
    assertThat(endpoint("/%68ealth", "/health").exempt()).isTrue();
    assertThat(endpoint("/%68ealth", "/v1/other").exempt()).isFalse();
    assertThat(endpoint("/v1;/other", "/health").exempt()).isFalse();
  }

  private static Endpoint endpoint(String rawPath, String dispatchPath) {
    return CATALOG.endpoint(
        new RequestView() {
          @Override
          public String method() {
            return "GET";
          }

          @Override
          public String rawPath() {
            return rawPath;
          }

          @Override
          public String dispatchPath() {
            return dispatchPath;
          }

          @Override
          public @Nullable String query() {
            return null;
          }

          @Override
          public List<String> headers(String name) {
            return List.of();
          }

          @Override
          public @Nullable String remoteAddress() {
            return null;
          }
        });
  }

  private static List<String> groups(Endpoint endpoint) {
    return Stream.of(endpoint.group(), endpoint.otherGroup())
        .filter(group -> group != null)
        .map(EndpointGroup::name)
        .toList();
  }

  private static EndpointGroup group(String name, String pattern, boolean exempt) {
    return new EndpointGroup(name, List.of(EndpointPattern.parse(pattern)), List.of(), 1, exempt);
  }
}
