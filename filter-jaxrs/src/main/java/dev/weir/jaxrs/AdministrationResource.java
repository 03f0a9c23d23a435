package dev.weir.jaxrs;

import dev.weir.account.Accounts;
import dev.weir.credit.Credits;
import jakarta.ws.rs.Path;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Administration} under {@code /admin}: an application registers an instance, among its
 * singletons or with {@code register}. (Jersey then logs of every such resource that it ignores it
 * as a provider; it serves it all the same.)
 */
@Path("/admin")
public final class AdministrationResource extends Administration {

  private AdministrationResource(Accounts accounts, @Nullable Credits credits, Guard guard) {
    super(accounts, credits, guard);
  }

  /**
   * Creates the resource.
   *
   * @param accounts what is administered
   * @param credits null if the application keeps none; requests about them are answered with 404
   * @param guard who may use it, such as {@link Guard#bearer}
   * @return the resource
   */
  public static AdministrationResource of(
      Accounts accounts, @Nullable Credits credits, Guard guard) {
    return new AdministrationResource(accounts, credits, guard);
  }
}
