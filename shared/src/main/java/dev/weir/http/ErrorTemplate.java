package dev.weir.http;

import dev.weir.Outcome;
import java.nio.charset.StandardCharsets;

/**
 * What Weir answers in place of the application.
 *
 * @param status the status code, 400 to 599
 * @param contentType the media type of the body
 * @param body the body; {@code {{name}}} placeholders are filled in: {@code retry_after}, {@code
 *     limit}, {@code remaining}, {@code reset}, {@code limit_name}, {@code violated_policies} (a
 *     JSON array), {@code sessions}, {@code request_id}. What is filled in is escaped to stand
 *     within a JSON string
 */
public record ErrorTemplate(int status, String contentType, String body) {

  /**
   * Checks status and media type.
   *
   * @param status the status code, 400 to 599
   * @param contentType the media type of the body
   * @param body the body; {@code {{name}}} placeholders are filled in: {@code retry_after}, {@code
   *     limit}, {@code remaining}, {@code reset}, {@code limit_name}, {@code violated_policies} (a
   *     JSON array), {@code sessions}, {@code request_id}. What is filled in is escaped to stand
   *     within a JSON string
   * @throws IllegalArgumentException if the status says no error or the media type is none
   */
  public ErrorTemplate {
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException(
          "the status of an error must be 400 to 599, but is %d".formatted(status));
    }
    if (!contentType.matches("[\\w.+-]+/[\\w.+-]+[ -~]*")) {
      throw new IllegalArgumentException(
          "a content type reads like 'application/json', but is '%s'".formatted(contentType));
    }
  }

  /**
   * {@return the body as a refusal may look, to check it at start}
   *
   * @param outcome why the request is refused
   * @throws IllegalArgumentException if a placeholder is unknown, or has no value on this outcome
   */
  public String sample(Outcome outcome) {
    byte[] filled = new BodyTemplate(body, outcome).fill(Placeholder::sample);
    return new String(filled, StandardCharsets.UTF_8);
  }
}
