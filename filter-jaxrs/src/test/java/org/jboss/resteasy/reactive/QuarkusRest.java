package org.jboss.resteasy.reactive;

import jakarta.ws.rs.core.Configuration;
import jakarta.ws.rs.core.FeatureContext;
import java.lang.reflect.Proxy;

/** As much of Quarkus REST as its name. */
public final class QuarkusRest {

  /** Proxies of an interface that is not public are of its package. */
  interface Settings extends Configuration {}

  private QuarkusRest() {}

  /** Returns what a feature is configured with there. */
  public static FeatureContext context() {
    ClassLoader loader = QuarkusRest.class.getClassLoader();
    Object settings =
        Proxy.newProxyInstance(
            loader, new Class<?>[] {Settings.class}, (proxy, method, arguments) -> false);
    return (FeatureContext)
        Proxy.newProxyInstance(
            loader,
            new Class<?>[] {FeatureContext.class},
            (proxy, method, arguments) ->
                method.getName().equals("getConfiguration") ? settings : proxy);
  }
}
