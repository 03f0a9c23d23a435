package dev.weir.demo;

import dev.weir.Weir;
import dev.weir.jaxrs.Administration;
import dev.weir.jaxrs.Guard;
import jakarta.ws.rs.Path;

/** Where keys and credits are changed. */
@Path("/admin")
final class Admin extends Administration {

  Admin(Weir weir) {
    super(weir.accounts(), weir.credits(), Guard.bearer("demo-admin"));
  }
}
