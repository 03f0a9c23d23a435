package dev.weir.servlet;

import jakarta.servlet.ServletContext;
import org.jspecify.annotations.Nullable;

/** The classes an application sees. */
final class ApplicationClasses {

  private ApplicationClasses() {}

  /** Returns a class without initializing it, or null if there is none of this name. */
  static @Nullable Class<?> find(ServletContext context, @Nullable String name) {
    if (name == null) {
      return null;
    }
    ClassLoader loader = context.getClassLoader();
    if (loader == null) { // Jetty, where an embedded context was given none
      loader = ApplicationClasses.class.getClassLoader();
    }
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError absent) {
      return null;
    }
  }
}
