package dev.weir.socket;

import dev.weir.plan.JsonMember;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of messages over budget, and how messages are measured.
 *
 * @param excess what becomes of them
 * @param patience how long a client may go on sending over budget before its socket is closed, or
 *     {@link #ENDLESS}
 * @param decoded the member of a JSON text message whose Base64 is counted decoded in place of the
 *     message; null counts messages as they are
 * @param frame the text message that tells a client to slow down; {@value #WAIT} in it stands for
 *     the milliseconds until its next message fits (contract K11)
 */
public record SocketRules(
    Excess excess, Duration patience, @Nullable JsonMember decoded, String frame) {

  /** What becomes of messages over budget. */
  public enum Excess {
    /** The application does not get them. */
    DROP,
    /** The application gets them all the same; the client is told to slow down. */
    DELIVER,
    /** The socket is closed. */
    CLOSE
  }

  /** A client may go on for as long as it likes. */
  public static final Duration ENDLESS = Duration.ofDays(366);

  /** In a frame. */
  public static final String WAIT = "{{wait_ms}}";

  /** Returns the frame for a wait of that many nanoseconds: whole milliseconds, at least 1. */
  String frame(long waitNanos) {
    return frame.replace(WAIT, Long.toString(Math.max(1, -Math.floorDiv(-waitNanos, 1_000_000L))));
  }

  /** Returns how many bytes a text message counts as: its UTF-8, or what is decoded of it. */
  long bytesOf(String text) {
    String base64 = decoded == null ? null : decoded.in(text);
    return base64 == null ? utf8(text) : decodedBytes(base64);
  }

  /** Returns the length of a text in UTF-8; of half a surrogate pair, half of it. */
  private static long utf8(String text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
      }
    }
    return bytes;
  }

  /** Three bytes for each four characters of the alphabet (RFC 4648, section 4). */
  private static long decodedBytes(String base64) {
    long characters = 0;
    for (int i = 0; i < base64.length(); i++) {
      char c = base64.charAt(i);
      if (c != '=' && c != '\n' && c != '\r') {
        characters++;
      }
    }
    return characters * 3 / 4;
  }
}
