package dev.weir.config;

import dev.weir.plan.JsonMember;
import dev.weir.plan.Limit;
import dev.weir.plan.SocketLimits;
import dev.weir.socket.SocketRules;
import dev.weir.socket.SocketRules.Excess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what is said of WebSockets. */
final class SocketsReader {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String DECODED = "decoded ";

  /** K stands for 1024 with and without the i (contract K5). */
  private static final Pattern SIZE =
      Pattern.compile("\\s*(-?[0-9]{1,12})\\s*(?:([KM])i?)?B\\s*(/.*)", Pattern.DOTALL);

  private SocketsReader() {}

  /** Returns how much a plan or key may send. */
  static SocketLimits limits(Value value) {
    if (!value.isPresent()) {
      return SocketLimits.NONE;
    }
    Section section = value.section(Members.WEBSOCKET_LIMITS);
    if (value.isMapping() && section.present("messages", "bytes").isEmpty()) {
      value.problem("limits nothing; give it messages or bytes, or leave it out");
    }
    return new SocketLimits(
        limits(section.get("messages"), SocketsReader::messages, "500/second"),
        limits(section.get("bytes"), SocketsReader::bytes, "64KiB/second"));
  }

  private static @Nullable List<Limit> limits(
      Value value, Function<String, Limit> parser, String example) {
    return value.isPresent() ? LimitsReader.read(value, parser, example) : null;
  }

  private static Limit messages(String text) {
    return SocketLimits.check(Limit.parse(text));
  }

  private static Limit bytes(String text) {
    Matcher size = SIZE.matcher(text);
    if (!size.matches()) {
      return messages(text);
    }
    String unit = size.group(2) == null ? "" : size.group(2);
    long factor = unit.equals("K") ? 1024 : unit.equals("M") ? 1024 * 1024 : 1;
    return messages(Long.parseLong(size.group(1)) * factor + size.group(3));
  }

  /** Returns what becomes of messages over budget. */
  static SocketRules rules(Value value) {
    Section section = value.section(Members.WEBSOCKET);
    Excess excess =
        section
            .get("excess")
            .choice(
                Map.of("drop", Excess.DROP, "deliver", Excess.DELIVER, "close", Excess.CLOSE),
                Excess.DROP);
    return new SocketRules(
        excess,
        patience(section.get("patience")),
        decoded(section.get("count")),
        frame(section.get("frame")));
  }

  private static Duration patience(Value value) {
    return "unlimited".equals(value.raw())
        ? SocketRules.ENDLESS
        : value.duration(SocketRules.ENDLESS, PATIENCE);
  }

  private static @Nullable JsonMember decoded(Value value) {
    String text = value.raw();
    if (text == null || text.equals("whole")) {
      value.text("");
      return null;
    }
    return value.parsed(
        written -> {
          if (!written.startsWith(DECODED)) {
            throw new IllegalArgumentException(
                "bytes are counted 'whole' or 'decoded $.data', but this says "
                    + Value.quote(text));
          }
          return JsonMember.parse(written.substring(DECODED.length()).strip());
        },
        "decoded $.data");
  }

  private static String frame(Value value) {
    String frame = value.required().text("");
    if (value.raw() != null && frame.isBlank()) {
      value.problem("must say that messages come too fast");
    }
    return frame;
  }
}
