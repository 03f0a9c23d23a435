package dev.weir.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;

/**
 * A request as it goes over the wire, whether or not HTTP allows that.
 *
 * @param lines the header fields, without what every request has
 */
record RawRequest(String method, String target, List<String> lines) {

  byte[] toBytes() {
    StringBuilder text = new StringBuilder();
    text.append(method).append(' ').append(target).append(" HTTP/1.1\r\n");
    text.append("Host: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n");
    lines.forEach(line -> text.append(line).append("\r\n"));
    return text.append("\r\n").toString().getBytes(ISO_8859_1);
  }
}
