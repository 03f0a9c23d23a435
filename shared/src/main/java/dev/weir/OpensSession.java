package dev.weir;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A JAX-RS resource method that creates a session: a request takes one of the caller's session
 * slots before it runs, and keeps it if it succeeds (contract K9). How many there are say {@code
 * sessions} of plan and key in the configuration; for how long an unused session keeps its slot,
 * {@code sessions: {grace: ...}}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface OpensSession {

  /**
   * {@return where the id of the session stands: in the response, {@code location} (the last
   * segment of that header), {@code header NAME} or {@code json $.id}; or, if the client names the
   * session, {@code path NAME} or {@code query NAME} in the request}
   */
  String id() default "location";
}
