package dev.weir;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says how requests to an endpoint are limited: on a JAX-RS application, resource class, resource
 * method or the interface that declares it (the nearest one counts), or on a servlet class.
 *
 * <p>The plan's own limits always apply; what is named here comes on top. A group that no
 * configuration knows, a malformed limit, or a cost that a plan never has room for stops the start.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface RateLimited {

  /** {@return the endpoint group, as in the configuration; empty leaves it to the path patterns} */
  String group() default "";

  /**
   * {@return limits of this endpoint alone, such as {@code "10/second"}; on a class they are shared
   * by all its methods}
   */
  String[] limits() default {};

  /** {@return how many permits a request takes, 1 to 1,000,000; 0 leaves it to the group} */
  long cost() default 0;

  /**
   * {@return how many prepaid credits a request costs, 0 to 1,000,000, under plans that count them;
   * -1 leaves it to the group}
   */
  long credits() default -1;

  /** {@return whether requests pass unjudged and uncounted, even without a key} */
  boolean exempt() default false;
}
