package dev.weir.benchmarks.sockets;

import dev.weir.Weir;
import dev.weir.benchmarks.lab.Options;
import dev.weir.benchmarks.lab.Report;
import dev.weir.benchmarks.lab.Spread;
import dev.weir.benchmarks.lab.Table;
import dev.weir.config.Configuration;
import dev.weir.servlet.RateLimitFilter;
import dev.weir.websocket.RateLimitedEndpoint;
import jakarta.servlet.DispatcherType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.ee10.websocket.servlet.WebSocketUpgradeFilter;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/**
 * How long a message and its answer take, through an annotated endpoint of Jetty as it is and
 * through the same one limited, with counts in a Hazelcast member of the same JVM. The two take
 * turns, a thousand messages each.
 */
public final class SocketLoad {

  static final String KEY = "mine";

  private static final int TURN = 1_000;
  private static final int ROUNDS = 40;
  private static final int WARM_UP = 20;

  private static final double MOST = 1.05;

  private static final String YAML =
      """
      plans: { all: { websocket: { messages: 100000/second, bytes: 64MiB/second } } }
      keys: { mine: { plan: all } }
      """;

  private SocketLoad() {}

  /** What one turn took, in microseconds. */
  private record Turn(double median, double p99) {
    static Turn of(double[] nanos) {
      Arrays.sort(nanos);
      return new Turn(nanos[nanos.length / 2] / 1e3, nanos[nanos.length * 99 / 100] / 1e3);
    }
  }

  /** Makes all turns. */
  public static Report run(Options options, Consumer<String> progress) {
    List<Turn> plain = new ArrayList<>();
    List<Turn> limited = new ArrayList<>();
    try (Weir weir = Weir.builder().configuration(Configuration.parse("weir.yaml", YAML)).build()) {
      Server without = start(null);
      Server with = start(weir);
      try {
        Echo one = new Echo(port(without));
        Echo other = new Echo(port(with));
        int warmUp = options.isShort() ? 0 : WARM_UP;
        for (int round = -warmUp; round < options.roundsOr(ROUNDS); round++) {
          Turn first = Turn.of(one.send(TURN));
          Turn second = Turn.of(other.send(TURN));
          if (round >= 0) {
            plain.add(first);
            limited.add(second);
          }
        }
        progress.accept("sockets done");
        one.close();
        other.close();
      } finally {
        without.stop();
        with.stop();
      }
    } catch (Exception fault) {
      throw new IllegalStateException(fault);
    }
    return report(plain, limited);
  }

  private static Report report(List<Turn> plain, List<Turn> limited) {
    Table table = new Table("endpoint", "median us", "its range", "p99 us");
    double median = Spread.of(plain, Turn::median).median();
    double medianWithWeir = Spread.of(limited, Turn::median).median();
    addRow(table, "as it is", plain);
    addRow(table, "limited", limited);
    Report report = new Report();
    report.add("message and answer, 200 characters, one after the other", table);
    report.target(
        "median of the limited one, in those of the other",
        "at most " + MOST,
        medianWithWeir / median,
        ratio -> ratio <= MOST);
    report.note(Report.conditions());
    return report;
  }

  private static void addRow(Table table, String name, List<Turn> turns) {
    table.add(
        name,
        Table.figure(Spread.of(turns, Turn::median).median()),
        Table.range(Spread.of(turns, Turn::median)),
        Table.figure(Spread.of(turns, Turn::p99).median()));
  }

  private static int port(Server server) {
    return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
  }

  private static Server start(@Nullable Weir weir) throws Exception {
    ServletContextHandler context = new ServletContextHandler("/");
    if (weir != null) {
      context.addFilter(
          new FilterHolder(new RateLimitFilter(weir)), "/*", EnumSet.of(DispatcherType.REQUEST));
    }
    FilterHolder upgrade = new FilterHolder(WebSocketUpgradeFilter.class);
    upgrade.setName(WebSocketUpgradeFilter.class.getName());
    context.addFilter(upgrade, "/*", EnumSet.of(DispatcherType.REQUEST));
    JakartaWebSocketServletContainerInitializer.configure(
        context,
        (unused, container) -> {
          if (weir == null) {
            container.addEndpoint(EchoEndpoint.class);
          } else {
            container.addEndpoint(RateLimitedEndpoint.of(EchoEndpoint.class));
          }
        });
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server, 1, 1);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(context);
    server.start();
    return server;
  }
}
