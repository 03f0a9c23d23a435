package dev.weir.conversations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That a conversation notices when something else comes back. */
class ExpectationTest {

  private static final Http.Response RESPONSE =
      new Http.Response(
          200,
          List.of("Date: today", "X-Id: req_7", "X-RateLimit-Remaining: 4"),
          "{\"id\":\"req_7\"}");

  private final Map<String, String> names = new HashMap<>();

  @Test
  void the_right_response_is_right() {
    assertThat(holds("200", "X-RateLimit-Remaining: 4", "X-Id: req_7", "", "{\"id\":\"req_7\"}"))
        .isTrue();
  }

  @Test
  void a_placeholder_stands_for_text_of_its_form_and_names_it() {
    assertThat(
            holds(
                "200",
                "X-RateLimit-Remaining: <<=[0-9]>>",
                "X-Id: <<id=req_[0-9]>>",
                "",
                "{\"id\":\"<<id>>\"}"))
        .isTrue();
    assertThat(names).containsEntry("id", "req_7");
    assertThat(holds("200", "X-Id: <<id=[a-z]+>>", "X-RateLimit-Remaining: 4", "", RESPONSE.body()))
        .isFalse();
  }

  @Test
  void a_wrong_status_header_or_body_is_noticed_and_so_is_one_header_more_or_less() {
    String id = "X-Id: req_7";
    String four = "X-RateLimit-Remaining: 4";
    assertThat(holds("201", id, four, "", RESPONSE.body())).isFalse();
    assertThat(holds("200", id, "X-RateLimit-Remaining: 5", "", RESPONSE.body())).isFalse();
    assertThat(holds("200", id, "x-ratelimit-remaining: 4", "", RESPONSE.body())).isFalse();
    assertThat(holds("200", id, four, "X-More: 1", "", RESPONSE.body())).isFalse();
    assertThat(holds("200", four, "", RESPONSE.body())).isFalse();
    assertThat(holds("200", id, four, "", "{}")).isFalse();
    assertThat(holds("200", id, four)).isFalse();
  }

  @Test
  void a_range_moves_by_one_each_time() {
    List<String> lines = List.of("200", "X-Id: req_7", "X-RateLimit-Remaining: 5..3", "", "{}");
    assertThat(new Expectation(lines, 1, 3).against(RESPONSE, names))
        .contains("X-RateLimit-Remaining: 4");
    assertThat(new Expectation(lines, 2, 3).against(RESPONSE, names))
        .contains("X-RateLimit-Remaining: 3");
    assertThatThrownBy(() -> new Expectation(lines, 0, 2)).hasMessageContaining("5..3");
  }

  @Test
  void a_file_that_makes_no_sense_is_refused() {
    assertThatThrownBy(() -> Conversation.parse("a.txt", "profile x\nwhatever 1\n"))
        .hasMessage("a.txt:2: no such line");
    assertThatThrownBy(() -> Conversation.parse("a.txt", "profile x\nadvance 5\n"))
        .hasMessageStartingWith("a.txt:2: a duration reads like");
    assertThatThrownBy(() -> Conversation.parse("a.txt", "profile x\n> GET /\n"))
        .hasMessage("a.txt:3: a request needs a response");
  }

  private boolean holds(String... lines) {
    return new Expectation(List.of(lines), 0, 1)
        .against(RESPONSE, names)
        .equals(Expectation.text(RESPONSE));
  }
}
