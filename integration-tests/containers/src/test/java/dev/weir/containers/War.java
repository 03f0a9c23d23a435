package dev.weir.containers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * A web application in a directory, with its classes and libraries inside.
 *
 * @param directory what would be the root of the archive
 */
record War(Path directory) {

  /** Creates an application with a servlet at {@code /ok}, and what a project with Weir ships. */
  static War create(Path directory) throws Exception {
    War war = new War(directory);
    war.put("WEB-INF/web.xml", webXml(""));
    for (Class<?> library :
        List.of(
            dev.weir.Weir.class,
            dev.weir.servlet.RateLimitFilter.class,
            com.github.benmanes.caffeine.cache.Caffeine.class,
            org.snakeyaml.engine.v2.api.Load.class,
            com.fasterxml.jackson.core.JsonFactory.class)) {
      war.putLibrary(library);
    }
    return war;
  }

  static String webXml(String content) {
    return """
        <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
          %s
          <servlet>
            <servlet-name>ok</servlet-name>
            <servlet-class>dev.weir.containers.war.OkServlet</servlet-class>
            <async-supported>true</async-supported>
          </servlet>
          <servlet-mapping>
            <servlet-name>ok</servlet-name>
            <url-pattern>/ok</url-pattern>
            <url-pattern>/api/ok</url-pattern>
          </servlet-mapping>
        </web-app>
        """
        .formatted(content);
  }

  War put(String path, String text) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return this;
  }

  /** Copies a class of these tests into the application. */
  War putClass(Class<?> type) throws IOException {
    String name = type.getName().replace('.', '/') + ".class";
    Path file = directory.resolve("WEB-INF/classes/" + name);
    Files.createDirectories(file.getParent());
    try (InputStream in = type.getClassLoader().getResourceAsStream(name)) {
      Files.copy(in, file);
    }
    return this;
  }

  /** Adds the Hazelcast that counts, where it does not do so in memory. */
  War putHazelcast() throws Exception {
    putLibrary(com.hazelcast.core.Hazelcast.class);
    return this;
  }

  /** In a build up to the tests, Weir's own classes are no jar yet. */
  private void putLibrary(Class<?> type) throws IOException, URISyntaxException {
    Path origin = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path libraries = Files.createDirectories(directory.resolve("WEB-INF/lib"));
    Path jar = libraries.resolve(type.getSimpleName() + ".jar");
    if (Files.isRegularFile(origin)) {
      Files.copy(origin, jar);
      return;
    }
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out);
        Stream<Path> files = Files.walk(origin)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        entries.putNextEntry(new JarEntry(origin.relativize(file).toString().replace('\\', '/')));
        Files.copy(file, entries);
      }
    }
  }
}
