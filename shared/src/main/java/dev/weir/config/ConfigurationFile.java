package dev.weir.config;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A configuration file that was found.
 *
 * @param source what to call it: its location as it was given
 * @param text what stands in it
 * @param path where it is on disk, or null if it is a resource of the class path
 */
record ConfigurationFile(String source, String text, @Nullable Path path) {

  static final String PROPERTY = "weir.config";
  static final String VARIABLE = "WEIR_CONFIG";

  private static final String CLASS_PATH = "classpath:";
  private static final String DEFAULT = "weir.yaml";

  /** Longer files are refused; this bound is for one that never ends. */
  private static final int MAX_BYTES = 16 * 1024 * 1024;

  /**
   * Finds the file of an application.
   *
   * @param location a path, or a resource after {@code classpath:}; null or blank to look it up
   * @throws ConfigurationException if there is none, it cannot be read, or it is not UTF-8
   */
  static ConfigurationFile find(
      @Nullable String location,
      ClassLoader classPath,
      Function<String, @Nullable String> properties,
      Function<String, @Nullable String> environment) {
    String from = "";
    String given = location;
    if (isBlank(given)) {
      from = " (from system property %s)".formatted(PROPERTY);
      given = properties.apply(PROPERTY);
    }
    if (isBlank(given)) {
      from = " (from environment variable %s)".formatted(VARIABLE);
      given = environment.apply(VARIABLE);
    }
    if (given == null || given.isBlank()) {
      return resource(DEFAULT, classPath, noneAnywhere());
    }
    String trimmed = given.strip();
    return trimmed.startsWith(CLASS_PATH)
        ? resource(
            trimmed.substring(CLASS_PATH.length()),
            classPath,
            "there is no '%s' on the class path%s".formatted(trimmed, from))
        : file(trimmed, from);
  }

  private static boolean isBlank(@Nullable String text) {
    return text == null || text.isBlank();
  }

  private static String noneAnywhere() {
    return "no configuration: put weir.yaml on the class path (src/main/resources), or name a file"
        + " by the filter's init-param or system property %s, or by environment variable %s"
            .formatted(PROPERTY, VARIABLE);
  }

  private static ConfigurationFile resource(
      String name, ClassLoader classPath, String whenMissing) {
    String path = name.startsWith("/") ? name.substring(1) : name;
    try {
      Set<String> found = new LinkedHashSet<>(); // a parent loader may show the same one again
      URL url = null;
      for (Enumeration<URL> urls = classPath.getResources(path); urls.hasMoreElements(); ) {
        url = urls.nextElement();
        found.add(url.toString());
      }
      if (url == null) {
        throw failure(whenMissing);
      }
      if (found.size() > 1) {
        throw failure(
            "'%s' is on the class path more than once; keep one, or name the file to use: %s"
                .formatted(path, String.join(", ", found)));
      }
      URLConnection connection = url.openConnection();
      connection.setUseCaches(false); // a cached jar file would outlive the application
      try (InputStream bytes = connection.getInputStream()) {
        return decode(CLASS_PATH + path, bytes, null);
      }
    } catch (IOException e) {
      throw failure("'%s%s' cannot be read: %s".formatted(CLASS_PATH, path, e));
    }
  }

  /**
   * Reads a file on disk.
   *
   * @param from says in messages who named it; empty if that needs no words
   * @throws ConfigurationException if there is none, it cannot be read, or it is not UTF-8
   */
  static ConfigurationFile file(String location, String from) {
    try {
      Path path = Path.of(location);
      if (Files.isDirectory(path)) {
        throw failure("'%s'%s is a directory, not a file".formatted(location, from));
      }
      try (InputStream bytes = Files.newInputStream(path)) {
        return decode(location, bytes, path);
      }
    } catch (NoSuchFileException e) {
      throw failure(
          "there is no file '%s'%s, seen from %s; for the class path write '%s%s'"
              .formatted(location, from, Path.of("").toAbsolutePath(), CLASS_PATH, location));
    } catch (InvalidPathException e) {
      throw failure("'%s'%s is no path".formatted(location, from));
    } catch (IOException e) {
      throw failure("'%s'%s cannot be read: %s".formatted(location, from, e));
    }
  }

  private static ConfigurationFile decode(String source, InputStream stream, @Nullable Path path)
      throws IOException {
    byte[] bytes = stream.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw failure("'%s' is longer than %d bytes".formatted(source, MAX_BYTES));
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), text, true);
    text.flip();
    if (result.isError()) {
      throw failure(
          "%s: a byte that is not UTF-8; save the file in that encoding"
              .formatted(Place.after(source, text.toString())));
    }
    return new ConfigurationFile(source, text.toString(), path);
  }

  private static ConfigurationException failure(String problem) {
    return new ConfigurationException(List.of(problem));
  }
}
