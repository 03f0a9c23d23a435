package dev.weir.jaxrs;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpServerFactory;
import org.glassfish.jersey.server.ResourceConfig;

/** An application on Jersey and Grizzly, so without a servlet container, under {@code /api}. */
final class TestServer implements AutoCloseable {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final HttpServer server;

  private TestServer(HttpServer server) {
    this.server = server;
  }

  static TestServer start(ResourceConfig application) {
    return new TestServer(
        GrizzlyHttpServerFactory.createHttpServer(
            URI.create("http://127.0.0.1:0/api/"), application));
  }

  /** Sends a request with the key {@code k1}. */
  HttpResponse<String> get(String path, String... headers) {
    return send("GET", path, withKey(headers));
  }

  HttpResponse<String> send(String method, String path, String... headers) {
    URI uri = URI.create("http://127.0.0.1:" + port() + "/api" + path);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return CLIENT.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(method + " " + path, e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static String[] withKey(String... headers) {
    String[] all = new String[headers.length + 2];
    System.arraycopy(headers, 0, all, 2, headers.length);
    all[0] = "X-API-Key";
    all[1] = "k1";
    return all;
  }

  int port() {
    return server.getListener("grizzly").getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
