package dev.weir.config;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A value in a configuration file, and where it stands. Immutable. */
sealed interface Node {

  /** Returns where the value begins. */
  Place place();

  /** A scalar. Its type is a matter of who reads it: {@code 60} is also a fine name. */
  record Text(Place place, String text) implements Node {}

  /** A list. */
  record Items(Place place, List<Node> nodes) implements Node {

    public Items {
      nodes = List.copyOf(nodes);
    }
  }

  /** A mapping, in the order of the file. */
  record Mapping(Place place, Map<String, Member> members) implements Node {

    public Mapping {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    /**
     * Returns this mapping with {@code defaults} behind it: mappings are merged member by member,
     * everything else replaces what was there, and a null takes it away. A null that has nothing to
     * take away stays, for the reader to complain of.
     */
    Mapping over(Mapping defaults) {
      Map<String, Member> merged = new LinkedHashMap<>(defaults.members);
      members.forEach(
          (name, mine) -> {
            Member theirs = defaults.members.get(name);
            if (theirs != null && mine.value instanceof Nothing) {
              merged.remove(name);
            } else if (theirs != null
                && mine.value instanceof Mapping above
                && theirs.value instanceof Mapping below) {
              merged.put(name, new Member(mine.place, above.over(below)));
            } else {
              merged.put(name, mine);
            }
          });
      return new Mapping(place, merged);
    }
  }

  /**
   * A named value of a mapping.
   *
   * @param place where the name stands
   */
  record Member(Place place, Node value) {}

  /** A null, written out or by leaving the value away. */
  record Nothing(Place place) implements Node {}

  /** A value that could not be read. That was noted already, so readers pass over it. */
  record Broken(Place place) implements Node {}

  /** Returns what it says, wherever it stands and in whatever order: text, lists and maps. */
  default Object content() {
    if (this instanceof Text text) {
      return text.text();
    }
    if (this instanceof Items items) {
      return items.nodes.stream().map(Node::content).toList();
    }
    if (this instanceof Mapping mapping) {
      Map<String, Object> content = new HashMap<>();
      mapping.members.forEach((name, member) -> content.put(name, member.value.content()));
      return content;
    }
    return Optional.empty();
  }

  /**
   * Returns whether this looks like the entry of an API key, also where no such entry belongs: only
   * those have a plan. Its name must not be printed then (design invariant I9).
   */
  default boolean looksLikeAccount() {
    return this instanceof Mapping mapping && mapping.members.containsKey("plan");
  }
}
