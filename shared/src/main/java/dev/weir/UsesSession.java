package dev.weir;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A JAX-RS resource method that uses a session: the session keeps its slot for the grace time from
 * then on, unless the answer is 404 or 410 (contract K9).
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface UsesSession {

  /**
   * {@return where the id of the session stands in the request: {@code path NAME}, for the path
   * parameter of that name, {@code query NAME} or {@code header NAME}}
   */
  String id() default "path id";
}
