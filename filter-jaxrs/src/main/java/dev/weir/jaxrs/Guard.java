package dev.weir.jaxrs;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.SecurityContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Says who may use the {@link Administration}. Called once per request, before anything of it is
 * read, from many threads; may block. An exception counts as a bug in the guard: the request is
 * answered with 500, and nothing is done.
 */
@FunctionalInterface
public interface Guard {

  /**
   * {@return whether the caller may}
   *
   * @param headers of the request
   * @param security who the container says is asking
   */
  boolean admits(HttpHeaders headers, SecurityContext security);

  /**
   * {@return the {@code WWW-Authenticate} that a refused caller is answered with, and with 401; or
   * null for 403}
   */
  default @Nullable String challenge() {
    return null;
  }

  /**
   * Admits who sends {@code Authorization: Bearer <token>}.
   *
   * @param token 8 or more letters, digits and {@code -._~+/=}; make it long and random
   * @return the guard
   * @throws IllegalArgumentException if the token is not like that
   */
  static Guard bearer(String token) {
    return new BearerGuard(token);
  }

  /**
   * Admits who is in a role, as the container or a filter of the application says it. That may be
   * by what a browser sends for every site; no other site can make use of it, since bodies must be
   * {@code application/json}.
   *
   * @param role its name, as {@link SecurityContext#isUserInRole} takes it
   * @return the guard
   */
  static Guard role(String role) {
    if (role.isBlank()) {
      throw new IllegalArgumentException("the role of the administration must not be blank");
    }
    return (headers, security) -> security.isUserInRole(role);
  }

  /**
   * Admits everyone: for where something else in front protects the administration. Logs a warning.
   *
   * @return the guard
   */
  static Guard unprotected() {
    LoggerFactory.getLogger(Administration.class)
        .warn(
            "The administration of API keys is unprotected: whoever reaches it can create and"
                + " delete keys");
    return (headers, security) -> true;
  }
}
