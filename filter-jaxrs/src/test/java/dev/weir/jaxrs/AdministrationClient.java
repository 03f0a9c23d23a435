package dev.weir.jaxrs;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.jspecify.annotations.Nullable;

/** Somebody who has the token of an administration. */
record AdministrationClient(String base) {

  static final String TOKEN = "correct-horse";

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  HttpResponse<String> get(String path) {
    return send("GET", path, null);
  }

  HttpResponse<String> send(String method, String path, @Nullable String body, String... headers) {
    return send(
        method,
        path,
        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body),
        body == null ? null : "application/json",
        headers);
  }

  HttpResponse<String> send(
      String method, String path, BodyPublisher body, @Nullable String type, String... headers) {
    HttpRequest.Builder request = request(method, path, body);
    request.header("Authorization", "Bearer " + TOKEN);
    if (type != null) {
      request.header("Content-Type", type);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request.build());
  }

  /** Sends a request with only these headers. */
  HttpResponse<String> sendWithoutToken(String method, String path, String... headers) {
    HttpRequest.Builder request = request(method, path, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request.build());
  }

  private HttpRequest.Builder request(String method, String path, BodyPublisher body) {
    return HttpRequest.newBuilder(URI.create(base + path)).method(method, body);
  }

  private static HttpResponse<String> send(HttpRequest request) {
    try {
      return CLIENT.send(request, BodyHandlers.ofString());
    } catch (IOException fault) {
      throw new AssertionError(request.toString(), fault);
    } catch (InterruptedException stop) {
      throw new AssertionError(stop);
    }
  }
}
