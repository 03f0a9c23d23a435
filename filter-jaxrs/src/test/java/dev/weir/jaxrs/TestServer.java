package dev.weir.jaxrs;

import com.sun.net.httpserver.HttpServer;
import dev.weir.Decision;
import dev.weir.Weir;
import dev.weir.config.Configuration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.glassfish.jersey.jdkhttp.JdkHttpServerFactory;
import org.glassfish.jersey.server.ResourceConfig;

/**
 * An application on Jersey in the JDK's HTTP server, so no servlet container, under {@code /api}.
 */
final class TestServer implements AutoCloseable {

  /** Half a minute into a minute, so that the next one begins at 1711454460. */
  static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1711454430));

  static final String KEY_AND_STORE =
      "keys: { k1: { plan: starter } }\ncluster: { store: memory }\n";

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final HttpServer server;

  /** What was decided since the start. */
  final List<Decision> decisions;

  private TestServer(HttpServer server, List<Decision> decisions) {
    this.server = server;
    this.decisions = decisions;
  }

  /** Starts an application behind a feature configured by this YAML. */
  static TestServer start(String yaml, ResourceConfig application) {
    List<Decision> decisions = new CopyOnWriteArrayList<>();
    Weir weir = builder(yaml).listener(decisions::add).build();
    return new TestServer(serve(application.register(new RateLimitFeature(weir))), decisions);
  }

  /** Starts an application as it is. */
  static TestServer start(ResourceConfig application) {
    return new TestServer(serve(application), List.of());
  }

  static Weir.Builder builder(String yaml) {
    return Weir.builder()
        .configuration(Configuration.parse("test.yaml", yaml + KEY_AND_STORE))
        .clock(CLOCK);
  }

  private static HttpServer serve(ResourceConfig application) {
    return JdkHttpServerFactory.createHttpServer(
        URI.create("http://127.0.0.1:0/api/"), application);
  }

  /** Sends a GET with the key {@code k1}. */
  HttpResponse<String> get(String path, String... headers) {
    return send("GET", path, headers);
  }

  /** Sends a request with the key {@code k1}. */
  HttpResponse<String> send(String method, String path, String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    all.addAll(List.of("X-API-Key", "k1"));
    return sendWithoutKey(method, path, all.toArray(String[]::new));
  }

  HttpResponse<String> sendWithoutKey(String method, String path, String... headers) {
    return send(method, "http://127.0.0.1:%d/api%s".formatted(port(), path), List.of(headers));
  }

  static HttpResponse<String> send(String method, String uri, List<String> headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(uri)).method(method, BodyPublishers.noBody());
    if (!headers.isEmpty()) {
      request.headers(headers.toArray(String[]::new));
    }
    try {
      return CLIENT.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(method + " " + uri, e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns limit, remaining and reset of a response, such as {@code 5/4/1711454460}. */
  static String trio(HttpResponse<?> response) {
    return String.join(
        "/",
        header(response, "X-RateLimit-Limit"),
        header(response, "X-RateLimit-Remaining"),
        header(response, "X-RateLimit-Reset"));
  }

  /** Returns all values of a header, one after the other; {@code -} if there is none. */
  static String header(HttpResponse<?> response, String name) {
    List<String> values = response.headers().allValues(name);
    return values.isEmpty() ? "-" : String.join(" + ", values);
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
