package dev.weir.config;

import java.util.List;
import java.util.Map;

/**
 * The members of a mapping whose names the format fixes.
 *
 * @param known which members there may be
 * @param members those that are there, by name
 * @param value the mapping itself
 */
record Section(Members known, Map<String, Value> members, Value value) {

  /** Returns a member, which may be absent. */
  Value get(String name) {
    if (!known.names.contains(name)) {
      throw new AssertionError("%s has no member '%s'".formatted(known, name));
    }
    Value member = members.get(name);
    return member == null ? value.absent(name) : member;
  }

  boolean has(String name) {
    return members.containsKey(name);
  }

  /** Returns those of the given members that are there. */
  List<String> present(String... names) {
    return List.of(names).stream().filter(this::has).toList();
  }
}
