package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.config.ConfigurationException;
import dev.weir.key.ApiKey;
import dev.weir.plan.Account;
import dev.weir.plan.AccountDirectory;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplicationDirectoryTest {

  public static class First implements AccountDirectory {
    @Override
    public Account find(ApiKey key) {
      return Account.of("first");
    }
  }

  public static class Second implements AccountDirectory {
    @Override
    public Account find(ApiKey key) {
      return Account.of("second");
    }
  }

  @Test
  void an_application_without_a_directory_has_none() {
    assertThat(ApplicationDirectory.find(getClass().getClassLoader())).isNull();
  }

  @Test
  void a_service_is_found(@TempDir Path classPath) throws IOException {
    try (URLClassLoader application = declaring(classPath, First.class)) {
      assertThat(ApplicationDirectory.find(application)).isInstanceOf(First.class);
    }
  }

  @Test
  void two_services_are_refused_by_name(@TempDir Path classPath) throws IOException {
    try (URLClassLoader application = declaring(classPath, First.class, Second.class)) {
      assertThatThrownBy(() -> ApplicationDirectory.find(application))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("one AccountDirectory may be declared as a service")
          .hasMessageContaining("First")
          .hasMessageContaining("Second");
    }
  }

  @Test
  void a_cdi_bean_is_found_where_there_is_cdi() {
    try (WeldContainer container = container(First.class)) {
      assertThat(container.isRunning()).isTrue();
      AccountDirectory found = ApplicationDirectory.find(getClass().getClassLoader());
      assertThat(found.find(ApiKey.parse("k")).plan()).isEqualTo("first");
    }
  }

  @Test
  void cdi_without_such_a_bean_is_no_mistake_and_two_are_one() {
    try (WeldContainer container = container(String.class)) {
      assertThat(container.isRunning()).isTrue();
      assertThat(ApplicationDirectory.find(getClass().getClassLoader())).isNull();
    }
    try (WeldContainer container = container(First.class, Second.class)) {
      assertThat(container.isRunning()).isTrue();
      assertThatThrownBy(() -> ApplicationDirectory.find(getClass().getClassLoader()))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("there are several");
    }
  }

  private static WeldContainer container(Class<?>... beans) {
    return new Weld().disableDiscovery().beanClasses(beans).initialize();
  }

  private static URLClassLoader declaring(Path classPath, Class<?>... services) throws IOException {
    Path file = classPath.resolve("META-INF/services/" + AccountDirectory.class.getName());
    Files.createDirectories(file.getParent());
    StringBuilder names = new StringBuilder();
    for (Class<?> service : services) {
      names.append(service.getName()).append('\n');
    }
    Files.writeString(file, names);
    return new URLClassLoader(
        new URL[] {classPath.toUri().toURL()}, ApplicationDirectoryTest.class.getClassLoader());
  }
}
