package dev.weir.containers;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/** Talks to a server, as a client does and as an attacker does. */
final class Client {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** What came back. */
  record Response(int status, List<String> lines, String body) {

    /** Returns the value of a header, or null; more than one line of it is an error. */
    String header(String name) {
      List<String> values = headers(name);
      if (values.size() > 1) {
        throw new AssertionError(name + " stands there more than once: " + values);
      }
      return values.isEmpty() ? null : values.get(0);
    }

    List<String> headers(String name) {
      return lines.stream()
          .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(line -> line.substring(name.length() + 1).strip())
          .toList();
    }

    String limit() {
      return header("X-RateLimit-Limit");
    }

    /** Returns what is left, or -1 if the response does not say. */
    int remaining() {
      return Optional.ofNullable(header("X-RateLimit-Remaining")).map(Integer::valueOf).orElse(-1);
    }
  }

  private final Server server;

  Client(Server server) {
    this.server = server;
  }

  /**
   * Sends a request, not following redirects; headers are name, value, name, value. A body that
   * comes back compressed is read as a browser reads it.
   */
  Response send(String method, String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .timeout(PATIENCE)
            .method(method, HttpRequest.BodyPublishers.noBody());
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    HttpResponse<byte[]> response =
        HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    List<String> lines =
        response.headers().map().entrySet().stream()
            .flatMap(header -> header.getValue().stream().map(v -> header.getKey() + ": " + v))
            .toList();
    String encoding = response.headers().firstValue("Content-Encoding").orElse("");
    return new Response(response.statusCode(), lines, text(response.body(), encoding));
  }

  private static String text(byte[] body, String encoding) throws IOException {
    if (!encoding.equals("gzip")) {
      return new String(body, StandardCharsets.UTF_8);
    }
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  Response get(String path, String key) throws Exception {
    return send("GET", path, "X-API-Key", key);
  }

  /** Sends a request line byte for byte, with no cleaning up of the target. */
  Response sendRaw(String method, String target, String... headers) throws IOException {
    StringBuilder request =
        new StringBuilder(method)
            .append(' ')
            .append(target)
            .append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n");
    for (int i = 0; i < headers.length; i += 2) {
      request.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket
          .getOutputStream()
          .write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
      return parse(readAll(socket.getInputStream()));
    }
  }

  /** A server that cuts the connection on purpose may do so with a reset. */
  private static String readAll(InputStream in) throws IOException {
    StringBuilder text = new StringBuilder();
    byte[] buffer = new byte[8192];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        text.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
      }
    } catch (java.net.SocketException reset) {
      if (text.isEmpty()) {
        throw reset;
      }
    }
    return text.toString();
  }

  private static Response parse(String text) {
    if (text.isEmpty()) {
      return new Response(0, List.of(), "");
    }
    int end = text.indexOf("\r\n\r\n");
    List<String> head = List.of(text.substring(0, end).split("\r\n", -1));
    return new Response(
        Integer.parseInt(head.get(0).split(" ", 3)[1]),
        head.subList(1, head.size()),
        text.substring(end + 4));
  }
}
