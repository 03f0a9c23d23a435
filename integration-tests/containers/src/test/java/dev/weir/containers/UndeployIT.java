package dev.weir.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.containers.war.OkServlet;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What an application with Weir leaves in a server that it is deployed to again and again. */
@ParameterizedClass
@MethodSource("dev.weir.containers.Servers#here")
class UndeployIT {

  private static final int TIMES = 4;

  private static final String YAML =
      """
      plans:
        starter: { limits: [1000000/day] }
      keys:
        known: { plan: starter }
      cluster: { deadline: 10s }
      """;

  @TempDir Path directory;

  private final Servers kind;

  UndeployIT(Servers kind) {
    this.kind = kind;
  }

  /** The member too is a matter of threads, of the class loader and of JMX. */
  @Test
  void redeploying_leaves_no_thread_class_loader_listener_or_member() throws Exception { // I10
    War war =
        War.create(directory)
            .putClass(OkServlet.class)
            .putHazelcast()
            .put("WEB-INF/classes/weir.yaml", YAML);
    Queue<String> leaks = new ConcurrentLinkedQueue<>();
    List<WeakReference<ClassLoader>> applications = deployAgainAndAgain(war, leaks);

    assertThat(leaks).isEmpty();
    assertThat(ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName("*:*"), null))
        .noneMatch(name -> name.getDomain().contains("hazelcast"));
    takeThePlaceOfTheLastRecord();
    await()
        .atMost(Duration.ofSeconds(90)) // longer than threads of pools stay idle
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(Thread.getAllStackTraces().keySet())
                  .extracting(Thread::getName)
                  .noneMatch(name -> name.contains("hz.") || name.contains("weir-"));
              assertThat(applications)
                  .map(WeakReference::get)
                  .filteredOn(Objects::nonNull)
                  .isEmpty();
            });
  }

  /** A method of its own, so that no local variable holds the server, and what that remembers. */
  private List<WeakReference<ClassLoader>> deployAgainAndAgain(War war, Queue<String> leaks)
      throws Exception {
    Handler recorder = recorder(leaks);
    Logger detector = Logger.getLogger("org.apache.catalina.loader");
    detector.addHandler(recorder);
    List<WeakReference<ClassLoader>> applications = new ArrayList<>();
    try (Deployed server = kind.start(war)) {
      for (int i = 0; i < TIMES; i++) {
        useLeases(new Client(server));
        applications.add(new WeakReference<>(server.applicationLoader()));
        if (i % 2 == 0) {
          server.redeploy();
        } else {
          server.restart();
        }
        assertThat(server.applicationLoader() == applications.get(i).get()).isFalse();
      }
    } finally {
      detector.removeHandler(recorder);
    }
    return applications;
  }

  private record Last(Last other) {}

  /**
   * {@code java.lang.runtime.ObjectMethods} holds the class of the record it last linked. Each
   * class is linked once, so that another one is needed for each server.
   */
  private static void takeThePlaceOfTheLastRecord() throws Exception {
    URL tests = UndeployIT.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {tests}, null)) {
      Class<?> type = loader.loadClass(Last.class.getName());
      Constructor<?> constructor = type.getDeclaredConstructor(type);
      constructor.setAccessible(true);
      Object first = constructor.newInstance((Object) null);
      Object second = constructor.newInstance(first);
      assertThat(first.equals(second)).isFalse();
      assertThat(first.hashCode()).isNotEqualTo(second.toString().hashCode());
    }
  }

  /**
   * By raw requests, since the threads of the JDK's HTTP client wait for more work in compiled code
   * of {@code ThreadPoolExecutor}, which holds what was compiled into it: classes of an application
   * whose pools ran the same code.
   */
  private static void useLeases(Client client) throws Exception {
    for (int i = 0; i < 200; i++) {
      assertThat(client.sendRaw("GET", "/app/ok", "X-API-Key", "known").body())
          .endsWith("the application's own Weir");
    }
    assertThat(client.sendRaw("GET", "/app/ok", "X-API-Key", "unknown").status()).isEqualTo(401);
  }

  /** Tomcat warns of what an application that has stopped has left running or registered. */
  private static Handler recorder(Queue<String> warnings) {
    return new Handler() {
      @Override
      public void publish(LogRecord message) {
        boolean warning = message.getLevel().intValue() >= Level.WARNING.intValue();
        boolean itsOwn = message.getMessage().contains("[Catalina-"); // it just looked in
        if (warning && !itsOwn) {
          warnings.add(message.getMessage());
        }
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }
}
