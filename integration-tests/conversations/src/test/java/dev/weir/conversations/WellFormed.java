package dev.weir.conversations;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import org.greenbytes.http.sfv.Parser;

/** What holds for every response, whatever a file says of it. */
final class WellFormed {

  private static final ObjectMapper JSON = new ObjectMapper();

  private WellFormed() {}

  static void check(Http.Response response, Instant now) throws JsonProcessingException {
    String retryAfter = response.header("Retry-After");
    boolean refused = response.status() == 429;
    if (refused && !response.body().contains("concurrent sessions")) {
      assertThat(retryAfter).matches("[1-9][0-9]*"); // R6
    } else {
      assertThat(retryAfter).isNull();
    }
    if (refused) {
      assertThat(response.header("Cache-Control")).isEqualTo("no-store"); // R9
    }
    for (String number : List.of("Limit", "Remaining", "Reset")) { // R4
      assertThat(response.header("X-RateLimit-" + number))
          .matches(v -> v == null || v.matches("[0-9]+"));
    }
    if (retryAfter != null && response.header("X-RateLimit-Reset") != null) { // R7
      assertThat(response.header("X-RateLimit-Remaining")).isEqualTo("0");
      long retryAt = now.getEpochSecond() + Long.parseLong(retryAfter);
      assertThat(response.number("X-RateLimit-Reset")).isBetween(retryAt, retryAt + 1);
    }
    for (String field : List.of("RateLimit", "RateLimit-Policy")) { // R16
      String list = response.header(field);
      if (list != null) {
        assertThat(Parser.parseList(list).get()).isNotEmpty();
      }
    }
    String type = String.valueOf(response.header("Content-Type"));
    if (type.contains("json") && !response.body().isEmpty()) {
      assertThat(JSON.readTree(response.body()).isObject()).isTrue();
    }
  }
}
