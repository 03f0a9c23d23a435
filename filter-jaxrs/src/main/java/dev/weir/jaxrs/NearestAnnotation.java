package dev.weir.jaxrs;

import dev.weir.RateLimited;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The {@link RateLimited} that counts for a resource method: the one nearest to it.
 *
 * <p>Methods come before types: first the method itself, then those it overrides in superclasses,
 * then those it implements; after them the resource class, its superclasses and its interfaces; at
 * last the application. Superclasses come before interfaces, as for the annotations of Jakarta REST
 * (section 3.6 of its specification).
 *
 * @param annotation the annotation
 * @param where the class it stands on, or {@code class#method}. An annotation's own limits are
 *     counted under this name, so whatever shares an annotation shares its limits
 */
record NearestAnnotation(RateLimited annotation, String where) {

  /** Returns the nearest annotation, or null if there is none. */
  static @Nullable NearestAnnotation of(
      Class<?> resource, Method method, @Nullable Class<?> application) {
    Set<Class<?>> types = lineage(resource);
    for (Method declaration : allDeclarations(types, method)) {
      RateLimited annotation = declaration.getDeclaredAnnotation(RateLimited.class);
      if (annotation != null) {
        return new NearestAnnotation(annotation, name(declaration));
      }
    }
    NearestAnnotation onType = onType(types);
    return onType != null || application == null ? onType : of(application);
  }

  /** Returns a resource method, then those it overrides, then those it implements. */
  static Set<Method> allDeclarations(Class<?> resource, Method method) {
    return allDeclarations(lineage(resource), method);
  }

  private static Set<Method> allDeclarations(Set<Class<?>> types, Method method) {
    Set<Method> methods = new LinkedHashSet<>(List.of(method));
    types.forEach(type -> methods.addAll(declarations(type, method)));
    return methods;
  }

  /** Returns the annotation of an application, or null if it has none. */
  static @Nullable NearestAnnotation of(Class<?> application) {
    return onType(lineage(application));
  }

  private static @Nullable NearestAnnotation onType(Set<Class<?>> types) {
    for (Class<?> type : types) {
      RateLimited annotation = type.getDeclaredAnnotation(RateLimited.class);
      if (annotation != null) {
        return new NearestAnnotation(annotation, type.getName());
      }
    }
    return null;
  }

  /** Returns a class, its superclasses, then the interfaces of all of them, nearest first. */
  private static Set<Class<?>> lineage(Class<?> type) {
    Set<Class<?>> lineage = new LinkedHashSet<>();
    for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
      lineage.add(at);
    }
    List<Class<?>> open = new ArrayList<>(lineage);
    for (int i = 0; i < open.size(); i++) {
      for (Class<?> parent : open.get(i).getInterfaces()) {
        if (lineage.add(parent)) {
          open.add(parent);
        }
      }
    }
    return lineage;
  }

  /** Returns what a type declares that the method is, overrides or implements. */
  private static List<Method> declarations(Class<?> type, Method method) {
    List<Method> exact = new ArrayList<>();
    List<Method> generic = new ArrayList<>();
    for (Method candidate : type.getDeclaredMethods()) {
      if (!candidate.isBridge()
          && (candidate.getModifiers() & (Modifier.STATIC | Modifier.PRIVATE)) == 0
          && candidate.getName().equals(method.getName())
          && candidate.getParameterCount() == method.getParameterCount()) {
        if (Arrays.equals(candidate.getParameterTypes(), method.getParameterTypes())) {
          exact.add(candidate);
        } else if (isGenericFormOf(candidate, method)) {
          generic.add(candidate);
        }
      }
    }
    return exact.isEmpty() ? generic : exact;
  }

  /**
   * Whether the parameters agree if type variables stand for whatever fits: {@code put(T)} for
   * {@code put(Order)}. Implementations of Jakarta REST compare no closer than this.
   */
  private static boolean isGenericFormOf(Method candidate, Method method) {
    Type[] declared = candidate.getGenericParameterTypes();
    Class<?>[] erased = candidate.getParameterTypes();
    Class<?>[] actual = method.getParameterTypes();
    for (int i = 0; i < actual.length; i++) {
      boolean variable = !(declared[i] instanceof Class);
      if (!erased[i].equals(actual[i]) && !(variable && erased[i].isAssignableFrom(actual[i]))) {
        return false;
      }
    }
    return true;
  }

  /** Names a method; with its parameters only where the class has several of that name. */
  static String name(Method method) {
    Class<?> type = method.getDeclaringClass();
    long namesakes =
        Arrays.stream(type.getDeclaredMethods())
            .filter(other -> !other.isBridge() && other.getName().equals(method.getName()))
            .count();
    String name = type.getName() + "#" + method.getName();
    return namesakes == 1
        ? name
        : Arrays.stream(method.getParameterTypes())
            .map(Class::getSimpleName)
            .collect(Collectors.joining(",", name + "(", ")"));
  }
}
