package dev.weir.http;

import java.util.List;
import java.util.stream.Collectors;

/** The little JSON that placeholders need (RFC 8259, section 7). */
final class Json {

  private Json() {}

  /** Returns a text as it stands between the quotes of a JSON string. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ') {
        escaped.append(String.format("\\u%04x", (int) c));
      } else if (c == '"' || c == '\\') {
        escaped.append('\\').append(c);
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }

  static String array(List<String> texts) {
    return texts.stream()
        .map(text -> '"' + escape(text) + '"')
        .collect(Collectors.joining(",", "[", "]"));
  }
}
