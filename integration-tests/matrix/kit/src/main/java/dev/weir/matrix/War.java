package dev.weir.matrix;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** A web application in a directory, with all its libraries inside, as a project ships it. */
public final class War {

  private War() {}

  /**
   * Writes an application. It has no Hazelcast: here it counts in memory, and servers search their
   * applications' libraries at each start, of which that is by far the largest.
   *
   * @param directory what would be the root of the archive
   * @param webXml what stands in its web.xml
   * @param servers the names of the jars that belong to the server, and do not go into it
   * @param classes the application's own, from the tests
   */
  public static void write(Path directory, String webXml, Pattern servers, Class<?>... classes)
      throws IOException {
    Path libraries = Files.createDirectories(directory.resolve("WEB-INF/lib"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path jar = Path.of(entry);
      String name = jar.getFileName().toString();
      if (name.endsWith(".jar")
          && !name.startsWith("hazelcast-")
          && !servers.matcher(name).lookingAt()) {
        link(libraries.resolve(name), jar);
      }
    }
    for (Class<?> type : classes) {
      String name = type.getName().replace('.', '/') + ".class";
      Path file = directory.resolve("WEB-INF/classes/" + name);
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      try (InputStream in = type.getClassLoader().getResourceAsStream(name)) {
        Files.copy(Objects.requireNonNull(in, name), file);
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

  /** A hard one: servers take care not to follow symbolic ones. */
  private static void link(Path link, Path jar) throws IOException {
    try {
      Files.createLink(link, jar);
    } catch (FileSystemException | UnsupportedOperationException elsewhere) {
      Files.copy(jar, link);
    }
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

  /** Returns the declaration of Jersey, which serves an application at every path. */
  public static String jersey(Class<?> application) {
    return """
        <servlet>
          <servlet-name>jersey</servlet-name>
          <servlet-class>org.glassfish.jersey.servlet.ServletContainer</servlet-class>
          <init-param>
            <param-name>jakarta.ws.rs.Application</param-name>
            <param-value>%s</param-value>
          </init-param>
          <async-supported>true</async-supported>
        </servlet>
        <servlet-mapping>
          <servlet-name>jersey</servlet-name>
          <url-pattern>/*</url-pattern>
        </servlet-mapping>
        """
        .formatted(application.getName());
  }

  /** Returns the declaration of a listener. */
  public static String listener(Class<?> type) {
    return "<listener><listener-class>%s</listener-class></listener>".formatted(type.getName());
  }
}
