package dev.weir.conversations;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a server on this machine. It sends just what it is told to and shows just what
 * comes back, down to the spelling of header names, which the JDK's client changes.
 */
public final class Http implements AutoCloseable {

  /** How long a response may take; generous, for machines that are busy. */
  private static final int TIMEOUT_MILLIS = 30_000;

  /** A request; header lines as they are sent. */
  public record Request(String line, List<String> headers, String body) {

    /** Returns the request of these lines: request line, headers, an empty one, body. */
    static Request of(List<String> lines) {
      int empty = lines.indexOf("");
      int end = empty < 0 ? lines.size() : empty;
      return new Request(
          lines.get(0),
          List.copyOf(lines.subList(1, end)),
          String.join("\n", lines.subList(Math.min(end + 1, lines.size()), lines.size())));
    }

    static Request get(String path, String... headers) {
      return new Request("GET " + path, List.of(headers), "");
    }

    private byte[] bytes(int port) {
      byte[] content = body.getBytes(StandardCharsets.UTF_8);
      StringBuilder head = new StringBuilder(line).append(" HTTP/1.1\r\nHost: 127.0.0.1:");
      head.append(port).append("\r\n");
      headers.forEach(header -> head.append(header).append("\r\n"));
      if (content.length > 0 || line.startsWith("P")) {
        head.append("Content-Length: ").append(content.length).append("\r\n");
      }
      head.append("\r\n");
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
      out.writeBytes(content);
      return out.toByteArray();
    }
  }

  /** A response; header lines as they came. */
  public record Response(int status, List<String> headers, String body) {

    /** Returns the value of a header, or null if there is none. */
    public @Nullable String header(String name) {
      for (String header : headers) {
        if (header.startsWith(name + ": ")) {
          return header.substring(name.length() + 2);
        }
      }
      return null;
    }

    /** Returns a header that has to be there and be a number. */
    long number(String name) {
      return Long.parseLong(String.valueOf(header(name)));
    }
  }

  private final int port;
  private Socket socket;
  private InputStream in;

  public Http(int port) throws IOException {
    this.port = port;
    this.socket = connect(port);
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    return socket;
  }

  /** Returns what stands in the header Host. */
  public String host() {
    return "127.0.0.1:" + port;
  }

  /** Sends a request, over another connection than the last one if the server has closed that. */
  public Response send(Request request) throws IOException {
    socket.getOutputStream().write(request.bytes(port));
    int status = Integer.parseInt(line().split(" ", 3)[1]);
    List<String> headers = new ArrayList<>();
    int length = 0;
    boolean chunked = false;
    boolean last = false;
    for (String header = line(); !header.isEmpty(); header = line()) {
      headers.add(header);
      String lower = header.toLowerCase(java.util.Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring("content-length:".length()).strip());
      }
      chunked |= lower.equals("transfer-encoding: chunked");
      last |= lower.equals("connection: close");
    }
    boolean bodiless = request.line().startsWith("HEAD ") || status == 204 || status == 304;
    byte[] body = bodiless ? new byte[0] : chunked ? chunks() : in.readNBytes(length);
    if (last) {
      socket.close();
      socket = connect(port);
      in = new BufferedInputStream(socket.getInputStream());
    }
    return new Response(status, headers, new String(body, StandardCharsets.UTF_8));
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      body.writeBytes(in.readNBytes(size));
      line();
    }
    line();
    return body.toByteArray();
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet < 0) {
        throw new EOFException("the server closed the connection after '%s'".formatted(line));
      }
      if (octet != '\r') {
        line.append((char) octet);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
