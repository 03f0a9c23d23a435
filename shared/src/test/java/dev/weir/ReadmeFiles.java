package dev.weir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files that the README shows, each in a block below {@code <!-- file: NAME -->}. */
public final class ReadmeFiles {

  private static final Pattern FILE =
      Pattern.compile(
          "^<!-- file: (\\S+) -->\\n```\\w*\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  private ReadmeFiles() {}

  /** Returns what the files hold, by name, in order. */
  public static Map<String, String> of(Path readme) {
    Map<String, String> files = new LinkedHashMap<>();
    try {
      Matcher blocks = FILE.matcher(Files.readString(readme));
      while (blocks.find()) {
        files.put(blocks.group(1), blocks.group(2));
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return files;
  }
}
