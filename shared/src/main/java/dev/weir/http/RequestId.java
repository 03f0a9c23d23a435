package dev.weir.http;

import dev.weir.key.RequestView;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Names a request in an error, so that client and operator can speak of the same one (R15). */
final class RequestId {

  static final String HEADER = "X-Request-Id";

  private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private static final String ALPHANUMERICS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private static final int FRESH_LENGTH = 16;

  private RequestId() {}

  /** Returns the id that the request brings, if that is well formed, else a fresh one. */
  static String of(RequestView request) {
    String inbound = request.header(HEADER);
    return inbound != null && WELL_FORMED.matcher(inbound).matches() ? inbound : fresh();
  }

  /** Unlike any other for all practical purposes, but no secret. */
  private static String fresh() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    StringBuilder id = new StringBuilder("req_");
    for (int i = 0; i < FRESH_LENGTH; i++) {
      id.append(ALPHANUMERICS.charAt(random.nextInt(ALPHANUMERICS.length())));
    }
    return id.toString();
  }
}
