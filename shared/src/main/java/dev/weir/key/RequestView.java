package dev.weir.key;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Weir reads of a request. Each adapter wraps its framework's request in one of these; nothing
 * here touches the body. Used by one thread at a time.
 */
public interface RequestView {

  /** {@return the request method as sent, such as {@code GET}} */
  String method();

  /**
   * {@return the path below the application's context path as it stood in the request line: still
   * percent-encoded, with path parameters, starting with {@code /}}
   */
  String rawPath();

  /**
   * {@return the path below the context path as the container resolved it to find the code that
   * runs (decoded, without path parameters), or null if that is not known} Asked only where {@link
   * #rawPath} leaves room for more than one reading.
   */
  default @Nullable String dispatchPath() {
    return null;
  }

  /**
   * {@return what a placeholder in the path pattern of the endpoint stands for, decoded, or null if
   * there is none of this name or the framework knows no such patterns}
   *
   * @param name of the placeholder, without braces
   */
  default @Nullable String pathParameter(String name) {
    return null;
  }

  /** {@return the query string as sent, without the {@code ?}, or null if there is none} */
  @Nullable String query();

  /**
   * {@return every value sent under this header name (case-insensitive), one element per header
   * line, in order; empty if there is none}
   *
   * @param name of the header, in any case
   */
  List<String> headers(String name);

  /** {@return the address the connection came from, in textual form, or null if it is not known} */
  @Nullable String remoteAddress();

  /**
   * {@return the first value sent under this header name, or null if there is none}
   *
   * @param name of the header, in any case
   */
  default @Nullable String header(String name) {
    List<String> values = headers(name);
    return values.isEmpty() ? null : values.get(0);
  }
}
