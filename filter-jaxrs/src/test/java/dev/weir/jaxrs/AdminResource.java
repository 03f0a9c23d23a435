package dev.weir.jaxrs;

import dev.weir.account.Accounts;
import dev.weir.credit.Credits;
import jakarta.ws.rs.Path;
import org.jspecify.annotations.Nullable;

/** The administration as an application has it. */
@Path("/admin")
public final class AdminResource extends Administration {

  AdminResource(Accounts accounts, @Nullable Credits credits, Guard guard) {
    super(accounts, credits, guard);
  }
}
