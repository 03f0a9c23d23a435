package dev.weir.conversations;

import dev.weir.demo.DemoOptions.Adapter;
import dev.weir.plan.Limit;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One member of the cluster, with as many demo servers as are asked for. */
interface Node extends AutoCloseable {

  /**
   * What a demo server serves.
   *
   * @param configuration a profile of the demo, or a configuration file
   * @param ownFile whether it is a file
   * @param adapter what protects it
   */
  record Service(String configuration, boolean ownFile, Adapter adapter) {}

  /** Sets the clock of this member. */
  void setClock(Instant now) throws IOException;

  /**
   * Forgets what has been counted: subjects are others from now on, also to whoever remembers them.
   *
   * @param conversation differs with each conversation, and is the same on all nodes
   */
  void forget(long conversation) throws IOException;

  /** Returns the port of a demo server, which is started if it does not run. */
  int portOf(Service service) throws IOException;

  /**
   * Puts an account into the directory that all demo servers of this node ask.
   *
   * @param limits the account's own limits, or null for those of the plan
   */
  void setAccount(String key, String plan, @Nullable List<Limit> limits) throws IOException;

  @Override
  void close() throws IOException;
}
