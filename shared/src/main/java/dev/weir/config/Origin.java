package dev.weir.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a configuration was read, and what of it stays until the next start. No record: it never
 * prints.
 */
public final class Origin {

  /** What may change while the application runs. */
  private static final Set<String> MAY_CHANGE = Set.of("plans", "keys");

  final @Nullable Path path;
  final boolean watched;
  private final Map<String, Object> settings = new HashMap<>();

  /**
   * Creates an origin.
   *
   * @param path the file on disk, or null if there is none
   * @param watched whether it is looked at again
   * @param file what stands in it, over its profile
   */
  Origin(@Nullable Path path, boolean watched, Node.Mapping file) {
    this.path = path;
    this.watched = watched;
    file.members()
        .forEach(
            (name, member) -> {
              if (!MAY_CHANGE.contains(name)) {
                settings.put(name, member.value().content());
              }
            });
  }

  /** Returns the members that differ and may not, such as {@code cluster.deadline}, sorted. */
  List<String> differences(Origin other) {
    Set<String> found = new TreeSet<>();
    addDifferences("", settings, other.settings, found);
    return new ArrayList<>(found);
  }

  private static void addDifferences(
      String path, Map<?, ?> mine, Map<?, ?> theirs, Set<String> found) {
    Set<Object> names = new HashSet<>(mine.keySet());
    names.addAll(theirs.keySet());
    for (Object name : names) {
      Object one = mine.get(name);
      Object other = theirs.get(name);
      if (one instanceof Map<?, ?> below && other instanceof Map<?, ?> beside) {
        addDifferences(path + name + ".", below, beside, found);
      } else if (one == null || !one.equals(other)) {
        found.add(path + name);
      }
    }
  }
}
