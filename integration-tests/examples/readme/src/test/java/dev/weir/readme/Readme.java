package dev.weir.readme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The README, and where the examples that it shows are. */
final class Readme {

  static final Path EXAMPLES = Path.of("..").toAbsolutePath().normalize();
  static final Path ROOT = EXAMPLES.getParent().getParent();

  private Readme() {}

  static String text() throws IOException {
    return Files.readString(ROOT.resolve("README.md"));
  }

  /** Returns the blocks below {@code <!-- kind: NAME -->}, by name, in order. */
  static Map<String, String> blocks(String kind) throws IOException {
    Matcher found =
        Pattern.compile(
                "^<!-- " + kind + ": (\\S+) -->\\n```\\w*\\n(.*?)^```$",
                Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(text());
    Map<String, String> blocks = new LinkedHashMap<>();
    while (found.find()) {
      blocks.put(found.group(1), found.group(2));
    }
    return blocks;
  }
}
