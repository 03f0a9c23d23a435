package dev.weir.http;

/**
 * What Weir answers in place of the application.
 *
 * @param status the status code
 * @param contentType the media type of the body
 * @param body the body; {@code {{name}}} placeholders are filled in: {@code retry_after}, {@code
 *     limit}, {@code remaining}, {@code reset}, {@code limit_name}, {@code violated_policies} (a
 *     JSON array), {@code request_id}
 */
public record ErrorTemplate(int status, String contentType, String body) {}
