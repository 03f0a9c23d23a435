package dev.weir.http;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names of the headers that answers of one kind carry, in order. Made at start, so that an
 * answer itself holds only the values.
 */
final class HeaderNames {

  private final List<String> names;
  private final @Nullable String exposed;

  HeaderNames(Collection<String> names) {
    this.names = List.copyOf(names);
    this.exposed = exposedWith(List.of(), true);
  }

  int size() {
    return names.size();
  }

  String get(int index) {
    return names.get(index);
  }

  /** Returns where a name stands, in any case, or -1 if nowhere. */
  int indexOf(String name) {
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).equalsIgnoreCase(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Returns the value of {@link Answer#EXPOSE_HEADERS} if the application exposes none. */
  @Nullable String exposed() {
    return exposed;
  }

  /**
   * Returns the value of {@link Answer#EXPOSE_HEADERS}: what the application exposes, then, if the
   * request is from another origin, these names; each once, in whatever case. Null if that is none.
   */
  @Nullable String exposedWith(Collection<String> applications, boolean crossOrigin) {
    Stream<String> own =
        crossOrigin
            // scripts may read this one anyhow (Fetch, CORS-safelisted response-header name)
            ? names.stream().filter(name -> !name.equals("Cache-Control"))
            : Stream.empty();
    Stream<String> theirs =
        applications.stream()
            .flatMap(value -> Stream.of(value.split(",")))
            .map(String::strip)
            .filter(name -> !name.isEmpty());
    Set<String> known = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    String all = Stream.concat(theirs, own).filter(known::add).collect(Collectors.joining(", "));
    return all.isEmpty() ? null : all;
  }
}
