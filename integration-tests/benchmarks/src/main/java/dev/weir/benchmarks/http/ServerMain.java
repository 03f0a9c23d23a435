package dev.weir.benchmarks.http;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.benchmarks.lab.Cluster;
import dev.weir.benchmarks.lab.Jvm;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Servers in a JVM of their own; what counts over a cluster is one of two members. First says the
 * ports, then answers every order with the processor time of all members so far, in nanoseconds.
 */
final class ServerMain {

  /** Asks for the processor time that all members have used, in nanoseconds. */
  static final String CPU = "cpu";

  /** Asks for how long all members have compiled, in milliseconds. */
  static final String COMPILED = "compiled";

  private ServerMain() {}

  /**
   * Arguments: how many keys there are, how many sets of those with few requests, and then the
   * servers, such as {@code JETTY-WEIR}.
   */
  public static void main(String[] arguments) throws Exception {
    PrintStream answers = Jvm.takeOutput();
    Logger.getLogger("").setLevel(Level.WARNING); // Jersey's and Tomcat's
    int keys = Integer.parseInt(arguments[0]);
    int sets = Integer.parseInt(arguments[1]);
    List<String> names = List.of(arguments).subList(2, arguments.length);
    Cluster cluster =
        names.stream().noneMatch(name -> kind(name).isLimiting())
            ? null
            : Cluster.ofTwo(names.stream().anyMatch(name -> kind(name) == Guard.Kind.WEIR));
    HazelcastInstance instance = cluster == null ? null : cluster.instance();
    List<String> ports = new ArrayList<>();
    for (String name : names) {
      Server server = Server.valueOf(name.substring(0, name.indexOf('-')));
      Guard guard = Guard.open(kind(name), instance, keys, sets);
      ports.add(Integer.toString(server.start(guard)));
    }
    Jvm.serve(
        answers,
        String.join(" ", ports),
        order ->
            Long.toString(
                switch (order) {
                  case CPU -> cluster == null ? Cluster.cpuNanosHere() : cluster.cpuNanos();
                  case COMPILED ->
                      cluster == null ? Jvm.compiledMillis() : cluster.compiledMillis();
                  default -> throw new IllegalArgumentException(order);
                }));
  }

  private static Guard.Kind kind(String name) {
    return Guard.Kind.valueOf(name.substring(name.indexOf('-') + 1));
  }
}
