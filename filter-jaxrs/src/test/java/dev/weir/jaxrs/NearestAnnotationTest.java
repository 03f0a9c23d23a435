package dev.weir.jaxrs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.RateLimited;
import jakarta.ws.rs.core.Application;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NearestAnnotationTest {

  private static final String HERE = NearestAnnotationTest.class.getName() + "$";

  @RateLimited(group = "application")
  static class Limited extends Application {}

  @RateLimited(group = "contract")
  interface Contract {

    @RateLimited(group = "contract-method")
    void inContract();

    void bare();
  }

  @RateLimited(group = "base")
  static class Base {

    @RateLimited(group = "base-method")
    public void inBase() {}

    @RateLimited(group = "base-inherited")
    public void inherited() {}

    @RateLimited(group = "base-static")
    static void hidden() {}

    @RateLimited(group = "base-private")
    @SuppressWarnings("UnusedMethod")
    private void secret() {}
  }

  @RateLimited(group = "class")
  static class Resource extends Base implements Contract {

    @RateLimited(group = "method")
    public void own() {}

    @Override
    public void inBase() {}

    @Override
    public void inContract() {}

    @Override
    public void bare() {}

    static void hidden() {}

    public void secret() {}

    public void get() {}

    @RateLimited(group = "get-by-id")
    public void get(String id, int[] versions) {}
  }

  static class Bare extends Base implements Contract {

    @Override
    public void inContract() {}

    @Override
    public void bare() {}
  }

  static class OnlyContract implements Contract {

    @Override
    public void inContract() {}

    @Override
    public void bare() {}
  }

  static class Nothing {

    public void own() {}
  }

  interface Store<T> {

    @RateLimited(group = "generic-put")
    void put(String id, T value);

    @RateLimited(group = "generic-all")
    void putAll(List<? extends T> values);
  }

  static class Orders implements Store<Integer> {

    @Override
    public void put(String id, Integer value) {}

    @Override
    public void putAll(List<? extends Integer> values) {}

    public void put(Integer id, Integer value) {}
  }

  /** As proxies for injection look: a generated subclass that overrides everything. */
  static class ResourceProxy extends Resource {

    @Override
    public void own() {}

    @Override
    public void bare() {}
  }

  @Test
  void the_method_itself_comes_first() {
    assertThat(of(Resource.class, "own", Limited.class))
        .isEqualTo("method at " + HERE + "Resource#own");
  }

  @Test
  void a_method_that_it_overrides_or_implements_comes_before_its_class() {
    assertThat(of(Resource.class, "inBase", Limited.class))
        .isEqualTo("base-method at " + HERE + "Base#inBase");
    assertThat(of(Resource.class, "inContract", Limited.class))
        .isEqualTo("contract-method at " + HERE + "Contract#inContract");
  }

  @Test
  void an_inherited_method_brings_its_annotation_along() {
    assertThat(of(Resource.class, "inherited", Limited.class))
        .isEqualTo("base-inherited at " + HERE + "Base#inherited");
  }

  @Test
  void the_class_comes_before_its_superclass_and_that_before_interfaces() {
    assertThat(of(Resource.class, "bare", Limited.class))
        .isEqualTo("class at " + HERE + "Resource");
    assertThat(of(Bare.class, "bare", Limited.class)).isEqualTo("base at " + HERE + "Base");
    assertThat(of(OnlyContract.class, "bare", Limited.class))
        .isEqualTo("contract at " + HERE + "Contract");
  }

  @Test
  void the_application_comes_last() {
    assertThat(of(Nothing.class, "own", Limited.class))
        .isEqualTo("application at " + HERE + "Limited");
    assertThat(of(Nothing.class, "own", new Limited() {}.getClass()))
        .isEqualTo("application at " + HERE + "Limited");
    assertThat(of(Nothing.class, "own", Application.class)).isNull();
    assertThat(of(Nothing.class, "own", null)).isNull();
  }

  @Test
  void methods_that_only_share_a_name_are_not_overridden() {
    assertThat(of(Resource.class, "hidden", null)).isEqualTo("class at " + HERE + "Resource");
    assertThat(of(Resource.class, "secret", null)).isEqualTo("class at " + HERE + "Resource");
    assertThat(of(Resource.class, "get", null)).isEqualTo("class at " + HERE + "Resource");
  }

  @Test
  void an_overloaded_method_is_named_with_its_parameters() throws NoSuchMethodException {
    Method method = Resource.class.getMethod("get", String.class, int[].class);

    assertThat(NearestAnnotation.of(Resource.class, method, null).where())
        .isEqualTo(HERE + "Resource#get(String,int[])");
  }

  @Test
  void type_variables_stand_for_what_fits() throws NoSuchMethodException {
    assertThat(group(Orders.class, Orders.class.getMethod("put", String.class, Integer.class)))
        .isEqualTo("generic-put");
    assertThat(group(Orders.class, Orders.class.getMethod("putAll", List.class)))
        .isEqualTo("generic-all");
    assertThat(group(Orders.class, Orders.class.getMethod("put", Integer.class, Integer.class)))
        .isNull();
  }

  @Test
  void a_proxy_is_seen_through() {
    assertThat(of(ResourceProxy.class, "own", null))
        .isEqualTo("method at " + HERE + "Resource#own");
    assertThat(of(ResourceProxy.class, "bare", null)).isEqualTo("class at " + HERE + "Resource");
  }

  /** Returns {@code GROUP at PLACE}. */
  private static @Nullable String of(
      Class<?> resource, String method, @Nullable Class<?> application) {
    NearestAnnotation nearest =
        NearestAnnotation.of(resource, method(resource, method), application);
    return nearest == null ? null : nearest.annotation().group() + " at " + nearest.where();
  }

  private static @Nullable String group(Class<?> resource, Method method) {
    NearestAnnotation nearest = NearestAnnotation.of(resource, method, null);
    return nearest == null ? null : nearest.annotation().group();
  }

  private static Method method(Class<?> type, String name) {
    for (Class<?> at = type; at != null; at = at.getSuperclass()) {
      for (Method method : at.getDeclaredMethods()) {
        if (method.getName().equals(name) && method.getParameterCount() == 0) {
          return method;
        }
      }
    }
    throw new AssertionError(name + " in " + Arrays.toString(type.getDeclaredMethods()));
  }
}
