package dev.weir.benchmarks.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Makes one request at a time: shows that a server answers, and nothing about speed. */
final class PlainDriver implements Driver {

  private final HttpClient client = HttpClient.newHttpClient();

  @Override
  public Drive drive(int port, String prefix, int keys, Duration length, long requests) {
    long start = System.nanoTime();
    long made = 0;
    long refused = 0;
    while (System.nanoTime() - start < length.toNanos() && (requests == 0 || made < requests)) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/hello".formatted(port)))
              .header("X-API-Key", prefix + made % keys)
              .build();
      try {
        refused += client.send(request, BodyHandlers.discarding()).statusCode() == 200 ? 0 : 1;
      } catch (IOException fault) {
        throw new UncheckedIOException(fault);
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        break;
      }
      made++;
    }
    return new Drive(made, refused, (System.nanoTime() - start) / 1e9);
  }
}
