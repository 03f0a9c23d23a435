package dev.weir.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a text is JSON (RFC 8259). A whole JSON library would come with Weir into every
 * application for this one question, and YAML, whose parser is here, forgives what JSON does not.
 *
 * <p>First each token becomes a letter: {@code s} a string, {@code v} another scalar, or its own
 * character for a bracket, comma or colon. Then arrays and objects that hold only finished values
 * become {@code v}, from the inside out, until nothing changes. What is JSON ends as one letter.
 */
final class JsonSyntax {

  /** No refusal needs more, and the time this takes grows with length times depth. */
  static final int MAX_LENGTH = 16_384;

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<space>[ \\t\\r\\n]++)"
              + "|(?<string>\"(?:[^\"\\\\\\x00-\\x1f]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4})*+\")"
              + "|(?<value>true|false|null|-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)"
              + "|[\\[\\]{},:]");

  private static final Pattern FINISHED =
      Pattern.compile("\\[(?:[sv](?:,[sv])*+)?+]|\\{(?:s:[sv](?:,s:[sv])*+)?+}");

  private JsonSyntax() {}

  static boolean isValid(String text) {
    StringBuilder letters = new StringBuilder();
    Matcher token = TOKEN.matcher(text);
    while (token.lookingAt()) {
      if (token.group("string") != null) {
        letters.append('s');
      } else if (token.group("value") != null) {
        letters.append('v');
      } else if (token.group("space") == null) {
        letters.append(token.group());
      }
      token.region(token.end(), text.length());
    }
    if (token.regionStart() < text.length()) {
      return false;
    }
    String rest = letters.toString();
    for (String before = ""; !rest.equals(before); ) {
      before = rest;
      rest = FINISHED.matcher(rest).replaceAll("v");
    }
    return rest.equals("s") || rest.equals("v");
  }
}
