package dev.weir.account;

import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.InvalidConfigurationException;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.query.Predicates;
import com.hazelcast.spi.merge.LatestUpdateMergePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores keys in a distributed map, with a backup: they are gone when all members have ended. The
 * values are JSON texts, so that members need no class for them, and equal ones are the same in
 * every format of the map.
 */
final class HazelcastAccountStore implements AccountStore {

  /** How long a request waits for a key that the node does not remember. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final IMap<String, String> rows;

  HazelcastAccountStore(HazelcastInstance instance, String map) {
    configure(instance, map);
    this.rows = instance.getMap(map);
  }

  /**
   * Adds the configuration of a map whose entries must not get lost, before it is first used.
   *
   * @throws IllegalStateException if the instance configures it in a way that loses some
   */
  static void configure(HazelcastInstance instance, String name) {
    MapConfig wanted =
        new MapConfig(name)
            .setInMemoryFormat(InMemoryFormat.BINARY)
            .setBackupCount(1)
            .setPerEntryStatsEnabled(true); // by which the latest update is known
    wanted.getEvictionConfig().setEvictionPolicy(EvictionPolicy.NONE);
    wanted.getMergePolicyConfig().setPolicy(LatestUpdateMergePolicy.class.getName());
    Config config = instance.getConfig();
    MapConfig present;
    try {
      if (!config.getMapConfigs().containsKey(name)) {
        config.addMapConfig(wanted);
      }
      present = config.findMapConfig(name); // a pattern goes before what is added
    } catch (UnsupportedOperationException client) {
      addFromClient(config, wanted);
      return;
    } catch (InvalidConfigurationException conflict) {
      present = config.findMapConfig(name); // of the application's own making, or a race
    }
    if (present.getBackupCount() < 1
        || present.getEvictionConfig().getEvictionPolicy() != EvictionPolicy.NONE
        || present.getTimeToLiveSeconds() != 0
        || present.getMaxIdleSeconds() != 0) {
      throw new IllegalStateException(
          "map '%s' would lose accounts as it is configured; it needs backup-count 1 or more, no eviction and no expiry"
              .formatted(name));
    }
  }

  /** A client can add a configuration, but not look; members that have one keep it. */
  private static void addFromClient(Config config, MapConfig wanted) {
    try {
      config.addMapConfig(wanted);
    } catch (InvalidConfigurationException present) {
      // theirs
    }
  }

  @Override
  public @Nullable Row find(String digest) {
    try {
      String text =
          rows.getAsync(digest)
              .toCompletableFuture()
              .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      return text == null ? null : AccountJson.row(digest, text);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw unreachable(stop);
    } catch (TimeoutException | ExecutionException fault) {
      throw unreachable(fault);
    } catch (IllegalStateException malformed) {
      throw malformed;
    } catch (RuntimeException fault) {
      throw unreachable(fault);
    }
  }

  @Override
  public @Nullable Row findByPrefix(String prefix) {
    return call(
        () -> {
          for (Map.Entry<String, String> found :
              rows.entrySet(Predicates.like("__key", prefix + "%"))) {
            return AccountJson.row(found.getKey(), found.getValue());
          }
          return null;
        });
  }

  @Override
  public List<Row> list(String after, int count) {
    return call(
        () -> {
          TreeSet<String> first = new TreeSet<>();
          for (String digest : rows.keySet(Predicates.greaterThan("__key", after))) {
            first.add(digest);
            if (first.size() > count) {
              first.pollLast();
            }
          }
          Map<String, String> found = rows.getAll(first);
          List<Row> listed = new ArrayList<>();
          for (String digest : first) {
            String text = found.get(digest);
            if (text != null) {
              listed.add(AccountJson.row(digest, text));
            }
          }
          return listed;
        });
  }

  @Override
  public boolean insert(Row row) {
    String text = textOf(row.next());
    return call(
        () -> {
          String present = rows.putIfAbsent(row.digest(), text);
          return present == null || present.equals(text); // where Hazelcast did it twice
        });
  }

  @Override
  public boolean update(Row row) {
    String text = textOf(row.next());
    return call(
        () -> {
          String present = rows.get(row.digest());
          return present != null
              && AccountJson.row(row.digest(), present).version() == row.version()
              && (rows.replace(row.digest(), present, text)
                  || text.equals(rows.get(row.digest()))); // as above
        });
  }

  @Override
  public boolean delete(Row row) {
    return call(
        () -> {
          String present = rows.get(row.digest());
          return present != null
              && AccountJson.row(row.digest(), present).version() == row.version()
              && (rows.remove(row.digest(), present) || !rows.containsKey(row.digest()));
        });
  }

  /** Two equal changes at once must not be taken for one that Hazelcast did twice. */
  private static String textOf(Row row) {
    return AccountJson.row(row, Long.toHexString(ThreadLocalRandom.current().nextLong()));
  }

  private static <T extends @Nullable Object> T call(Supplier<T> work) {
    try {
      return work.get();
    } catch (RuntimeException fault) {
      throw unreachable(fault);
    }
  }

  private static IllegalStateException unreachable(Exception fault) {
    return new IllegalStateException("the accounts in the cluster cannot be reached", fault);
  }
}
