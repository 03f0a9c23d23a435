package dev.weir;

import dev.weir.config.ConfigurationException;
import dev.weir.plan.AccountDirectory;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Finds the directory an application brings without handing it in: as a service, or as a CDI bean.
 */
final class ApplicationDirectory {

  private ApplicationDirectory() {}

  /**
   * Returns the directory, or null if the application brings none.
   *
   * @throws ConfigurationException if it brings several
   */
  static @Nullable AccountDirectory find(ClassLoader classPath) {
    List<AccountDirectory> services =
        ServiceLoader.load(AccountDirectory.class, classPath).stream()
            .map(ServiceLoader.Provider::get)
            .toList();
    if (services.size() > 1) {
      throw new ConfigurationException(
          List.of(
              "one AccountDirectory may be declared as a service, but these are: "
                  + services.stream().map(service -> service.getClass().getName()).toList()));
    }
    return services.isEmpty() ? bean(classPath) : services.get(0);
  }

  /** By reflection: this module stays free of Jakarta APIs, and most applications have no CDI. */
  private static @Nullable AccountDirectory bean(ClassLoader classPath) {
    Object beans;
    Class<?> instance;
    try {
      Class<?> cdi = Class.forName("jakarta.enterprise.inject.spi.CDI", true, classPath);
      instance = Class.forName("jakarta.enterprise.inject.Instance", true, classPath);
      Object container = cdi.getMethod("current").invoke(null);
      beans =
          instance
              .getMethod("select", Class.class, Annotation[].class)
              .invoke(container, AccountDirectory.class, new Annotation[0]);
    } catch (ReflectiveOperationException | LinkageError noCdi) {
      return null;
    }
    try {
      if ((boolean) instance.getMethod("isAmbiguous").invoke(beans)) {
        throw new ConfigurationException(
            List.of("one CDI bean may be an AccountDirectory, but there are several"));
      }
      return (boolean) instance.getMethod("isUnsatisfied").invoke(beans)
          ? null
          : (AccountDirectory) instance.getMethod("get").invoke(beans);
    } catch (InvocationTargetException fault) {
      throw new ConfigurationException(
          List.of("the CDI bean that is an AccountDirectory failed: " + fault.getCause()));
    } catch (ReflectiveOperationException impossible) {
      throw new LinkageError("these methods are part of CDI", impossible);
    }
  }
}
