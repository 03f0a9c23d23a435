package dev.weir.matrix;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** A web application in a directory, with all its libraries inside, as a project ships it. */
public final class War {

  private War() {}

  /**
   * Writes an application.
   *
   * @param directory what would be the root of the archive
   * @param webXml what stands in its web.xml
   * @param servers the names of the jars that belong to the server, and do not go into it
   */
  public static void write(Path directory, String webXml, Pattern servers) throws IOException {
    Path libraries = Files.createDirectories(directory.resolve("WEB-INF/lib"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path jar = Path.of(entry);
      String name = jar.getFileName().toString();
      if (name.endsWith(".jar") && !servers.matcher(name).lookingAt()) {
        Files.createLink(libraries.resolve(name), jar);
      }
    }
    Files.writeString(
        directory.resolve("WEB-INF/web.xml"),
        """
        <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
          %s
        </web-app>
        """
            .formatted(webXml));
  }

  /** Returns the declaration of a filter that is mapped to everything. */
  public static String filter(String type) {
    return """
        <filter>
          <filter-name>limits</filter-name>
          <filter-class>%s</filter-class>
          <async-supported>true</async-supported>
        </filter>
        <filter-mapping>
          <filter-name>limits</filter-name>
          <url-pattern>/*</url-pattern>
          %s
        </filter-mapping>
        """
        .formatted(
            type,
            String.join(
                "\n",
                List.of("REQUEST", "FORWARD", "ASYNC", "ERROR").stream()
                    .map(dispatch -> "<dispatcher>" + dispatch + "</dispatcher>")
                    .toList()));
  }

  /** Returns the declaration of a listener. */
  public static String listener(Class<?> type) {
    return "<listener><listener-class>%s</listener-class></listener>".formatted(type.getName());
  }
}
