package dev.weir;

import dev.weir.config.Configuration;
import dev.weir.config.ConfigurationException;
import dev.weir.plan.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the configuration file every second, and lets changed plans and keys count. A file that
 * is not right, or in which anything else has changed, is refused as a whole.
 *
 * <p>It looks rather than waits to be told: a {@link java.nio.file.WatchService} hears nothing of
 * changes on a network drive, nor of the link behind the file that Kubernetes replaces when it
 * updates a ConfigMap. What looks other than before is read at the next look if it has not changed
 * again by then, so that a file is left alone while it is being written: half of one may be valid.
 */
final class FileWatch implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(FileWatch.class);

  private static final long PAUSE_MILLIS = 1_000;

  /** For a look that is under way; files are read in less. */
  private static final long END_MILLIS = 5_000;

  /**
   * What a file looks like from outside.
   *
   * @param key tells a file from one put in its place, or null where the file system cannot
   * @param readable of permissions the time says nothing
   */
  private record Look(FileTime modified, long size, @Nullable Object key, boolean readable) {

    static final Look GONE = new Look(FileTime.fromMillis(0), -1, null, false);

    static Look at(Path file) {
      try {
        BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class);
        return new Look(
            seen.lastModifiedTime(), seen.size(), seen.fileKey(), Files.isReadable(file));
      } catch (IOException none) {
        return GONE;
      }
    }
  }

  /** How many entries differ. */
  private record Change(long added, long changed, long removed) {

    static <T> Change between(Map<String, T> before, Map<String, T> after) {
      long kept = after.keySet().stream().filter(before::containsKey).count();
      long same =
          after.entrySet().stream()
              .filter(e -> e.getValue().equals(before.get(e.getKey())))
              .count();
      return new Change(after.size() - kept, kept - same, before.size() - kept);
    }

    boolean isNone() {
      return added + changed + removed == 0;
    }

    @Override
    public String toString() {
      return "%d added, %d changed, %d removed".formatted(added, changed, removed);
    }
  }

  private final Path file;
  private final RateLimiter limiter;
  private final boolean keysNeeded;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "weir-file-watch");

  private volatile Configuration configuration;

  /** Guarded by this, as the two after it. */
  private @Nullable Look last;

  private boolean read;

  /** What was wrong when the file was last read, or null if it was right. */
  private @Nullable String refused;

  /**
   * Creates a watch, not begun yet.
   *
   * @param configuration as it was read from the file
   * @param keysNeeded whether nobody would be known without the keys of the file
   */
  FileWatch(Path file, Configuration configuration, RateLimiter limiter, boolean keysNeeded) {
    this.file = file;
    this.configuration = configuration;
    this.limiter = limiter;
    this.keysNeeded = keysNeeded;
    thread.setDaemon(true);
  }

  /** Returns the configuration in use. */
  Configuration configuration() {
    return configuration;
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        check();
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks at the file, and reads it if it looks as at the last time but was not read since. */
  synchronized void check() {
    Look look = Look.at(file);
    if (!look.equals(last)) {
      last = look;
      read = false;
    } else if (!read) {
      read = true;
      reload();
    }
  }

  private void reload() {
    Configuration running = configuration;
    try {
      Configuration fresh = running.reread();
      if (keysNeeded && fresh.accounts().isEmpty()) {
        throw Weir.nobodyKnown(fresh);
      }
      Change plans = Change.between(byName(running), byName(fresh));
      Change keys = Change.between(running.accounts(), fresh.accounts());
      if (!plans.isNone() || !keys.isNone()) {
        limiter.reload(fresh.catalog(), fresh.accounts());
        configuration = fresh;
      } else if (refused == null) {
        return;
      }
      refused = null;
      log.info("{} was read again: plans {}; keys {}", fresh.source(), plans, keys);
    } catch (ConfigurationException wrong) {
      String problem = String.valueOf(wrong.getMessage());
      if (!problem.equals(refused)) {
        refused = problem;
        log.warn(
            "{} has changed, but is refused; plans and keys stay as they are. {}",
            running.source(),
            problem);
      }
    } catch (RuntimeException fault) {
      log.error("{} could not be read again; plans and keys stay as they are", file, fault);
    }
  }

  private static Map<String, Plan> byName(Configuration configuration) {
    Map<String, Plan> plans = new HashMap<>();
    configuration.catalog().plans().forEach(plan -> plans.put(plan.name(), plan));
    return plans;
  }

  /** Ends the thread, and waits for that. */
  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join(END_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
