package dev.weir.containers;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.GZIPOutputStream;
import org.apache.catalina.filters.CorsFilter;

/** The filters that applications have beside Weir's, as they are commonly written. */
final class OtherFilters {

  private OtherFilters() {}

  /** Returns Tomcat's, which needs the init parameters {@code cors.*} and runs on every server. */
  static Filter cors() {
    return new CorsFilter();
  }

  /** Turns away who does not say {@code Authorization: Basic ...}. */
  static final class Authentication implements Filter {
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      String credentials = ((HttpServletRequest) request).getHeader("Authorization");
      if (credentials != null && credentials.startsWith("Basic ")) {
        chain.doFilter(request, response);
        return;
      }
      HttpServletResponse http = (HttpServletResponse) response;
      http.setStatus(401);
      http.setHeader("WWW-Authenticate", "Basic realm=\"app\"");
      http.getWriter().write("who are you?");
    }
  }

  /** Compresses what comes from behind it for clients that take it. */
  static final class Compression implements Filter {
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      String accepted = ((HttpServletRequest) request).getHeader("Accept-Encoding");
      if (accepted == null || !accepted.contains("gzip")) {
        chain.doFilter(request, response);
        return;
      }
      HttpServletResponse http = (HttpServletResponse) response;
      Replacing compressed =
          new Replacing(http) {
            @Override
            OutputStream open() throws IOException {
              http.setHeader("Content-Encoding", "gzip");
              http.addHeader("Vary", "Accept-Encoding");
              return new GZIPOutputStream(http.getOutputStream());
            }
          };
      chain.doFilter(request, compressed);
      if (!request.isAsyncStarted()) {
        compressed.finish();
      }
    }
  }

  /** Keeps each body until it is whole, and writes down what was answered. */
  static final class Logging implements Filter {

    /** A line for each request that came this far: status, what is left, body. */
    final Queue<String> lines = new ConcurrentLinkedQueue<>();

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      HttpServletResponse http = (HttpServletResponse) response;
      ByteArrayOutputStream kept = new ByteArrayOutputStream();
      Replacing cached =
          new Replacing(http) {
            @Override
            OutputStream open() {
              return kept;
            }
          };
      chain.doFilter(request, cached);
      if (!request.isAsyncStarted()) {
        cached.finish();
        lines.add(
            "%d %s %s"
                .formatted(
                    http.getStatus(),
                    http.getHeader("X-RateLimit-Remaining"),
                    kept.toString(StandardCharsets.UTF_8)));
        if (kept.size() > 0) {
          http.setContentLength(kept.size());
          kept.writeTo(http.getOutputStream());
        }
      }
    }
  }

  /** A response whose body goes elsewhere first, so that its length is not known yet. */
  private abstract static class Replacing extends HttpServletResponseWrapper {

    private ServletOutputStream stream;
    private PrintWriter writer;

    Replacing(HttpServletResponse response) {
      super(response);
    }

    /** Returns where the body goes; called once, when there is one. */
    abstract OutputStream open() throws IOException;

    void finish() throws IOException {
      if (writer != null) {
        writer.flush();
      }
      if (stream != null) {
        stream.close();
      }
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
      if (writer != null) {
        throw new IllegalStateException("there is a writer"); // by which Jetty closes, for one
      }
      return stream();
    }

    private ServletOutputStream stream() throws IOException {
      if (stream == null) {
        stream = new To(open());
      }
      return stream;
    }

    @Override
    public PrintWriter getWriter() throws IOException {
      if (writer == null) {
        writer = new PrintWriter(new OutputStreamWriter(stream(), StandardCharsets.UTF_8));
      }
      return writer;
    }

    @Override
    public void setContentLength(int length) {}

    @Override
    public void setContentLengthLong(long length) {}
  }

  private static final class To extends ServletOutputStream {

    private final OutputStream out;

    To(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
    }

    @Override
    public void close() throws IOException {
      out.close();
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      throw new UnsupportedOperationException();
    }
  }
}
