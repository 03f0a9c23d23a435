package dev.weir.account;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** Stores keys in this process: they are gone when it ends. */
final class InMemoryAccountStore implements AccountStore {

  private final ConcurrentNavigableMap<String, Row> rows = new ConcurrentSkipListMap<>();

  @Override
  public @Nullable Row find(String digest) {
    return rows.get(digest);
  }

  @Override
  public @Nullable Row findByPrefix(String prefix) {
    Map.Entry<String, Row> next = rows.ceilingEntry(prefix);
    return next != null && next.getKey().startsWith(prefix) ? next.getValue() : null;
  }

  @Override
  public List<Row> list(String after, int count) {
    return rows.tailMap(after, false).values().stream().limit(count).toList();
  }

  @Override
  public boolean insert(Row row) {
    return rows.putIfAbsent(row.digest(), row.next()) == null;
  }

  @Override
  public boolean update(Row row) {
    Row stored = rows.get(row.digest());
    return stored != null
        && stored.version() == row.version()
        && rows.replace(row.digest(), stored, row.next());
  }

  @Override
  public boolean delete(Row row) {
    Row stored = rows.get(row.digest());
    return stored != null && stored.version() == row.version() && rows.remove(row.digest(), stored);
  }
}
