package dev.weir.benchmarks.http;

import dev.weir.benchmarks.http.Driver.Drive;
import dev.weir.benchmarks.lab.Jvm;
import dev.weir.benchmarks.lab.Options;
import dev.weir.benchmarks.lab.Report;
import dev.weir.benchmarks.lab.Spread;
import dev.weir.benchmarks.lab.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Measures requests. The servers of one kind run side by side, each in a JVM of its own and, where
 * it counts over a cluster, with a second member; they are driven in turn, every second round
 * backwards. Ratios are taken within a round.
 */
public final class HttpLoad {

  private static final int ROUNDS = 5;

  private static final Duration WARM_UP = Duration.ofSeconds(15);

  /**
   * So often at most is warmed up. What a server does not do for every request takes minutes until
   * it is compiled, and that would be measured with the requests.
   */
  private static final int MOST_WARM_UPS = 12;

  /** How many sets of keys with few requests are for the warm-up. */
  private static final int WARM_UP_SETS = 3;

  private static final List<String> JVM = List.of("-Xms512m", "-Xmx512m");

  /** How long a window lasts. */
  private static final long MINUTE_MILLIS = 60_000;

  /**
   * What was measured of one server in one round.
   *
   * @param rate requests per second
   * @param cpuNanos processor time per request, of all members
   * @param refused share of refusals
   */
  private record Measurement(double rate, double cpuNanos, double refused) {}

  /** A server that runs. */
  private record Running(Jvm jvm, int port) {}

  private final Options options;
  private final Driver driver;
  private final Consumer<String> progress;
  private final int keys;
  private final int rounds;
  private final int floods;
  private final List<Guard.Kind> kinds;
  private final Map<Server, Map<Guard.Kind, List<Measurement>>> far = new LinkedHashMap<>();
  private final Map<Server, Map<Guard.Kind, List<Measurement>>> few = new LinkedHashMap<>();

  /** How many sets of keys with few requests have been used. */
  private int usedSets = WARM_UP_SETS;

  private HttpLoad(Options options, Driver driver, Consumer<String> progress) {
    this.options = options;
    this.driver = driver;
    this.progress = progress;
    this.keys = options.isShort() ? 5 : 1000;
    this.rounds = options.roundsOr(ROUNDS);
    this.floods = options.isShort() ? 1 : (rounds + 1) / 2;
    this.kinds =
        Arrays.stream(Guard.Kind.values())
            .filter(kind -> options.wantsSubject(kind.label()))
            .toList();
  }

  /**
   * Makes all measurements.
   *
   * @param progress is told what is done next
   * @throws IllegalStateException if there is no wrk, which only the shortest form can do without
   */
  public static Report run(Options options, Consumer<String> progress) {
    Driver driver = Wrk.find();
    if (driver == null) {
      if (!options.isShort()) {
        throw new IllegalStateException(
            "wrk, which makes the requests, is not installed: apt-get install wrk");
      }
      driver = new PlainDriver();
    }
    return new HttpLoad(options, driver, progress).run();
  }

  private Report run() {
    List<Server> servers =
        Arrays.stream(Server.values()).filter(server -> options.wantsLoad(server.label())).toList();
    if (options.isShort()) {
      runInOne(servers);
    } else {
      servers.forEach(this::run);
    }
    return report(servers);
  }

  private void run(Server server) {
    progress.accept("starting " + server.label());
    Map<Guard.Kind, Running> running = new EnumMap<>(Guard.Kind.class);
    try {
      for (Guard.Kind kind : kinds) {
        Jvm jvm = start(JVM, List.of(server.name() + "-" + kind.name()));
        running.put(kind, new Running(jvm, 0));
        running.put(kind, new Running(jvm, Integer.parseInt(jvm.await())));
      }
      running.forEach((kind, place) -> warmUp(kind, place.port()));
      warmUpUntilCompiled(server, running);
      measure(server, running);
    } finally {
      running.values().forEach(place -> place.jvm().close());
    }
  }

  /** On every path that is measured: a filter that has hardly made a call is slow at it. */
  private void warmUp(Guard.Kind kind, int port) {
    driver.drive(port, Keys.FAR, keys, WARM_UP, 0);
    if (kind.isLimiting()) {
      for (int set = 1; set <= WARM_UP_SETS; set++) {
        driver.drive(port, Keys.few(set), keys, WARM_UP, keys * Keys.FEW_PERMITS);
      }
    }
  }

  /** In turn, with pauses, as they are measured. */
  private void warmUpUntilCompiled(Server server, Map<Guard.Kind, Running> running) {
    Map<Guard.Kind, Running> cold = new EnumMap<>(running);
    for (int i = 1; i <= MOST_WARM_UPS && !cold.isEmpty(); i++) {
      progress.accept("%s, still compiling: %s".formatted(server.label(), cold.keySet()));
      cold.values()
          .removeIf(
              place -> {
                long before = ask(place, ServerMain.COMPILED);
                driver.drive(place.port(), Keys.FAR, keys, WARM_UP, 0);
                long compiled = ask(place, ServerMain.COMPILED) - before;
                return Jvm.isWarm(compiled, WARM_UP.toMillis());
              });
    }
  }

  private static long ask(Running place, String order) {
    return Long.parseLong(place.jvm().ask(order));
  }

  /** All servers in one JVM. */
  private void runInOne(List<Server> servers) {
    List<String> names = new ArrayList<>();
    for (Server server : servers) {
      kinds.forEach(kind -> names.add(server.name() + "-" + kind.name()));
    }
    try (Jvm jvm = start(Jvm.QUICK, names)) {
      String[] ports = jvm.await().split(" ", -1);
      int next = 0;
      for (Server server : servers) {
        Map<Guard.Kind, Running> running = new EnumMap<>(Guard.Kind.class);
        for (Guard.Kind kind : kinds) {
          running.put(kind, new Running(jvm, Integer.parseInt(ports[next++])));
        }
        measure(server, running);
      }
    }
  }

  private Jvm start(List<String> jvm, List<String> servers) {
    List<String> arguments = new ArrayList<>();
    arguments.add(Integer.toString(keys));
    arguments.add(Integer.toString(WARM_UP_SETS + floods * Server.values().length));
    arguments.addAll(servers);
    return Jvm.start("server", jvm, ServerMain.class, arguments.toArray(String[]::new));
  }

  private void measure(Server server, Map<Guard.Kind, Running> running) {
    Map<Guard.Kind, List<Measurement>> farRows = rows(far, server, kinds);
    Duration length = options.isShort() ? Duration.ofSeconds(1) : Duration.ofSeconds(10);
    for (int round = 1; round <= rounds; round++) {
      progress.accept("%s, round %d of %d".formatted(server.label(), round, rounds));
      for (Guard.Kind kind : turns(kinds, round)) {
        long requests = options.isShort() ? 50L : 0L;
        add(farRows, kind, measure(running, kind, Keys.FAR, length, requests));
      }
    }
    List<Guard.Kind> limiting = kinds.stream().filter(Guard.Kind::isLimiting).toList();
    Map<Guard.Kind, List<Measurement>> fewRows = rows(few, server, limiting);
    long requests = 2L * keys * Keys.FEW_PERMITS; // half of which a limit refuses
    for (int round = 1; round <= floods; round++) {
      progress.accept("%s, flood %d of %d".formatted(server.label(), round, floods));
      String fresh = Keys.few(++usedSets);
      for (Guard.Kind kind : turns(limiting, round)) {
        double expectedRate = median(farRows.getOrDefault(kind, List.of()), Measurement::rate);
        awaitWindow((long) (1500 * requests / expectedRate));
        Duration most = Duration.ofMillis(MINUTE_MILLIS - 1000);
        add(fewRows, kind, measure(running, kind, fresh, most, requests));
      }
    }
  }

  private static Map<Guard.Kind, List<Measurement>> rows(
      Map<Server, Map<Guard.Kind, List<Measurement>>> tables,
      Server server,
      List<Guard.Kind> kinds) {
    Map<Guard.Kind, List<Measurement>> rows = new EnumMap<>(Guard.Kind.class);
    kinds.forEach(kind -> rows.put(kind, new ArrayList<>()));
    tables.put(server, rows);
    return rows;
  }

  private static void add(
      Map<Guard.Kind, List<Measurement>> rows, Guard.Kind kind, Measurement measurement) {
    rows.computeIfAbsent(kind, absent -> new ArrayList<>()).add(measurement);
  }

  private static List<Guard.Kind> turns(List<Guard.Kind> kinds, int round) {
    List<Guard.Kind> turns = new ArrayList<>(kinds);
    if (round % 2 == 0) {
      Collections.reverse(turns);
    }
    return turns;
  }

  private Measurement measure(
      Map<Guard.Kind, Running> running,
      Guard.Kind kind,
      String prefix,
      Duration length,
      long requests) {
    Running place = running.get(kind);
    if (place == null) {
      throw new IllegalStateException(kind + " does not run");
    }
    long before = ask(place, ServerMain.CPU);
    Drive drive = driver.drive(place.port(), prefix, keys, length, requests);
    long after = ask(place, ServerMain.CPU);
    return new Measurement(
        drive.rate(),
        (double) (after - before) / drive.requests(),
        (double) drive.refused() / drive.requests());
  }

  /** Waits for a window with so much left of it. */
  private static void awaitWindow(long neededMillis) {
    long left = MINUTE_MILLIS - System.currentTimeMillis() % MINUTE_MILLIS;
    if (left < neededMillis) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(left + 100));
    }
  }

  private Report report(List<Server> servers) {
    Report report = new Report();
    Table farTable =
        new Table(
            "server, filter",
            "requests/s",
            "of all rounds",
            "CPU µs",
            "refused %",
            "throughput to none",
            "CPU to none");
    Table fewTable =
        new Table(
            "server, filter", "requests/s", "of all rounds", "CPU µs", "refused %", "Weir is");
    for (Server server : servers) {
      Map<Guard.Kind, List<Measurement>> rows = far.getOrDefault(server, Map.of());
      rows.forEach(
          (kind, row) ->
              farTable.add(
                  server.label() + ", " + kind.label(),
                  Table.figure(median(row, Measurement::rate)),
                  Table.range(Spread.of(row, Measurement::rate)),
                  Table.figure(median(row, Measurement::cpuNanos) / 1000),
                  Table.figure(100 * median(row, Measurement::refused)),
                  Table.ratio(ratio(rows, kind, Guard.Kind.NONE, Measurement::rate)),
                  Table.ratio(ratio(rows, kind, Guard.Kind.NONE, Measurement::cpuNanos))));
      Map<Guard.Kind, List<Measurement>> floodRows = few.getOrDefault(server, Map.of());
      floodRows.forEach(
          (kind, row) ->
              fewTable.add(
                  server.label() + ", " + kind.label(),
                  Table.figure(median(row, Measurement::rate)),
                  Table.range(Spread.of(row, Measurement::rate)),
                  Table.figure(median(row, Measurement::cpuNanos) / 1000),
                  Table.figure(100 * median(row, Measurement::refused)),
                  Table.ratio(ratio(floodRows, Guard.Kind.WEIR, kind, Measurement::rate))));
      if (server != Server.JERSEY) {
        report.target(
            server.label() + ": throughput over no filter",
            "0.97",
            ratio(rows, Guard.Kind.WEIR, Guard.Kind.NONE, Measurement::rate),
            times -> times >= 0.97);
        report.target(
            server.label() + ": CPU over no filter",
            "<= 1.10",
            ratio(rows, Guard.Kind.WEIR, Guard.Kind.NONE, Measurement::cpuNanos),
            times -> times <= 1.10);
      }
      report.target(
          server.label() + ", half refused: throughput over bucket4j",
          "3",
          ratio(floodRows, Guard.Kind.WEIR, Guard.Kind.BUCKET4J, Measurement::rate),
          times -> times >= 3);
    }
    report.add("%,d keys, limits out of reach".formatted(keys), farTable);
    report.add(
        "%,d keys, %d per minute each, until half are refused".formatted(keys, Keys.FEW_PERMITS),
        fewTable);
    report.note(Report.conditions());
    report.note(
        "%d rounds, %d of the second table; medians, least to greatest; one answer is 'hello'; %s."
            .formatted(
                rounds,
                floods,
                driver instanceof Wrk
                    ? "wrk with 1 thread and 32 connections"
                    : "one request at a time, for want of wrk"));
    if (options.isShort()) {
      report.note("A short run, all servers in one JVM and hardly warm: no word about speed.");
    }
    return report;
  }

  private static double median(List<Measurement> row, ToDoubleFunction<Measurement> figure) {
    return Spread.of(row, figure).median();
  }

  /** Returns the figure of one over that of another, round by round, at the median. */
  private static double ratio(
      Map<Guard.Kind, List<Measurement>> rows,
      Guard.Kind one,
      Guard.Kind other,
      ToDoubleFunction<Measurement> figure) {
    List<Measurement> ones = rows.getOrDefault(one, List.of());
    List<Measurement> others = rows.getOrDefault(other, List.of());
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < Math.min(ones.size(), others.size()); i++) {
      ratios.add(figure.applyAsDouble(ones.get(i)) / figure.applyAsDouble(others.get(i)));
    }
    return Spread.of(ratios, Double::doubleValue).median();
  }
}
