package dev.weir.websocket;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a class fills in for the type parameter of an interface. */
final class TypeArguments {

  private TypeArguments() {}

  /** Returns the argument of an interface with one parameter, or null if that cannot be told. */
  static @Nullable Class<?> of(Class<?> type, Class<?> wanted) {
    return find(type, wanted, Map.of());
  }

  private static @Nullable Class<?> find(
      @Nullable Type type, Class<?> wanted, Map<TypeVariable<?>, Type> known) {
    if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
      Type[] arguments = generic.getActualTypeArguments();
      if (raw == wanted) {
        return classOf(arguments[0], known);
      }
      Map<TypeVariable<?>, Type> more = new HashMap<>();
      for (int i = 0; i < arguments.length; i++) {
        Type argument = arguments[i];
        more.put(
            raw.getTypeParameters()[i],
            argument instanceof TypeVariable<?> variable
                ? known.getOrDefault(variable, argument)
                : argument);
      }
      return findAbove(raw, wanted, more);
    }
    return type instanceof Class<?> raw ? findAbove(raw, wanted, Map.of()) : null;
  }

  private static @Nullable Class<?> findAbove(
      Class<?> raw, Class<?> wanted, Map<TypeVariable<?>, Type> known) {
    for (Type above : raw.getGenericInterfaces()) {
      Class<?> found = find(above, wanted, known);
      if (found != null) {
        return found;
      }
    }
    return find(raw.getGenericSuperclass(), wanted, known);
  }

  private static @Nullable Class<?> classOf(Type argument, Map<TypeVariable<?>, Type> known) {
    if (argument instanceof Class<?> found) {
      return found;
    }
    if (argument instanceof ParameterizedType generic) {
      return classOf(generic.getRawType(), known);
    }
    if (argument instanceof GenericArrayType array) {
      Class<?> component = classOf(array.getGenericComponentType(), known);
      return component == null ? null : component.arrayType();
    }
    Type filled = argument instanceof TypeVariable<?> variable ? known.get(variable) : null;
    return filled == null || filled.equals(argument) ? null : classOf(filled, known);
  }
}
